//! A [`SignIn`]: a flow and the session that comes of it, with their promises, and what it adds to them.

use core::mem;
use core::time::Duration;

use device_flow_core::{
    Event, Misuse, Response, SessionEvent, SignIn, SignInEvent, SignInStatus, Stage, Timestamp, TokenResponse,
    TransportFailure,
};

use crate::bench::{Demanded, Ledger, Model, Moment, Order};
use crate::check::{self, planted};
use crate::config::{self, Server};
use crate::drive::Sent;
use crate::model::flow::{Ending, FlowModel, LastPoll, Polls};
use crate::model::session::{self, SessionModel, Tokens};
use crate::reading::{self, Poll};

/// What is known of a sign-in.
pub struct SignInModel {
    server: Server,
    choice: u16,
    /// The secret that nonces and verifiers are made of, if there is one.
    seed: Option<[u8; 32]>,
    part: Part,
    /// Whether a session was cancelled.
    is_closing: bool,
    /// Whether the caller gave up.
    is_cancelled: bool,
    /// What is left of a session before: its access token may still be good, and a refresh that is out is heard.
    kept: Option<Box<SessionModel>>,
    due: Option<Due>,
    /// The nonces and challenges that were sent, and whether others have to be sent next.
    sent_values: Vec<String>,
    has_to_be_fresh: bool,
}

enum Part {
    Flow(Box<FlowModel>),
    Session(Box<SessionModel>),
    /// A new code is offered; the last poll for the old one may still be answered.
    CodeExpired(Ledger, Option<LastPoll>),
    /// A new code is offered.
    SignInNeeded(Ledger),
    Ended(Ledger),
}

/// What has to be told, beside what the parts have to tell.
#[derive(Clone, Debug)]
enum Due {
    Granted { tokens: Tokens, is_id_token_missing: bool },
    IdTokenMissing,
    CodeExpired(Polls),
    Denied,
    Failed,
    Session(session::Due, Tokens),
}

impl Due {
    const fn brings_tokens(&self) -> bool {
        matches!(self, Self::Granted { .. } | Self::Session(session::Due::Refreshed, _))
    }
}

impl SignInModel {
    /// A sign-in that has not begun, under a configuration by its number.
    pub fn new(server: Server, choice: u16, seed: Option<[u8; 32]>) -> Self {
        let flow = FlowModel::new(server, choice, Ledger::new(0));
        Self {
            server,
            choice,
            seed,
            part: Part::Flow(Box::new(flow)),
            is_closing: false,
            is_cancelled: false,
            kept: None,
            due: None,
            sent_values: Vec::new(),
            has_to_be_fresh: false,
        }
    }

    /// What there has to be of tokens.
    fn tokens(&self) -> Option<&Tokens> {
        match &self.part {
            Part::Session(session) => Some(session.tokens()),
            _ => self.kept.as_ref().map(|it| it.tokens()),
        }
    }

    /// Nothing is awaited of the part at work.
    fn left(&self) -> Ledger {
        Ledger { in_flight: None, ..self.ledger().clone() }
    }

    /// Goes on from a part that has come to its end.
    fn leave(&mut self) {
        let ledger = self.left();
        match &self.part {
            Part::Flow(flow) => {
                if let Some(ending) = flow.ending().cloned() {
                    self.leave_flow(ending, ledger);
                }
            }
            Part::Session(session) if session.has_ended() => {
                let part = if self.is_closing { Part::Ended(ledger) } else { Part::SignInNeeded(ledger) };
                if let Part::Session(mut session) = mem::replace(&mut self.part, part) {
                    let due = session.take_due();
                    let due = due.map(|it| Due::Session(it, session.tokens().clone()));
                    self.due = self.due.take().or(due);
                    if self.is_closing {
                        // Its refresh token is as good as before.
                        self.kept = Some(session);
                    } else {
                        self.keep(session);
                    }
                }
            }
            _ => {}
        }
    }

