//! How far a script has been played.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::script::{Script, Step};

/// A script, shared by all who play it, with a place in it, and what was put in front of the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Playback {
    queued: VecDeque<Step>,
    script: Arc<Script>,
    played: usize,
}

impl Playback {
    pub(crate) fn new(script: Arc<Script>) -> Self {
        Self { queued: VecDeque::new(), script, played: 0 }
    }

    /// Takes the next step.
    pub(crate) fn next(&mut self) -> Step {
        self.next_after(&mut VecDeque::new())
    }

    /// Takes the next step: of the own queue, of the one that is for all, of the script.
    pub(crate) fn next_after(&mut self, queued_for_any: &mut VecDeque<Step>) -> Step {
        if let Some(step) = self.queued.pop_front().or_else(|| queued_for_any.pop_front()) {
            return step;
        }
        let step = self.script.step_at(self.played);
        self.played = self.played.saturating_add(1);
        step
    }

    /// Puts steps in front of what the script still has, behind those queued before.
    pub(crate) fn queue(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.queued.extend(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playback(script: Script) -> Playback {
        Playback::new(Arc::new(script))
    }

    #[test]
    fn steps_come_in_order_and_then_ordinary_behaviour() {
        let mut playback = playback(Script::new().pending(2).deny());
        assert_eq!(playback.next(), Step::pending());
        assert_eq!(playback.next(), Step::pending());
        assert_eq!(playback.next(), Step::deny());
        assert_eq!(playback.next(), Step::ordinary());
    }

    #[test]
    fn the_last_step_can_repeat_for_ever() {
        let mut playback = playback(Script::new().pending(1).always(Step::slow_down()));
        assert_eq!(playback.next(), Step::pending());
        for _ in 0..9 {
            assert_eq!(playback.next(), Step::slow_down());
        }
    }

    #[test]
    fn what_was_queued_comes_first_and_the_script_goes_on_where_it_was() {
        let mut playback = playback(Script::new().pending(1).deny());
        let mut for_any = VecDeque::from([Step::expire()]);
        assert_eq!(playback.next(), Step::pending());
        playback.queue([Step::slow_down(), Step::approve()]);
        assert_eq!(playback.next_after(&mut for_any), Step::slow_down());
        assert_eq!(playback.next_after(&mut for_any), Step::approve());
        assert_eq!(playback.next_after(&mut for_any), Step::expire());
        assert_eq!(playback.next_after(&mut for_any), Step::deny());
    }
}
