//! Idle connections, by place and by age.

use core::time::Duration;
use device_flow_core::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// Where connections lead: scheme and authority.
pub(crate) type Place = Arc<str>;

/// How much longer a connection may have been idle than whoever wants it has waited. Servers and the boxes before them close
/// theirs after a minute or so, some without a word, and a request that meets such an end is a lost poll; but who polls once a
/// minute has to try.
const SLACK: Duration = Duration::from_secs(30);

/// How long a connection may have been idle at all.
const MAX_AGE: Duration = Duration::from_secs(300);

/// As many idle connections as were in use at once, and no more.
pub(crate) struct Idle<C> {
    max: usize,
    most_in_use: usize,
    /// Of each place, the one used last comes last. No place is without any.
    by_place: HashMap<Place, VecDeque<Kept<C>>>,
    /// Where each of them leads, the oldest first.
    by_number: BTreeMap<u64, Place>,
    next_number: u64,
}

struct Kept<C> {
    number: u64,
    since: Timestamp,
    /// How long the server keeps it.
    life: Duration,
    connection: C,
}

impl<C> Idle<C> {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, most_in_use: 0, by_place: HashMap::new(), by_number: BTreeMap::new(), next_number: 0 }
    }

    /// Takes note that so many are in use, and gives those that are too old out of the hand.
    pub(crate) fn begin_use(&mut self, in_use: usize, now: Timestamp) -> Vec<C> {
        self.most_in_use = self.most_in_use.max(in_use);
        let mut old = Vec::new();
        while self.oldest().is_some_and(|it| now.saturating_duration_since(it.since) > MAX_AGE) {
            old.extend(self.take_oldest());
        }
        old
    }

    pub(crate) fn has(&self, place: &Place) -> bool {
        self.by_place.contains_key(place)
    }

    /// The connection to this place that was used last, if one that has `rested` for so long can expect it to be still there.
    pub(crate) fn take(&mut self, place: &Place, now: Timestamp, rested: Duration) -> Option<C> {
        let kept = self.by_place.get_mut(place)?;
        let age = now.saturating_duration_since(kept.back()?.since);
        if age > rested.saturating_add(SLACK) {
            return None;
        }
        let last = kept.pop_back()?;
        if kept.is_empty() {
            self.by_place.remove(place);
        }
        self.by_number.remove(&last.number);
        Some(last.connection).filter(|_| age < last.life)
    }

    /// Keeps a connection, and gives one back when there are too many now.
    pub(crate) fn put(&mut self, place: Place, connection: C, life: Duration, now: Timestamp) -> Option<C> {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.by_number.insert(number, place.clone());
        self.by_place.entry(place).or_default().push_back(Kept { number, since: now, life, connection });
        let is_too_many = self.by_number.len() > self.max.min(self.most_in_use);
        if is_too_many { self.take_oldest() } else { None }
    }

    fn oldest(&self) -> Option<&Kept<C>> {
        let (_, place) = self.by_number.first_key_value()?;
        self.by_place.get(place)?.front()
    }

    fn take_oldest(&mut self) -> Option<C> {
        let (_, place) = self.by_number.pop_first()?;
        let kept = self.by_place.get_mut(&place)?;
        // The oldest of all is the oldest of its place.
        let oldest = kept.pop_front()?;
        if kept.is_empty() {
            self.by_place.remove(&place);
        }
        Some(oldest.connection)
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use super::*;

    const ZERO: Duration = Duration::ZERO;

    fn place(name: &str) -> Place {
        name.into()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn idle(max: usize, in_use: usize) -> Idle<u32> {
        let mut idle = Idle::new(max);
        idle.begin_use(in_use, at(0));
        idle
    }

    #[test]
    fn the_one_used_last_comes_first_and_places_are_kept_apart() {
        let mut idle = idle(10, 10);
        for (number, authority) in [(1, "a"), (2, "b"), (3, "a")] {
            assert_eq!(idle.put(place(authority), number, MAX_AGE, at(0)), None);
        }
        let mut take = |authority| idle.take(&place(authority), at(1), ZERO);
        assert_eq!([take("a"), take("a"), take("a"), take("b"), take("c")], [Some(3), Some(1), None, Some(2), None]);
        assert!(idle.by_place.is_empty() && idle.by_number.is_empty());
    }

    #[test]
    fn no_more_are_kept_than_were_in_use_at_once_or_are_allowed_and_the_oldest_goes() {
        for (max, in_use) in [(2, 5), (5, 2)] {
            let mut idle = idle(max, in_use);
            let closed: Vec<_> = (1..=4).map(|it| idle.put(place("a"), it, MAX_AGE, at(0))).collect();
            assert_eq!(closed, [None, None, Some(1), Some(2)]);
            assert_eq!(idle.put(place("b"), 5, MAX_AGE, at(0)), Some(3));
            assert_eq!(idle.take(&place("a"), at(0), ZERO), Some(4));
        }
        assert_eq!(idle(0, 5).put(place("a"), 1, MAX_AGE, at(0)), Some(1));
    }

    #[test]
    fn one_is_used_for_as_long_as_its_user_rests_and_the_server_keeps_it() {
        let take = |life, rested, seconds: u64| {
            let mut idle = idle(1, 1);
            idle.put(place("a"), 1, Duration::from_secs(life), at(100));
            idle.begin_use(1, at(100 + seconds));
            idle.take(&place("a"), at(100 + seconds), Duration::from_secs(rested))
        };
        assert_eq!(take(300, 0, 30), Some(1));
        assert_eq!(take(300, 0, 31), None);
        assert_eq!(take(300, 31, 61), Some(1));
        assert_eq!(take(3_600, 270, 300), Some(1));
        assert_eq!(take(5, 31, 5), None);
        assert_eq!(take(6, 31, 5), Some(1));
        assert_eq!(take(3_600, 3_600, 301), None);
    }

    #[test]
    fn the_old_are_given_out_of_the_hand_whoever_comes() {
        let mut idle = idle(10, 10);
        for second in 0..3 {
            idle.put(place("a"), 1, MAX_AGE, at(second));
        }
        assert_eq!(idle.begin_use(1, at(300)).len(), 0);
        assert_eq!(idle.begin_use(1, at(302)).len(), 2);
        assert_eq!(idle.begin_use(1, at(303)).len(), 1);
        assert!(!idle.has(&place("a")));
    }
}