    fn leave_flow(&mut self, ending: Ending, ledger: Ledger) {
        match ending {
            Ending::Authorized(tokens, sent_at) => self.begin_session(&tokens, sent_at, ledger),
            Ending::Expired(polls, last_poll) => {
                self.due = Some(Due::CodeExpired(polls));
                self.part = Part::CodeExpired(ledger, last_poll);
            }
            Ending::Denied => self.end(Some(Due::Denied), ledger),
            Ending::Failed => self.end(Some(Due::Failed), ledger),
            Ending::Cancelled => self.end(None, ledger),
        }
    }

    fn end(&mut self, due: Option<Due>, ledger: Ledger) {
        // Tokens that nobody has stored yet are told all the same.
        self.due = due.or_else(|| self.due.take().filter(Due::brings_tokens));
        self.part = Part::Ended(ledger);
    }

    fn begin_session(&mut self, tokens: &TokenResponse, sent_at: Moment, ledger: Ledger) {
        let is_id_token_missing = config::is_openid(self.choice) && tokens.id_token().is_none();
        if is_id_token_missing && config::is_id_token_required(self.choice) {
            return self.end(Some(Due::Failed), ledger);
        }
        let tokens = Tokens::granted(tokens, sent_at);
        self.kept = None;
        self.is_closing = false;
        self.due = Some(Due::Granted { tokens: tokens.clone(), is_id_token_missing });
        let session = SessionModel::new(self.server, self.choice, tokens, ledger);
        self.part = Part::Session(Box::new(session));
    }

    /// An access token that is still good is kept, and a session that may bring a newer one.
    fn keep(&mut self, session: Box<SessionModel>) {
        let has_run_out = session.tokens().have_run_out(self.ledger().clock);
        let may_bring = |it: &SessionModel| it.is_refreshing() || it.due().is_some();
        self.kept = Some(session).filter(|it| may_bring(it) || !has_run_out);
    }

    /// A new code is asked for.
    fn start_over(&mut self, has_to_be_fresh: bool) {
        let flow = FlowModel::new(self.server, self.choice, self.left());
        let part = Part::Flow(Box::new(flow));
        if let Part::Session(mut session) = mem::replace(&mut self.part, part) {
            // A refresh that is out is heard.
            if !self.is_closing {
                session.obey(Order::Cancel);
            }
            self.keep(session);
        }
        self.is_closing = false;
        self.is_cancelled = false;
        self.has_to_be_fresh = has_to_be_fresh;
    }

    /// A nonce and a verifier are good for one code.
    fn check_freshness(&mut self, request: &Sent) {
        let values = ["nonce", "code_challenge"].map(|it| request.parameter(it));
        let values: Vec<String> = values.into_iter().flatten().collect();
        if self.has_to_be_fresh {
            self.has_to_be_fresh = false;
            assert_eq!(!values.is_empty(), config::needs_fresh_values(self.choice));
            assert!(!values.iter().any(|it| self.sent_values.contains(it)));
        }
        self.sent_values.extend(values);
    }
}

impl Model for SignInModel {
    type Machine = SignIn;

    fn ledger(&self) -> &Ledger {
        match &self.part {
            Part::Flow(flow) => flow.ledger(),
            Part::Session(session) => session.ledger(),
            Part::CodeExpired(ledger, _) | Part::SignInNeeded(ledger) | Part::Ended(ledger) => ledger,
        }
    }

    fn ledger_mut(&mut self) -> &mut Ledger {
        match &mut self.part {
            Part::Flow(flow) => flow.ledger_mut(),
            Part::Session(session) => session.ledger_mut(),
            Part::CodeExpired(ledger, _) | Part::SignInNeeded(ledger) | Part::Ended(ledger) => ledger,
        }
    }

    /// The part at work goes on when there is nothing else to tell; see [`Self::give_up_part`].
    fn give_up(&mut self) {
        let (clock, has_ended) = (self.ledger().clock, self.has_ended_part());
        let Some(kept) = self.kept.as_mut().filter(|_| self.due.is_none()) else {
            return;
        };
        kept.ledger_mut().look_at_clock(clock);
        kept.give_up();
        let is_over = kept.has_ended() && kept.due().is_none() && kept.is_expiry_told();
        if is_over && kept.tokens().have_run_out(clock) && !has_ended {
            self.kept = None;
        }
    }

