//! How many connections there are, and which of them gives way to a new one.

use std::collections::{BTreeSet, HashMap};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::{Notify, oneshot};

/// What would be lost with a connection; the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Worth {
    /// It is idle, or sends a request, however slowly. Whoever sends a body is worth no more than who is idle, or slow
    /// bodies would stay, and newcomers take each other's place before they have said a word.
    Waiting,
    /// It is held by a fault of its script.
    Spoilt,
    /// Its request is being answered, and may have had effect: it never gives way.
    Answering,
}

/// A bounded number of seats, one for each connection.
pub(crate) struct Connections {
    most: usize,
    seats: Mutex<Seats>,
    /// Told whenever there may be room, or nothing left to answer.
    changed: Notify,
}

#[derive(Default)]
struct Seats {
    by_number: HashMap<u64, Taken>,
    /// Who gives way: the least worth, and of those who have been so for longest.
    order: BTreeSet<(Worth, u64, u64)>,
    next_turn: u64,
    next_number: u64,
}

struct Taken {
    worth: Worth,
    turn: u64,
    /// Dropped when the connection has to go.
    _stay: oneshot::Sender<()>,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), seats: Mutex::default(), changed: Notify::new() })
    }

    /// Takes a seat, that of a connection that gives way if need be; waits when all are being answered.
    pub(crate) async fn seat(self: &Arc<Self>) -> Seat {
        loop {
            // Asked for before the look, so that no change in between is missed.
            let changed = self.changed.notified();
            if let Some(seat) = self.try_seat() {
                return seat;
            }
            changed.await;
        }
    }

    /// Lets the connection go that is worth least; says whether there was one that may.
    pub(crate) fn dismiss_one(&self) -> bool {
        self.lock().dismiss_one()
    }

    /// Waits until no request is being answered.
    pub(crate) async fn answered(&self) {
        loop {
            let changed = self.changed.notified();
            if self.lock().order.last().is_none_or(|(worth, ..)| *worth != Worth::Answering) {
                return;
            }
            changed.await;
        }
    }

    fn try_seat(self: &Arc<Self>) -> Option<Seat> {
        let mut seats = self.lock();
        while seats.by_number.len() >= self.most {
            if !seats.dismiss_one() {
                return None;
            }
        }
        let (stay, dismissed) = oneshot::channel();
        seats.next_number = seats.next_number.saturating_add(1);
        let number = seats.next_number;
        let turn = seats.turn();
        seats.by_number.insert(number, Taken { worth: Worth::Waiting, turn, _stay: stay });
        seats.order.insert((Worth::Waiting, turn, number));
        Some(Seat { connections: Arc::clone(self), number, dismissed: Some(dismissed) })
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn turn(&mut self) -> u64 {
        self.next_turn = self.next_turn.saturating_add(1);
        self.next_turn
    }

    fn dismiss_one(&mut self) -> bool {
        match self.order.first().copied() {
            Some((worth, _, number)) if worth < Worth::Answering => self.leave(number),
            _ => false,
        }
    }

    fn leave(&mut self, number: u64) -> bool {
        let left = self.by_number.remove(&number);
        left.is_some_and(|taken| self.order.remove(&(taken.worth, taken.turn, number)))
    }
}

/// The seat of one connection; dropping it makes room.
pub(crate) struct Seat {
    connections: Arc<Connections>,
    number: u64,
    dismissed: Option<oneshot::Receiver<()>>,
}

impl Seat {
    /// Says what the connection is worth from now on. `false` when it was dismissed already: then what it asks for must
    /// have no effect, because nobody will hear the answer.
    pub(crate) fn is_kept_as(&self, worth: Worth) -> bool {
        let mut seats = self.connections.lock();
        let turn = seats.turn();
        let Some(taken) = seats.by_number.get_mut(&self.number) else {
            return false;
        };
        let old = (taken.worth, taken.turn, self.number);
        (taken.worth, taken.turn) = (worth, turn);
        seats.order.remove(&old);
        seats.order.insert((worth, turn, self.number));
        drop(seats);
        self.connections.changed.notify_waiters();
        true
    }

    /// What ends when the connection has to go.
    pub(crate) fn dismissal(&mut self) -> Dismissal {
        Dismissal(self.dismissed.take())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.lock().leave(self.number);
        self.connections.changed.notify_waiters();
    }
}

/// Ends what a connection does.
pub(crate) struct Dismissal(Option<oneshot::Receiver<()>>);

impl Dismissal {
    /// Runs until the end, or until the connection has to go.
    pub(crate) async fn or(mut self, serving: impl Future<Output = ()>) {
        let mut serving = pin!(serving);
        poll_fn(|context| {
            if serving.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            match &mut self.0 {
                // Its sender says nothing: it is dropped.
                Some(dismissed) => Pin::new(dismissed).poll(context).map(drop),
                None => Poll::Pending,
            }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats<const N: usize>(connections: &Arc<Connections>) -> [Seat; N] {
        std::array::from_fn(|_| connections.try_seat().unwrap())
    }

    fn is_dismissed(seat: &Seat) -> bool {
        !seat.connections.lock().by_number.contains_key(&seat.number)
    }

    #[test]
    fn the_one_that_has_waited_longest_gives_way_first() {
        let connections = Connections::new(3);
        let [first, second, third] = seats(&connections);
        assert!(first.is_kept_as(Worth::Answering) && first.is_kept_as(Worth::Waiting));
        let _fourth = connections.try_seat().unwrap();
        assert!(is_dismissed(&second) && !is_dismissed(&first) && !is_dismissed(&third));
        let _fifth = connections.try_seat().unwrap();
        assert!(is_dismissed(&third) && !is_dismissed(&first));
    }

    #[test]
    fn who_is_held_by_a_fault_gives_way_last_and_who_is_answered_never() {
        let connections = Connections::new(4);
        let [answering, spoilt, sending, waiting] = seats(&connections);
        assert!(answering.is_kept_as(Worth::Answering));
        assert!(spoilt.is_kept_as(Worth::Spoilt));
        let mut newcomers = Vec::new();
        for gone in [&sending, &waiting, &spoilt] {
            assert!(!is_dismissed(gone));
            let newcomer = connections.try_seat().unwrap();
            assert!(is_dismissed(gone));
            assert!(newcomer.is_kept_as(Worth::Answering));
            newcomers.push(newcomer);
        }
        assert!(connections.try_seat().is_none() && !connections.dismiss_one());
        assert!(!is_dismissed(&answering));
        assert!(!sending.is_kept_as(Worth::Answering), "it is too late for its request");
        drop(answering);
        assert!(connections.try_seat().is_some());
    }
}
