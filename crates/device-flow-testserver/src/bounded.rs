//! A map of bounded size: the oldest entry gives way.

use std::collections::{HashMap, VecDeque};

/// Values by name, the last `most` of them.
#[derive(Debug)]
pub(crate) struct Bounded<V> {
    most: usize,
    values: HashMap<String, V>,
    /// The names, oldest first.
    names: VecDeque<String>,
}

impl<V> Bounded<V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, values: HashMap::new(), names: VecDeque::new() }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&V> {
        self.values.get(name)
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut V> {
        self.values.get_mut(name)
    }

    /// Adds a value under a name that is not taken: names are random.
    pub(crate) fn add(&mut self, name: &str, value: V) {
        while self.names.len() >= self.most.max(1) {
            let Some(oldest) = self.names.pop_front() else { break };
            self.values.remove(&oldest);
        }
        if self.values.insert(name.to_owned(), value).is_none() {
            self.names.push_back(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_gives_way() {
        let mut bounded = Bounded::new(2);
        for (name, value) in [("a", 1), ("b", 2), ("c", 3)] {
            bounded.add(name, value);
        }
        assert_eq!([bounded.find("a"), bounded.find("b"), bounded.find("c")], [None, Some(&2), Some(&3)]);
        assert_eq!(bounded.find_mut("c"), Some(&mut 3));
    }
}