    fn send(&mut self, request: &Sent) {
        self.give_up_part();
        assert!(self.due.is_none(), "what happened is told first");
        self.has_dealt_with_kept();
        if request.stage == Stage::DeviceAuthorization {
            self.check_freshness(request);
        }
        match &mut self.part {
            Part::Flow(flow) => flow.send(request),
            Part::Session(session) if !self.is_closing => session.send(request),
            _ => panic!("there is nothing to ask for"),
        }
    }

    fn event(&mut self, event: &SignInEvent, sign_in: &SignIn, secrets: &[&str]) {
        if self.due.is_none() {
            if let (SignInEvent::Session(told), Some(_)) = (event, &self.kept) {
                return self.event_of_kept(told, secrets);
            }
            self.give_up_part();
        }
        match event {
            SignInEvent::CodeExpired(_) => {
                if let (Part::Flow(flow), None) = (&mut self.part, &self.due) {
                    flow.run_out();
                    self.leave();
                }
            }
            SignInEvent::Flow(Event::Prompt(_)) => {
                let flow = sign_in.flow().expect("a prompt is of a flow");
                let values = [flow.nonce(), flow.code_verifier()];
                for value in values.into_iter().flatten() {
                    check::debug_is_silent(sign_in, &[value.expose()]);
                }
            }
            _ => {}
        }
        let due = self.due.take();
        match (event, due, &mut self.part) {
            (SignInEvent::Granted(told), Some(Due::Granted { tokens, is_id_token_missing }), _) => {
                tokens.are(told);
                self.due = is_id_token_missing.then_some(Due::IdTokenMissing);
            }
            (SignInEvent::Flow(Event::IdTokenMissing), Some(Due::IdTokenMissing), _)
            | (SignInEvent::Denied, Some(Due::Denied), _) => {}
            (SignInEvent::CodeExpired(expiry), Some(Due::CodeExpired(polls)), _) => {
                assert!(polls.are(expiry), "{polls:?} {expiry:?}");
            }
            (SignInEvent::Failed(failure), Some(Due::Failed), _) => {
                check::failure_is_fit(failure, secrets);
            }
            (SignInEvent::Session(told), Some(Due::Session(due, tokens)), _) => {
                assert!(due.is(told, &tokens, secrets), "{due:?} {told:?}");
            }
            (SignInEvent::Flow(told), None, Part::Flow(flow)) => flow.event(told),
            (SignInEvent::Session(told), None, Part::Session(session)) => {
                session.event(told, secrets);
                self.leave();
            }
            (event, due, _) => panic!("{event:?} when {due:?} is to be told"),
        }
    }

    fn wait(&mut self, until: Moment) {
        self.give_up_part();
        assert!(self.due.is_none(), "what happened is told first");
        self.has_dealt_with_kept();
        if let Some(kept) = &mut self.kept {
            if kept.is_refreshing() {
                return kept.wait(until);
            }
            let expires_at = kept.tokens().expires_at;
            let expires_at = expires_at.filter(|_| !matches!(self.part, Part::Ended(_)));
            assert!(expires_at.is_none_or(|it| until <= it), "slept over");
            if expires_at == Some(until) {
                return;
            }
        }
        match &mut self.part {
            Part::Flow(flow) => flow.wait(until),
            Part::Session(session) => session.wait(until),
            Part::CodeExpired(..) | Part::SignInNeeded(_) => {}
            Part::Ended(_) => panic!("nothing is waited for after the end"),
        }
    }

    fn done(&mut self) {
        self.give_up_part();
        assert!(self.due.is_none(), "what happened is told first");
        assert!(self.has_ended());
    }

    fn answer(&mut self, number: usize, response: &Response<'_>, sign_in: &SignIn) -> bool {
        if let Some(kept) = self.hearing(number) {
            return kept.answer(number, response);
        }
        let has_failed = sign_in.status() == SignInStatus::Ended;
        let is_news = match &mut self.part {
            Part::Flow(flow) => flow.answer(number, response, has_failed),
            Part::Session(session) => session.answer(number, response),
            // What a person granted counts however late it comes, until a new code is asked for.
            Part::CodeExpired(ledger, Some(poll)) if poll.number == number => {
                let Poll::Granted(tokens) = reading::poll(self.server, *response) else {
                    return false;
                };
                let (sent_at, ledger) = (poll.sent_at, ledger.clone());
                self.begin_session(&tokens, sent_at, ledger);
                return true;
            }
            _ => false,
        };
        self.leave();
        is_news
    }

