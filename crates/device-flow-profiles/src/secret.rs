//! Whether clients have a secret.

/// Whether a client of a provider has a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileSecret {
    /// Clients that sign in devices are public.
    None,
    /// The client's registration decides.
    #[default]
    Optional,
    /// Every client has one, and the token endpoint insists on it.
    Required,
}
