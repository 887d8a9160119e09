//! What a thread is at.
//!
//! ureq does all that it does about a request on one thread, and has no way to tell a connection which request it serves: one
//! that comes out of its pool hears nothing at all. So that stands beside the thread.

use device_flow_transport::blocking::Line;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Task>>> = const { RefCell::new(None) };
}

/// What a connection has to know of a request.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) line: Line,
    /// How many bytes may come behind the head of the answer.
    pub(crate) max_bytes: usize,
    /// How long the longest row of the request's head is, in bytes.
    pub(crate) longest_row: usize,
}

impl Task {
    /// What this thread is at.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Does some work for this task.
    pub(crate) fn occupy<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        /// Whoever leaves by a panic leaves all the same.
        struct Leave;

        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }

        CURRENT.set(Some(Arc::clone(self)));
        let _leave = Leave;
        work()
    }
}