    fn fail(&mut self, number: usize, failure: TransportFailure) -> bool {
        if let Some(kept) = self.hearing(number) {
            return kept.fail(number, failure);
        }
        let is_news = match &mut self.part {
            Part::Flow(flow) => flow.fail(number, failure),
            Part::Session(session) => session.fail(number, failure),
            _ => false,
        };
        self.leave();
        is_news
    }

    fn misuse(&self, order: Order) -> Option<Misuse> {
        match (&self.part, order) {
            (_, Order::Cancel) => None,
            (Part::Flow(flow), order) => flow.misuse(order),
            (Part::Session(session), order) => session.misuse(order),
            (Part::CodeExpired(..) | Part::SignInNeeded(_), Order::Pause) => Some(Misuse::NotPolling),
            (Part::CodeExpired(..) | Part::SignInNeeded(_), Order::Resume) => {
                let is_refused = config::needs_fresh_values(self.choice) && self.seed.is_none();
                is_refused.then_some(Misuse::NotFresh)
            }
            (Part::Ended(_), _) => Some(Misuse::Finished),
        }
    }

    fn obey(&mut self, order: Order) {
        match (&mut self.part, order) {
            (Part::Flow(flow), order) => flow.obey(order),
            (Part::Session(session), order) => {
                session.obey(order);
                self.is_closing |= order == Order::Cancel;
            }
            // Why there has to be a new code is told all the same.
            (_, Order::Resume) => self.start_over(self.seed.is_some()),
            // Who cancels twice does not want to wait for what is still out.
            (Part::Ended(_), _) => {
                if let Some(kept) = self.kept.as_mut().filter(|_| self.is_cancelled) {
                    kept.obey(order);
                }
            }
            (_, _) => self.end(None, self.left()),
        }
        self.is_cancelled |= order == Order::Cancel;
        self.leave();
    }

    /// A narrower one is a demand for a new code here.
    fn demand(&mut self, sign_in: &mut SignIn, now: Timestamp, is_narrow: bool) -> Demanded {
        if is_narrow {
            let restarted = sign_in.restart(config::by_number(self.server, self.choice));
            assert_eq!(restarted, Ok(()));
            self.start_over(false);
            // What came of the code before is of no interest any more, but for tokens that nobody has stored yet.
            self.due = self.due.take().filter(Due::brings_tokens);
            return Demanded::StartedOver;
        }
        let expected = match &mut self.part {
            Part::Session(session) => session.demanded(now, false),
            Part::Flow(_) | Part::CodeExpired(..) | Part::SignInNeeded(_) => Err(Misuse::NoRefreshToken),
            Part::Ended(_) => Err(Misuse::Finished),
        };
        assert_eq!(sign_in.refresh(now), expected.map(drop));
        Demanded::of(expected)
    }

    fn suspend(&mut self, sign_in: &SignIn, now: Timestamp, away: Duration, told: Duration) -> Option<SignIn> {
        let clock = self.ledger().clock;
        let resumed = match (&mut self.part, sign_in.flow(), sign_in.session()) {
            (Part::Flow(model), Some(flow), None) => SignIn::with_flow(model.suspend(flow, now, away, told)?),
            (Part::Session(model), None, Some(session)) => {
                SignIn::with_session(model.suspend(session, now, away, told))
            }
            (Part::Ended(_), None, Some(session)) => {
                let mut model = self.kept.take().expect("tokens that are left");
                model.ledger_mut().look_at_clock(clock);
                let session = model.suspend(session, now, away, told);
                self.part = Part::Session(model);
                SignIn::with_session(session)
            }
            (_, None, None) => return None,
            _ => panic!("there is another part: {sign_in:?}"),
        };
        self.is_closing = false;
        self.is_cancelled = false;
        self.kept = None;
        self.due = None;
        Some(match &mut self.seed {
            // Each is used once.
            Some(seed) => {
                seed[0] = seed[0].wrapping_add(1);
                resumed.fresh_from(seed)
            }
            None => resumed,
        })
    }

