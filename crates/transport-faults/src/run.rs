//! One run: a server, what goes wrong between it and a client, and the client's account compared with what is stated.

use crate::account::Account;
use crate::case::{Case, Moment, Route, Stated, Strike, Trouble, Way};
use crate::client::{Assignment, Client, Line};
use crate::gate::{Conduct, Gate};
use crate::handshakes::Handshakes;
use crate::proxies::Proxies;
use crate::stop;
use device_flow_testserver::{Approval, Endpoint, Options, Script, Server, Step, Tls};
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// What all runs share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) runtime: Handle,
    pub(crate) proxies: Option<Proxies>,
    pub(crate) handshakes: Handshakes,
}

/// A fault that strikes once, for one transport on one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) case: &'a Case,
    pub(crate) stated: &'a Stated,
    pub(crate) strike: Strike,
    pub(crate) way: Way,
    pub(crate) transport: &'static str,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Report {
    /// In what it deviates from what is stated.
    pub(crate) deviations: Vec<String>,
    /// The most memory that the client ever had in use, in KiB.
    pub(crate) peak: Option<u64>,
}

/// What ends no sooner does not end by itself.
const FOR_EVER: Duration = Duration::from_secs(60);
/// The interval of all sign-ins, with what a clock may be off.
const INTERVAL: Duration = Duration::from_millis(990);
/// Gives a connection the moment that it needs to become an idle one.
const SETTLE: Duration = Duration::from_millis(150);

