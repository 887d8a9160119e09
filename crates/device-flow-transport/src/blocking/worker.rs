//! A thread beside the driver's.

use core::time::Duration;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, Thread};

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does one thing after the other, for a driver that must be able to turn to something else meanwhile. It begins
/// with the first, and ends after the last when the worker is dropped.
///
/// ```
/// use device_flow_transport::blocking::Worker;
/// use std::time::Duration;
///
/// let work = Worker::default().take_up(|| 6 * 7)?;
/// std::thread::park(); // until it is done, or for no reason
/// assert_eq!(work.wait(Duration::from_secs(10)), Ok(42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Worker(Option<Sender<Job>>);

/// Something that a worker does.
#[derive(Debug)]
pub struct Work<T>(Receiver<T>);

impl Worker {
    /// Has something done. This thread is unparked when it is, also when it ends in a panic.
    ///
    /// # Errors
    ///
    /// When the system has no thread to spare, or the thread has panicked; the next call then begins another.
    pub fn take_up<T: Send + 'static>(&mut self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<Work<T>> {
        let (sender, done) = channel();
        let bell = Bell(thread::current());
        let job: Job = Box::new(move || {
            // Perhaps nobody waits any more.
            let _ = sender.send(job());
            drop(bell);
        });
        let jobs = match self.0.take() {
            Some(jobs) => jobs,
            None => begin()?,
        };
        jobs.send(job).map_err(|_| io::Error::other("the thread has panicked"))?;
        self.0 = Some(jobs);
        Ok(Work(done))
    }
}

impl<T> Work<T> {
    /// What came of it, waited for no longer than this.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`] when it is not done yet, [`RecvTimeoutError::Disconnected`] when it ended in a panic or its
    /// outcome was taken already.
    pub fn wait(&self, longest: Duration) -> Result<T, RecvTimeoutError> {
        self.0.recv_timeout(longest)
    }
}

fn begin() -> io::Result<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    let work = move || {
        for job in jobs {
            job();
        }
    };
    thread::Builder::new().name("device-flow exchange".to_owned()).spawn(work)?;
    Ok(sender)
}

/// Wakes whoever waits, however the work ends.
struct Bell(Thread);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_does_all_and_another_takes_the_place_of_one_that_panicked() {
        let mut worker = Worker::default();
        let mut thread_of = || {
            let work = worker.take_up(|| thread::current().id()).unwrap();
            work.wait(Duration::from_secs(10)).unwrap()
        };
        assert_eq!(thread_of(), thread_of());
        let work = worker.take_up(|| std::panic::resume_unwind(Box::new(()))).unwrap();
        assert_eq!(work.wait(Duration::from_secs(10)), Err::<(), _>(RecvTimeoutError::Disconnected));
        // The thread is gone, or about to be.
        while worker.take_up(|| ()).is_ok_and(|it| it.wait(Duration::from_secs(10)).is_err()) {}
        worker.take_up(|| ()).unwrap().wait(Duration::from_secs(10)).unwrap();
    }
}
