//! Many pending sign-ins in one process: each asleep in a heap of timers until its next poll, on virtual time.

use crate::answers::PENDING;
use crate::contender::{core_flow, floor, oauth2_crate};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What many flows cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub flows: usize,
    pub arrival: Arrival,
    /// Bytes that are held for one flow, its place in a vector included and the timer left out.
    pub bytes: usize,
    /// Those of them that are not strings; `None` where that is not known.
    pub fixed: Option<usize>,
    /// The mean time of a poll, the timer included.
    pub poll: Duration,
}

/// Runs something and tells how many more bytes are allocated afterwards.
pub type Held<'a> = &'a dyn Fn(&mut dyn FnMut()) -> usize;

/// How many polls each flow makes.
const POLLS: usize = 3;

/// In which order flows that lie side by side in memory begin, and so poll.
#[derive(Clone, Copy, Debug)]
pub enum Arrival {
    /// One after the other, as a benchmark would have it.
    Neighbours,
    /// Anyhow, as people would have it: nearly every poll meets with memory that no cache knows.
    Random,
}

/// When flow number `index` begins, in milliseconds: spread over one interval.
fn start(index: usize, flows: usize, arrival: Arrival) -> u64 {
    let place = match arrival {
        Arrival::Neighbours => index,
        // A prime that divides no number of flows here: every place is taken once.
        Arrival::Random => index * 7_368_787 % flows,
    };
    (place * 5_000 / flows) as u64
}

/// Lets every flow poll when it is due. `poll` gets the flow's index and the time, and says when it is due again.
fn drive(due: impl Iterator<Item = u64>, mut poll: impl FnMut(usize, u64) -> u64) -> Duration {
    let mut timers: BinaryHeap<Reverse<(u64, usize)>> =
        due.enumerate().map(|(index, at)| Reverse((at, index))).collect();
    let polls = timers.len() * POLLS;
    let begin = Instant::now();
    for _ in 0..polls {
        let Reverse((now, index)) = timers.pop().unwrap();
        timers.push(Reverse((poll(index, now), index)));
    }
    begin.elapsed() / u32::try_from(polls).unwrap()
}

pub fn core(flows: usize, arrival: Arrival, held: Held<'_>) -> Cost {
    let mut pending = Vec::new();
    let held = held(&mut || {
        pending.reserve_exact(flows);
        let starts = (0..flows).map(|it| start(it, flows, arrival));
        pending.extend(starts.map(core_flow::polling_since));
    });
    let due: Vec<u64> = pending.iter().map(|(_, due)| due.as_millis()).collect();
    let poll = drive(due.into_iter(), |index, now| {
        let (flow, due) = &mut pending[index];
        assert_eq!(due.as_millis(), now);
        core_flow::pending_poll(flow, due);
        due.as_millis()
    });
    Cost {
        flows,
        arrival,
        // The time beside each flow belongs to the timer.
        bytes: held / flows - size_of::<device_flow_core::Timestamp>(),
        fixed: Some(size_of::<device_flow_core::DeviceFlow>()),
        poll,
    }
}

/// The least that a hand-written loop would keep: the request's body and three numbers.
pub fn floor(flows: usize, arrival: Arrival, held: Held<'_>) -> Cost {
    struct Pending {
        body: Box<str>,
        deadline: u64,
        interval: u32,
    }
    const BODY: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS&client_id=s6BhdRkqt3";
    let mut pending = Vec::new();
    let held = held(&mut || {
        pending.reserve_exact(flows);
        pending.extend((0..flows).map(|index| Pending {
            body: BODY.into(),
            deadline: start(index, flows, arrival) + 1_800_000,
            interval: 5_000,
        }));
    });
    let due = (0..flows).map(|index| start(index, flows, arrival) + 5_000);
    let poll = drive(due, |index, now| {
        let it = &pending[index];
        assert!(now < it.deadline);
        black_box(&it.body);
        floor::read::<floor::Refusal<'_>>(PENDING.as_bytes());
        now + u64::from(it.interval)
    });
    Cost { flows, arrival, bytes: held / flows, fixed: Some(size_of::<Pending>()), poll }
}

/// The virtual time of the `oauth2` crate's flows, and when the one that was polled last wants to go on. Its clock has
/// to be callable from any thread.
static NOW: AtomicU64 = AtomicU64::new(0);
static DUE: AtomicU64 = AtomicU64::new(0);

/// The `oauth2` crate's polling is a future that borrows the codes.
pub fn oauth2(flows: usize, arrival: Arrival, held: Held<'_>) -> Cost {
    let client = oauth2_crate::client();
    let http = |request| async move { oauth2_crate::answer(&request, 400, PENDING) };
    let mut codes = Vec::new();
    let mut futures = Vec::new();
    let mut bytes = held(&mut || {
        codes.reserve_exact(flows);
        codes.extend((0..flows).map(|_| oauth2_crate::details(&client)));
    });
    bytes += held(&mut || {
        futures.reserve_exact(flows);
        futures.extend(codes.iter().map(|codes| {
            let request = client.exchange_device_access_token(codes);
            let request = request.set_time_fn(oauth2_crate::virtual_now);
            Box::pin(request.request_async(&http, sleep, None))
        }));
        // Asleep before the first poll is none of its states, so each sleeps after one.
        for (index, future) in futures.iter_mut().enumerate() {
            NOW.store(start(index, flows, arrival), Ordering::Relaxed);
            step(future.as_mut());
        }
    });
    let due = (0..flows).map(|index| start(index, flows, arrival) + 5_000);
    let poll = drive(due, |index, now| {
        NOW.store(now, Ordering::Relaxed);
        step(futures[index].as_mut());
        DUE.load(Ordering::Relaxed)
    });
    Cost { flows, arrival, bytes: bytes / flows, fixed: None, poll }
}

pub(crate) fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

fn step<F: Future>(future: Pin<&mut F>) {
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}

/// Sleeps on virtual time.
async fn sleep(wait: Duration) {
    let due = now() + u64::try_from(wait.as_millis()).unwrap();
    std::future::poll_fn(|_| {
        DUE.store(due, Ordering::Relaxed);
        if now() < due { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}