impl Run<'_> {
    /// How long the run is likely to take: the long ones begin first.
    pub(crate) fn length(&self) -> Duration {
        match self.case.trouble {
            Trouble::Stopped { lasts, .. } => lasts,
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn play(&self, world: &World) -> Report {
        match self.try_play(world) {
            Ok(report) => report,
            Err(error) => Report { deviations: vec![format!("could not be played: {error}")], peak: None },
        }
    }

    fn try_play(&self, world: &World) -> io::Result<Report> {
        let server = Server::start(self.options())?;
        let gate = self.gate(world, &server)?;
        let mut client = Client::start(&self.assignment(world, &server, gate.as_ref()))?;
        let account = self.listen(&mut client, &server, gate.as_ref())?;
        let mut deviations = account.deviations(self.stated, self.strike);
        deviations.extend(self.check_requests(&account, &server));
        Ok(Report { deviations, peak: account.peak() })
    }

    fn options(&self) -> Options {
        let options = Options::new()
            .interval(Duration::from_millis(50))
            .approval(Approval::Manual)
            .expires_in(self.case.patience.code);
        let options = if self.way.is_secure { options.tls(Tls::new()) } else { options };
        let spoilt = |script, step: &Step| (0..self.case.times).fold(script, |it: Script, _| it.step(step.clone()));
        let second_poll = Script::new().pending(1);
        match (&self.case.trouble, self.strike) {
            (Trouble::Answer(step), Strike::First) => {
                let options = options.script(Endpoint::DeviceAuthorization, spoilt(Script::new(), step));
                options.every_code(Script::new().approve())
            }
            (Trouble::Answer(step), Strike::Poll) => options.code(spoilt(second_poll, step).approve()),
            (Trouble::Tokens(fault), _) => options.code(second_poll.step(Step::approve().fault(fault.clone()))),
            (Trouble::Stopped { moment: Moment::Answering, .. }, _) => {
                options.code(second_poll.step(Step::approve().late(Duration::from_secs(1))))
            }
            // Nobody approves a code that is to run out.
            (Trouble::Stopped { .. }, _) if matches!(self.stated, Stated::Expires(_)) => options,
            (_, Strike::First) => options.every_code(Script::new().approve()),
            (_, Strike::Poll) => options.code(second_poll.approve()),
        }
    }

    fn gate(&self, world: &World, server: &Server) -> io::Result<Option<Gate>> {
        let (target, conduct) = match &self.case.trouble {
            Trouble::Connecting(conduct) => (server.addr(), conduct),
            Trouble::Idle(_) | Trouble::Unasked(_) | Trouble::InUse(_) => (server.addr(), &Conduct::Pass),
            Trouble::Proxy(conduct) => (self.proxy(world).ok_or(io::ErrorKind::NotFound)?.1, conduct),
            _ => return Ok(None),
        };
        let conduct = if self.strike == Strike::First { conduct.clone() } else { Conduct::Pass };
        Gate::open(&world.runtime, target, conduct).map(Some)
    }

    /// The scheme and the address of the proxy on the way.
    fn proxy(&self, world: &World) -> Option<(&'static str, SocketAddr)> {
        let proxies = world.proxies.as_ref()?;
        match self.way.route {
            Route::Direct => None,
            Route::Tinyproxy => Some(("http", proxies.tinyproxy.address)),
            Route::Socks => Some(("socks5h", proxies.socks.address)),
        }
    }

    fn assignment(&self, world: &World, server: &Server, gate: Option<&Gate>) -> Assignment {
        let is_at_proxy = matches!(self.case.trouble, Trouble::Proxy(_));
        let before = |behind: SocketAddr, is_here: bool| match gate {
            Some(gate) if is_here => gate.address(),
            _ => behind,
        };
        let base = format!("{}://{}", self.way.scheme(), before(server.addr(), !is_at_proxy));
        let nowhere = format!("{}://nobody.invalid", self.way.scheme());
        let is_nameless = matches!(self.case.trouble, Trouble::Name);
        let device = if is_nameless && self.strike == Strike::First { &nowhere } else { &base };
        let token = if is_nameless { &nowhere } else { &base };
        let proxy = match (&self.case.trouble, &world.proxies) {
            (Trouble::Guarded(guarded), Some(proxies)) => Some(proxies.guarded(*guarded)),
            _ => self.proxy(world).map(|(scheme, address)| format!("{scheme}://{}", before(address, is_at_proxy))),
        };
        let roots = server.ca_pem().map_or_else(String::new, |own| [own, &world.handshakes.trusted].concat());
        Assignment {
            transport: self.transport,
            endpoints: [format!("{device}/device_authorization"), format!("{token}/token")],
            proxy,
            roots,
            identity: self.case.has_identity.then(|| world.handshakes.stranger.clone()),
            patience: self.case.patience,
        }
    }

    /// Takes down what the client tells, and lets the fault strike and pass when its time has come.
    fn listen(&self, client: &mut Client, server: &Server, gate: Option<&Gate>) -> io::Result<Account> {
        let (teller, told) = mpsc::channel();
        let lines = client.lines();
        thread::spawn(move || lines.for_each(|line| drop(teller.send(line))));
        let started = Instant::now();
        let limit = FOR_EVER.saturating_add(self.length());
        let mut account = Account::default();
        while let Ok(line) = told.recv_timeout(limit.saturating_sub(started.elapsed())) {
            let (is_pending, is_retrying) = (matches!(line, Line::Pending), matches!(line, Line::Retrying { .. }));
            account.take_down(line);
            if is_pending && account.pending() == 1 && self.strike == Strike::Poll {
                self.strike(client, server, gate)?;
            }
            if let Some(gate) = gate.filter(|_| is_retrying && account.retries() == self.case.times) {
                gate.heal();
            }
        }
        Ok(account)
    }

    fn strike(&self, client: &Client, server: &Server, gate: Option<&Gate>) -> io::Result<()> {
        thread::sleep(SETTLE);
        match (&self.case.trouble, gate) {
            (Trouble::Connecting(conduct) | Trouble::Proxy(conduct), Some(gate)) => gate.strike(conduct.clone()),
            (Trouble::Idle(cut), Some(gate)) => gate.end(*cut),
            (Trouble::Unasked(words), Some(gate)) => gate.end_with(words),
            (Trouble::InUse(cut), Some(gate)) => gate.end_at_request(*cut),
            (Trouble::Stopped { lasts, moment }, _) => {
                if *moment == Moment::Answering {
                    server.wait_for_requests(3, FOR_EVER);
                }
                stop::stop(&client.child, *lasts)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the server saw: no request before its time, none twice, and tokens that are good.
    fn check_requests(&self, account: &Account, server: &Server) -> Vec<String> {
        let mut deviations = Vec::new();
        let requests = server.requests();
        let gaps: Vec<_> = requests.iter().zip(requests.iter().skip(1)).map(|(a, b)| b.arrived - a.arrived).collect();
        deviations.extend(gaps.iter().filter(|it| **it < INTERVAL).map(|it| format!("sent a request after {it:?}")));
        let struck = if self.strike == Strike::First { 0 } else { 2 };
        let pause = self.case.patience.pause;
        if let Some(gap) = gaps.get(struck).filter(|it| it.saturating_add(Duration::from_millis(10)) < pause) {
            deviations.push(format!("waited {gap:?}, not {pause:?}"));
        }
        if requests.len() > account.requests() {
            deviations.push(format!("sent {} requests, and told of {}", requests.len(), account.requests()));
        }
        if account.token().is_some_and(|it| !server.is_active(it)) {
            deviations.push("has tokens that are not good".to_owned());
        }
        deviations
    }
}
