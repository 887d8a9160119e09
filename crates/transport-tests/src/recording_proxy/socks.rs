//! As much of SOCKS 5 (RFC 1928) as a client without a password needs.

use super::Tunnel;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

pub(crate) const VERSION: u8 = 5;

/// The answer that the tunnel is open, with an address that nobody looks at.
pub(crate) const GRANTED: [u8; 10] = [VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/// Reads greeting and request.
pub(crate) fn negotiate(mut client: &TcpStream) -> io::Result<Tunnel> {
    let [_, methods] = read(client)?;
    let mut offered = vec![0; usize::from(methods)];
    client.read_exact(&mut offered)?;
    // No authentication.
    client.write_all(&[VERSION, 0])?;
    let [_, _, _, kind] = read(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(client)?).to_string(),
        3 => {
            let [length] = read(client)?;
            let mut name = vec![0; usize::from(length)];
            client.read_exact(&mut name)?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => return Err(io::Error::other("an address of another kind")),
    };
    let port = u16::from_be_bytes(read(client)?);
    Ok(Tunnel { request_line: format!("SOCKS {host}:{port}"), headers: Vec::new() })
}

fn read<const N: usize>(mut client: &TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}
