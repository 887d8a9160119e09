//! Clients that registered themselves (RFC 7591), beside those of the settings.

use crate::bounded::Bounded;
use crate::client::Client;

/// Public clients, all of them.
pub(crate) struct Registrations {
    clients: Bounded<Client>,
}

impl Registrations {
    /// Keeps `most` of them; the oldest give way.
    pub(crate) fn new(most: usize) -> Self {
        Self { clients: Bounded::new(most) }
    }

    pub(crate) fn add(&mut self, client: Client) {
        let id = client.id.clone();
        self.clients.add(&id, client);
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Client> {
        self.clients.find(id)
    }
}
