//! From one part to the next: what a sign-in does with inputs, and with what its flow and its session come to.

use super::{Offer, Phase, SignIn, SignInEvent};
use crate::engine::{self, Arrival, Next, Rules as _};
use crate::flow::DeviceFlow;
use crate::machine::{Input, Machine as _, Misuse};
use crate::outcome::{Event, Outcome};
use crate::response::Response;
use crate::session::{Session, SessionEvent};
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::wire::{Answer, read_tokens};

impl SignIn {
    pub(super) fn take_in(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        let now = self.engine.tick(now);
        let is_cancel = matches!(input, Input::Cancel);
        if let (Some(kept), Input::Response(id, _) | Input::Failure(id, _)) = (&mut self.kept, &input) {
            if kept.is_refreshing() && kept.engine_ref().has_lent(*id) {
                return kept.handle_input(now, input);
            }
        }
        match (&mut self.phase, input) {
            (Phase::Flow(flow), input) => flow.handle_input(now, input)?,
            (Phase::Session(session), Input::Cancel) => {
                session.handle_input(now, Input::Cancel)?;
                if let Phase::Session(session) = core::mem::replace(&mut self.phase, Phase::Ended) {
                    self.phase = Phase::Closing(session);
                }
            }
            (Phase::Session(session) | Phase::Closing(session), input) => {
                session.handle_input(now, input)?;
            }
            (Phase::Offering(Offer::CodeExpired), Input::Response(id, response)) => {
                if let Some(Arrival::Late(sent_at)) = self.engine.arrival(now, id)? {
                    self.take_late_tokens(sent_at, &response);
                }
            }
            (Phase::Offering(_) | Phase::Ended, Input::Response(id, _) | Input::Failure(id, _)) => {
                self.engine.arrival(now, id)?;
            }
            (Phase::Offering(_), Input::Resume) => return self.start_over(),
            (Phase::Offering(_), Input::Pause) => return Err(Misuse::NotPolling),
            (Phase::Offering(_), Input::Cancel) => self.end(None),
            (Phase::Ended, Input::Cancel) => {
                // Who cancels twice does not want to wait for what is still out.
                if self.is_cancelled {
                    self.kept = self.kept.take().map(Session::cancelled);
                }
                self.is_cancelled = true;
            }
            (Phase::Ended, Input::Pause | Input::Resume) => return Err(Misuse::Finished),
        }
        self.is_cancelled |= is_cancel;
        self.leave_ended_part();
        Ok(())
    }

    /// Takes what was granted in answer to the last poll of a code that has run out meanwhile.
    fn take_late_tokens(&mut self, sent_at: Timestamp, response: &Response<'_>) {
        let dialect = self.config.spoken_dialect();
        if let Answer::Granted(tokens) = read_tokens(Stage::Token, dialect, response) {
            match self.config.accepted(tokens, sent_at) {
                Ok(tokens) => self.begin_session(tokens),
                Err(error) => self.end(Some(SignInEvent::Failed(error.into()))),
            }
        }
    }

    /// Asks for a new code, with values that no code before had.
    fn start_over(&mut self) -> Result<(), Misuse> {
        let config = match &mut self.seed {
            Some(seed) => seed.refreshed(self.config.clone()),
            None if self.config.needs_fresh_values() => return Err(Misuse::NotFresh),
            None => self.config.clone(),
        };
        // Why there has to be a new code is told all the same.
        let notice = self.notice.take();
        let restarted = self.restart(config);
        self.notice = notice;
        // The same configuration has worked before, but for a session's, which asks for no codes.
        restarted.map_err(|_| Misuse::NoDeviceEndpoint)
    }

    /// Tells every part what time it is, whichever of them is heard next.
    pub(super) fn tick(&mut self, now: Timestamp) -> Timestamp {
        let now = self.engine.tick(now);
        let part = match &mut self.phase {
            Phase::Flow(flow) => Some(flow.engine()),
            Phase::Session(session) | Phase::Closing(session) => Some(session.engine()),
            Phase::Offering(_) | Phase::Ended => None,
        };
        for engine in part.into_iter().chain(self.kept.as_mut().map(Session::engine)) {
            engine.tick(now);
        }
        now
    }

    pub(super) fn advance(&mut self, now: Timestamp) -> Next<SignInEvent> {
        let now = self.tick(now);
        loop {
            if let Some(event) = self.notice.take() {
                if let SignInEvent::Granted(tokens) = &event {
                    let is_missing = self.config.lacks_id_token(tokens);
                    self.notice = is_missing.then_some(SignInEvent::Flow(Event::IdTokenMissing));
                }
                return Next::Tell(event);
            }
            let kept_until = match self.advance_kept(now) {
                Next::Tell(event) => return Next::Tell(SignInEvent::Session(event)),
                Next::Wait(until) => Some(until),
                Next::Send(_) | Next::Done => None,
            };
            let next = match &mut self.phase {
                Phase::Flow(flow) => match engine::advance(flow, now) {
                    Next::Tell(event) => Next::Tell(SignInEvent::Flow(event)),
                    Next::Send(lent) => Next::Send(lent),
                    Next::Wait(until) => Next::Wait(until),
                    Next::Done => Next::Done,
                },
                Phase::Session(session) | Phase::Closing(session) => match engine::advance(session, now) {
                    Next::Tell(event) => Next::Tell(SignInEvent::Session(event)),
                    Next::Send(lent) => Next::Send(lent),
                    Next::Wait(until) => Next::Wait(until),
                    Next::Done => Next::Done,
                },
                Phase::Offering(_) => Next::Wait(engine::idle(now)),
                Phase::Ended => return kept_until.map_or(Next::Done, Next::Wait),
            };
            match next {
                Next::Wait(until) => {
                    return Next::Wait(kept_until.map_or(until, |it| it.min(until)));
                }
                Next::Done => {}
                Next::Tell(_) | Next::Send(_) => {
                    // Whoever hears why a session is over may ask for a new code at once.
                    self.leave_ended_part();
                    return next;
                }
            }
            self.leave_ended_part();
        }
    }