    fn confided(&self) -> Vec<String> {
        match &self.part {
            Part::Flow(flow) => flow.confided(),
            Part::Session(session) => session.confided(),
            _ => vec![planted::CLIENT_SECRET.to_owned()],
        }
    }

    fn runs_out_at(&self) -> Option<Moment> {
        match &self.part {
            Part::Flow(flow) => flow.runs_out_at(),
            _ => self.tokens()?.expires_at,
        }
    }

    fn has_ended(&self) -> bool {
        let is_hearing = self.kept.as_ref().is_some_and(|it| it.is_refreshing());
        self.has_ended_part() && !is_hearing
    }

    fn agree(&self, sign_in: &SignIn, now: Timestamp) {
        assert_eq!(sign_in.status(), self.status());
        match (self.tokens(), sign_in.tokens()) {
            (Some(ours), Some(theirs)) => ours.are(theirs),
            (None, None) => {}
            (ours, theirs) => panic!("{ours:?} and {theirs:?}"),
        }
        match (&self.part, sign_in.flow(), sign_in.session()) {
            (Part::Flow(model), Some(flow), None) => model.agree(flow, now),
            (Part::Session(model), None, Some(session)) => model.agree(session, now),
            // To be suspended.
            (Part::Ended(_), None, session) => {
                assert_eq!(session.is_some(), self.kept.is_some());
            }
            (_, None, None) => {}
            _ => panic!("there is another part: {sign_in:?}"),
        }
        let has_codes = matches!(&self.part, Part::Flow(flow) if flow.has_codes());
        assert_eq!(sign_in.prompt(now).is_some(), has_codes);
    }
}

impl SignInModel {
    fn status(&self) -> SignInStatus {
        match &self.part {
            Part::Flow(flow) if flow.is_paused() => SignInStatus::Paused,
            Part::Flow(flow) if flow.has_codes() => SignInStatus::CodeShown,
            Part::Flow(_) => SignInStatus::NotAuthenticated,
            Part::Session(session) if session.is_refreshing() => SignInStatus::Refreshing,
            Part::Session(session) if session.tokens().have_run_out(self.ledger().clock) => SignInStatus::Expired,
            Part::Session(_) => SignInStatus::Granted,
            Part::CodeExpired(..) => SignInStatus::CodeExpired,
            Part::SignInNeeded(_) => SignInStatus::SignInNeeded,
            Part::Ended(_) => SignInStatus::Ended,
        }
    }

    fn give_up_part(&mut self) {
        if self.due.is_some() {
            return;
        }
        match &mut self.part {
            Part::Flow(flow) => flow.give_up(),
            Part::Session(session) => session.give_up(),
            _ => {}
        }
        self.leave();
    }

    const fn has_ended_part(&self) -> bool {
        matches!(self.part, Part::Ended(_))
    }

    /// The session that was left while this request of its own was out.
    fn hearing(&mut self, number: usize) -> Option<&mut SessionModel> {
        let clock = self.ledger().clock;
        let kept = self.kept.as_mut()?;
        if !kept.is_refreshing() || number > kept.ledger().requests {
            return None;
        }
        kept.ledger_mut().look_at_clock(clock);
        Some(kept)
    }

    /// Kept tokens that have run out are dropped before anything else is done, and what there is to tell is told.
    fn has_dealt_with_kept(&self) {
        if let Some(kept) = &self.kept {
            assert_eq!(kept.due(), None, "what happened is told first");
            let has_run_out = kept.tokens().have_run_out(kept.ledger().clock);
            assert!(!has_run_out || kept.is_refreshing() || self.has_ended_part());
        }
    }

    fn event_of_kept(&mut self, event: &SessionEvent, secrets: &[&str]) {
        let Some(kept) = &mut self.kept else { return };
        if kept.is_refreshing() || kept.due().is_some() {
            return kept.event(event, secrets);
        }
        assert_eq!(*event, SessionEvent::Expired);
        assert!(kept.tokens().have_run_out(kept.ledger().clock) && !kept.is_expiry_told());
        self.kept = None;
    }
}
