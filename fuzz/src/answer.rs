//! An HTTP answer as bytes that a fuzzer can edit and a person can read.
//!
//! The dialect's number in one byte, the status in two, then three lines with the values of `Content-Type`,
//! `Retry-After` and `Date` (an empty line means that there is no such header), then the body to the end.

use device_flow_core::{Dialect, Profile, Response};

/// An answer with the dialect it is read in.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// How the server departs from the RFC.
    pub dialect: &'static Dialect,
    /// The HTTP status: any number.
    pub status: u16,
    headers: [&'a [u8]; 3],
    /// The body.
    pub body: &'a [u8],
}

const NAMES: [&str; 3] = ["content-type", "retry-after", "date"];

impl<'a> Answer<'a> {
    /// Takes bytes apart; `None` when there are too few.
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let (&[dialect, low, high], mut rest) = data.split_first_chunk()?;
        let headers = [(); 3].map(|()| {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, next) = end.map_or((&rest[..0], rest), |at| (&rest[..at], &rest[at + 1..]));
            rest = next;
            line
        });
        Some(Self {
            dialect: dialect_by_number(dialect),
            status: u16::from_le_bytes([low, high]),
            headers,
            body: rest,
        })
    }

    /// The answer as a driver lends it.
    pub fn response(&self) -> Response<'a> {
        let headers = NAMES.iter().zip(self.headers);
        headers.filter(|(_, value)| !value.is_empty()).fold(
            Response::new(self.status, self.body),
            |it, (name, value)| it.header(name, value),
        )
    }

    /// Puts bytes together that are read as this answer.
    pub fn write(dialect: u8, status: u16, headers: [&str; 3], body: &[u8]) -> Vec<u8> {
        let mut data = vec![dialect];
        data.extend(status.to_le_bytes());
        for value in headers {
            data.extend(value.bytes().filter(|byte| *byte != b'\n'));
            data.push(b'\n');
        }
        data.extend(body);
        data
    }
}

/// The RFC's own dialect for zero, then every shipped one.
pub fn dialect_by_number(number: u8) -> &'static Dialect {
    let count = Profile::all().count() + 1;
    match usize::from(number) % count {
        0 => &Dialect::RFC_8628,
        place => Profile::all()
            .nth(place - 1)
            .map_or(&Dialect::RFC_8628, Profile::dialect),
    }
}

/// The number of a profile's dialect; zero where there is no such profile.
pub fn number_of_dialect(profile: &str) -> u8 {
    let place = Profile::all().position(|it| it.name() == profile);
    place.map_or(0, |place| {
        u8::try_from(place + 1).expect("fewer than 256 profiles")
    })
}