    /// What there is to tell of the tokens that were left behind, and when there may be more.
    fn advance_kept(&mut self, now: Timestamp) -> Next<SessionEvent> {
        let is_at_end = matches!(self.phase, Phase::Ended);
        let Some(kept) = &mut self.kept else {
            return Next::Done;
        };
        match engine::advance(kept, now) {
            // After the end the tokens stay for whoever asks.
            Next::Done if is_at_end => return Next::Done,
            Next::Done => {}
            told_or_waiting => return told_or_waiting,
        }
        let is_told = kept.is_expiry_told();
        match kept.expires_at() {
            Some(expires_at) if now < expires_at => return Next::Wait(expires_at),
            Some(_) => self.kept = None,
            None => return Next::Done,
        }
        if is_told { Next::Done } else { Next::Tell(SessionEvent::Expired) }
    }

    pub(super) fn is_kept_refreshing(&self) -> bool {
        self.kept.as_ref().is_some_and(Session::is_refreshing)
    }

    /// Notes what time it is and where ids go on from, as the part at work knows them.
    pub(super) fn note_part(&mut self) {
        let part = match &self.phase {
            Phase::Flow(flow) => flow.engine_ref(),
            Phase::Session(session) | Phase::Closing(session) => session.engine_ref(),
            Phase::Offering(_) | Phase::Ended => return,
        };
        let now = self.engine.clock();
        self.engine = *part;
        self.engine.tick(now);
    }

    /// Goes on from a part that has come to its end.
    pub(super) fn leave_ended_part(&mut self) {
        let is_over = match &self.phase {
            Phase::Flow(flow) => flow.is_done(),
            Phase::Session(session) | Phase::Closing(session) => session.is_done(),
            Phase::Offering(_) | Phase::Ended => false,
        };
        if !is_over {
            return;
        }
        self.note_part();
        match core::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Flow(flow) => self.leave_flow(flow.into_outcome()),
            Phase::Session(mut session) => {
                let notice = session.take_notice().map(SignInEvent::Session);
                self.notice = self.notice.take().or(notice);
                self.keep(session);
                self.phase = Phase::Offering(Offer::SignInNeeded);
            }
            Phase::Closing(mut session) => {
                let notice = session.take_notice().map(SignInEvent::Session);
                self.notice = self.notice.take().or(notice);
                // Its refresh token is as good as before.
                self.kept = Some(session);
            }
            other @ (Phase::Offering(_) | Phase::Ended) => self.phase = other,
        }
    }

    fn leave_flow(&mut self, outcome: Result<Outcome, DeviceFlow>) {
        match outcome {
            Ok(Outcome::Authorized(tokens)) => self.begin_session(tokens),
            Ok(Outcome::Expired(expiry)) => {
                self.phase = Phase::Offering(Offer::CodeExpired);
                self.notice = Some(SignInEvent::CodeExpired(expiry));
            }
            Ok(Outcome::Denied) => self.end(Some(SignInEvent::Denied)),
            Ok(Outcome::Failed(failure)) => self.end(Some(SignInEvent::Failed(failure))),
            Ok(Outcome::Cancelled) | Err(_) => self.end(None),
        }
    }

    fn begin_session(&mut self, tokens: TokenResponse) {
        match Session::new(self.config.clone(), tokens, self.engine.clock()) {
            Ok(mut session) => {
                session.follow(&self.engine);
                self.kept = None;
                self.notice = Some(SignInEvent::Granted(session.tokens().clone()));
                self.phase = Phase::Session(session);
            }
            // Cannot be: the flow was made of the same configuration.
            Err(_) => self.end(None),
        }
    }

    /// Keeps the tokens of a session that is left, as long as they are good or newer ones may come.
    pub(super) fn keep(&mut self, session: Session) {
        let may_bring = |it: &Session| it.is_refreshing() || it.has_notice();
        self.kept = Some(session).filter(|it| may_bring(it) || !it.is_expired());
    }

    pub(super) fn end(&mut self, notice: Option<SignInEvent>) {
        // Tokens that nobody has stored yet are told all the same.
        self.notice = notice.or_else(|| self.notice.take().filter(SignInEvent::brings_tokens));
        self.phase = Phase::Ended;
    }
}
