//! What a client is told to do on its command line.

use crate::{Contender, Library};

/// Whether the HTTP client is made once or for every sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    Kept,
    Fresh,
}

/// Sign-ins one after the other, by so many threads or tasks at once.
#[derive(Clone, Debug)]
pub struct Job {
    pub library: Library,
    pub contender: Contender,
    pub keeping: Keeping,
    /// How many sign-ins each of them makes.
    pub sign_ins: usize,
    pub at_once: usize,
    /// Host and port of the server.
    pub address: String,
}

impl Job {
    pub fn to_arguments(&self) -> [String; 6] {
        [
            self.library.name().to_owned(),
            self.contender.name().to_owned(),
            match self.keeping {
                Keeping::Kept => "kept".to_owned(),
                Keeping::Fresh => "fresh".to_owned(),
            },
            self.sign_ins.to_string(),
            self.at_once.to_string(),
            self.address.clone(),
        ]
    }

    pub fn from_arguments(arguments: &[String]) -> Option<Self> {
        let [library, contender, keeping, sign_ins, at_once, address] = arguments else { return None };
        Some(Self {
            library: Library::ALL.into_iter().find(|it| it.name() == library)?,
            contender: Contender::named(contender)?,
            keeping: match keeping.as_str() {
                "kept" => Keeping::Kept,
                "fresh" => Keeping::Fresh,
                _ => return None,
            },
            sign_ins: sign_ins.parse().ok()?,
            at_once: at_once.parse().ok()?,
            address: address.clone(),
        })
    }
}
