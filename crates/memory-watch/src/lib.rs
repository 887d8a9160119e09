//! An allocator for tests that looks at every block of memory that is given back: does it still hold a secret?
//!
//! ```
//! use memory_watch::Watch;
//!
//! #[global_allocator]
//! static WATCH: Watch = Watch::for_secret(b"correct horse battery staple");
//!
//! let freed = WATCH.count(|| drop(String::from("correct horse battery staple")));
//! assert_eq!(freed, 1);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    /// Whether blocks that this thread gives back are looked at: other tests run beside.
    static IS_WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, which counts the blocks that are given back with a secret in them.
#[derive(Debug)]
pub struct Watch {
    secret: &'static [u8],
    found: AtomicUsize,
}

impl Watch {
    /// Looks for this secret: long enough that it turns up by chance nowhere.
    pub const fn for_secret(secret: &'static [u8]) -> Self {
        Self { secret, found: AtomicUsize::new(0) }
    }

    /// How many blocks are given back with the secret in them while `work` is done, by this thread. Not to be called by two
    /// threads at once.
    pub fn count(&self, work: impl FnOnce()) -> usize {
        self.found.store(0, Ordering::SeqCst);
        IS_WATCHING.set(true);
        work();
        IS_WATCHING.set(false);
        self.found.load(Ordering::SeqCst)
    }

    fn look(&self, block: &[u8]) {
        if block.windows(self.secret.len()).any(|it| it == self.secret) {
            self.found.fetch_add(1, Ordering::SeqCst);
        }
    }
}

// SAFETY: every block comes from `System` with the layout that was asked for, and goes back to it with the same.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that looking at a block never looks at memory that nobody has written.
        // SAFETY: the caller's promise about the layout is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if IS_WATCHING.get() {
            // SAFETY: the block is `layout.size()` bytes long, all of them written by `alloc` at the latest, and nobody
            // else has it any more.
            self.look(unsafe { std::slice::from_raw_parts(block, layout.size()) });
        }
        // SAFETY: it came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    // `realloc` is the trait's own: a new block, a copy, and the old block given back, which is looked at.
}
