//! Reading bodies.

use core::mem::replace;
use std::io::{self, Read};
use zeroize::Zeroizing;

/// The largest first reservation for a body whose length is not known, in bytes.
const FIRST_GUESS: usize = 1024;

/// Reads a whole body of which so many bytes were announced; `None` when it is larger than `max` bytes. What is read leaves no
/// copy behind.
///
/// # Errors
///
/// What the reader says.
pub fn read_body(mut reader: impl Read, announced: Option<u64>, max: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let announced = announced.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    if announced.is_some_and(|it| it > max) {
        return Ok(None);
    }
    let mut bytes = Zeroizing::new(vec![0; announced.unwrap_or(FIRST_GUESS.min(max)).saturating_add(1)]);
    let mut length: usize = 0;
    loop {
        // One byte more than allowed tells a body that is too large from one that is just not.
        match reader.read(bytes.get_mut(length..).unwrap_or_default())? {
            0 => {
                bytes.truncate(length);
                return Ok(Some(bytes));
            }
            amount => length = length.saturating_add(amount),
        }
        if length > max {
            return Ok(None);
        }
        if length == bytes.len() {
            // Made anew, because a vector that grows leaves a copy behind.
            let larger = Zeroizing::new(vec![0; length.saturating_mul(2).min(max.saturating_add(1))]);
            let smaller = replace(&mut bytes, larger);
            bytes.iter_mut().zip(smaller.iter()).for_each(|(to, from)| *to = *from);
        }
    }
}
