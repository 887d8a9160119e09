//! The line that a thread is on.
//!
//! ureq does all that it does about a request on one thread, and has no way to tell a connection which request it serves: one
//! that comes out of its pool hears nothing at all. So that stands beside the thread.

use device_flow_transport::blocking::Line;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Line>>> = const { RefCell::new(None) };
}

/// The line that this thread is on.
pub(crate) fn line() -> Option<Arc<Line>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Does some work on this line.
pub(crate) fn occupy<T>(line: &Arc<Line>, work: impl FnOnce() -> T) -> T {
    /// Whoever leaves by a panic leaves all the same.
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            CURRENT.set(None);
        }
    }

    CURRENT.set(Some(Arc::clone(line)));
    let _leave = Leave;
    work()
}
