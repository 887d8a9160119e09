//! Texts that arrive together, live together and go together.

use alloc::boxed::Box;
use alloc::string::String;
use core::num::NonZeroU32;
use zeroize::Zeroizing;

/// Several texts in one allocation that is wiped when dropped.
///
/// An answer's strings arrive together, live together and go together; one buffer of exactly their size means one
/// allocation, one wipe, and no copy left behind by growth.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Packed<const N: usize> {
    text: Zeroizing<Box<str>>,
    /// The end of each text, which begins where the one before it ends; `None` where it is absent.
    ends: [Option<NonZeroU32>; N],
}

impl<const N: usize> Packed<N> {
    /// An empty text counts as absent.
    pub(crate) fn new(texts: [Option<&str>; N]) -> Self {
        let capacity = texts.iter().flatten().map(|text| text.len()).fold(0_usize, usize::saturating_add);
        let mut text = String::with_capacity(capacity);
        let ends = texts.map(|part| {
            text.push_str(part.filter(|it| !it.is_empty())?);
            NonZeroU32::new(u32::try_from(text.len()).ok()?)
        });
        Self { text: Zeroizing::new(text.into_boxed_str()), ends }
    }

    /// All of them, in their order.
    pub(crate) fn all(&self) -> [Option<&str>; N] {
        let mut rest = &**self.text;
        let mut start = 0;
        self.ends.map(|end| {
            let end = end?.get();
            let length = usize::try_from(end.checked_sub(start)?).ok()?;
            let (text, behind) = rest.split_at_checked(length)?;
            (rest, start) = (behind, end);
            Some(text)
        })
    }

    pub(crate) fn get(&self, index: usize) -> Option<&str> {
        let end = (*self.ends.get(index)?)?.get();
        let before = self.ends.get(..index)?.iter().rev();
        let start = before.flatten().next().map_or(0, |it| it.get());
        self.text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}
