//! Clients that registered themselves (RFC 7591), beside those of the settings.

use std::collections::VecDeque;

use crate::client::Client;

/// How many are kept; the oldest give way.
const KEPT: usize = 1024;

/// Public clients, all of them.
#[derive(Default)]
pub(crate) struct Registrations {
    clients: VecDeque<Client>,
}

impl Registrations {
    pub(crate) fn add(&mut self, client: Client) {
        if self.clients.len() >= KEPT {
            self.clients.pop_front();
        }
        self.clients.push_back(client);
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }
}
