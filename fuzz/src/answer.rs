//! An HTTP answer as bytes that a fuzzer can edit and a person can read.
//!
//! The server's number in one byte, the status in two, then three lines with the values of `Content-Type`,
//! `Retry-After` and `Date` (an empty line means that there is no such header), then the body to the end. A redirect has
//! its `Location` in the place of the date.

use device_flow_core::Response;

use crate::config::{self, Server};

/// An answer with the server that it is of.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What is known of the server.
    pub server: Server,
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
        let (&[server, low, high], mut rest) = data.split_first_chunk()?;
        let headers = [(); 3].map(|()| {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, next) = end.map_or((&rest[..0], rest), |at| (&rest[..at], &rest[at + 1..]));
            rest = next;
            line
        });
        Some(Self { server: config::server(server), status: u16::from_le_bytes([low, high]), headers, body: rest })
    }

    /// The answer as a driver lends it.
    pub fn response(&self) -> Response<'a> {
        let mut names = NAMES;
        if (300..400).contains(&self.status) {
            names[2] = "location";
        }
        let headers = names.iter().zip(self.headers);
        headers
            .filter(|(_, value)| !value.is_empty())
            .fold(Response::new(self.status, self.body), |it, (name, value)| it.header(name, value))
    }

    /// Puts bytes together that are read as this answer.
    pub fn write(server: u8, status: u16, headers: [&str; 3], body: &[u8]) -> Vec<u8> {
        let mut data = vec![server];
        data.extend(status.to_le_bytes());
        for value in headers {
            data.extend(value.bytes().filter(|byte| *byte != b'\n'));
            data.push(b'\n');
        }
        data.extend(body);
        data
    }
}
