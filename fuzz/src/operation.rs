//! What can happen to a machine, as bytes: one byte names the operation, the next ones are its arguments.
//!
//! The reading is fixed and simple, so that sequences can be written by hand (see [`crate::seed`]) and edited by a
//! fuzzer without one changed byte turning all that follows into something else.

use arbitrary::{Arbitrary, Result, Unstructured};
use device_flow_core::{HttpCause, ProxyCause, TlsCause, TransportFailure};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// The driver asks once.
    Ask,
    /// The driver asks until there is nothing to do now.
    Settle,
    /// Time passes, or does not.
    Advance(Advance),
    /// An answer of a known kind arrives.
    Answer(Which, Class),
    /// An answer of any kind arrives: status and body.
    Raw(Which, u16, &'a [u8]),
    /// A request comes to nothing.
    Fail(Which, TransportFailure),
    /// [`device_flow_core::Input::Pause`].
    Pause,
    /// [`device_flow_core::Input::Resume`].
    Resume,
    /// [`device_flow_core::Input::Cancel`].
    Cancel,
    /// The machine is put aside and taken up again after this many seconds, which the new one is told or not.
    Suspend {
        /// Seconds in between.
        away: u16,
        /// Whether the new machine is told.
        is_told: bool,
    },
    /// The caller demands a refresh, of fewer scopes or not. A sign-in knows no fewer scopes; there it is a demand for a
    /// new code.
    Demand {
        /// Whether for fewer scopes.
        is_narrow: bool,
    },
}

/// How time goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// By so many milliseconds.
    Millis(u16),
    /// By so many seconds.
    Seconds(u16),
    /// To the moment that the machine last named.
    ToWait,
    /// To a millisecond before it.
    AlmostToWait,
    /// To the end of the code or the token.
    ToEnd,
    /// To a millisecond before it.
    AlmostToEnd,
    /// By some two thousand years.
    Huge,
    /// Backwards by so many seconds.
    Back(u16),
}

/// Which request an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The latest.
    Latest,
    /// An earlier one: so many before the latest.
    Late(u8),
    /// One that the machine never made: so many after the latest.
    Foreign(u8),
}

/// A class of answers, with a number that varies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(pub u8, pub u8);

impl<'a> Arbitrary<'a> for Operation<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        // The frequent ones have several numbers.
        Ok(match byte(u)? % 16 {
            0 => Self::Ask,
            1 | 2 => Self::Settle,
            3 | 4 => Self::Advance(u.arbitrary()?),
            5 | 6 => Self::Answer(u.arbitrary()?, Class(byte(u)?, byte(u)?)),
            7 => {
                let (which, status) = (u.arbitrary()?, word(u)?);
                let length = usize::from(byte(u)?).min(u.len());
                Self::Raw(which, status, u.bytes(length)?)
            }
            8 => Self::Fail(u.arbitrary()?, failure(byte(u)?)),
            9 => Self::Pause,
            10 => Self::Resume,
            11 => Self::Cancel,
            12 => Self::Suspend { away: word(u)?, is_told: byte(u)? & 1 == 0 },
            13 => Self::Demand { is_narrow: byte(u)? & 1 == 1 },
            14 => Self::Advance(Advance::ToWait),
            _ => Self::Answer(Which::Latest, Class(byte(u)?, byte(u)?)),
        })
    }
}

impl Arbitrary<'_> for Advance {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match byte(u)? % 8 {
            0 => Self::Millis(word(u)?),
            1 => Self::Seconds(word(u)?),
            2 => Self::ToWait,
            3 => Self::AlmostToWait,
            4 => Self::ToEnd,
            5 => Self::AlmostToEnd,
            6 => Self::Huge,
            _ => Self::Back(word(u)?),
        })
    }
}

impl Arbitrary<'_> for Which {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let number = byte(u)?;
        Ok(match number % 8 {
            0..=5 => Self::Latest,
            6 => Self::Late(number / 8 + 1),
            _ => Self::Foreign(number / 8 + 1),
        })
    }
}

/// Words are little-endian, whatever the platform.
fn word(u: &mut Unstructured<'_>) -> Result<u16> {
    Ok(u16::from_le_bytes([byte(u)?, byte(u)?]))
}

fn byte(u: &mut Unstructured<'_>) -> Result<u8> {
    // `arbitrary` makes up zeros when the bytes run out; here that is the end.
    if u.is_empty() {
        return Err(arbitrary::Error::NotEnoughData);
    }
    u.arbitrary()
}

fn failure(number: u8) -> TransportFailure {
    let schemes = ["Basic", "Digest"].into_iter().collect();
    let refused = |status| TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes }));
    [
        TransportFailure::Connect(None),
        TransportFailure::Timeout,
        TransportFailure::Tls(None),
        TransportFailure::Closed,
        TransportFailure::BodyTooLarge,
        TransportFailure::Other,
        TransportFailure::Proxy(None),
        TransportFailure::Encoding(None),
        TransportFailure::Tls(Some(TlsCause::Expired)),
        TransportFailure::Http(Some(HttpCause::HeadTooLarge)),
        refused(407),
        refused(502),
    ][usize::from(number % 12)]
}

/// All operations that the bytes hold, at most `most`.
pub fn all(data: &[u8], most: usize) -> Vec<Operation<'_>> {
    let mut u = Unstructured::new(data);
    let mut all = Vec::new();
    while all.len() < most {
        match u.arbitrary() {
            Ok(operation) => all.push(operation),
            Err(_) => break,
        }
    }
    all
}
