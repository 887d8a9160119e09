//! What an authorization server says about itself.

use crate::secret::Packed;
use alloc::string::String;
use core::fmt;

/// What an authorization server says about itself (RFC 8414). Every address is checked: `https`, or `http` as allowed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerMetadata {
    texts: Packed<8>,
}

/// Which address; the number is where it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Issuer = 0,
    DeviceAuthorization = 1,
    Token = 2,
    Revocation = 3,
    Introspection = 4,
    Userinfo = 5,
    Registration = 6,
}

/// The methods are packed behind the addresses.
const METHODS: usize = 7;

/// The members that are addresses, the issuer first, in the order in which they are packed.
pub(crate) const ADDRESSES: [(Address, &str); 7] = [
    (Address::Issuer, "issuer"),
    (Address::DeviceAuthorization, "device_authorization_endpoint"),
    (Address::Token, "token_endpoint"),
    (Address::Revocation, "revocation_endpoint"),
    (Address::Introspection, "introspection_endpoint"),
    (Address::Userinfo, "userinfo_endpoint"),
    (Address::Registration, "registration_endpoint"),
];

impl ServerMetadata {
    /// The issuer, letter by letter the one that was asked for.
    pub fn issuer(&self) -> &str {
        self.address(Address::Issuer).unwrap_or_default()
    }

    /// The device authorization endpoint (RFC 8628 section 4); `None` when the server does not announce one.
    pub fn device_authorization_endpoint(&self) -> Option<&str> {
        self.address(Address::DeviceAuthorization)
    }

    /// The token endpoint.
    pub fn token_endpoint(&self) -> &str {
        self.address(Address::Token).unwrap_or_default()
    }

    /// The revocation endpoint (RFC 7009).
    pub fn revocation_endpoint(&self) -> Option<&str> {
        self.address(Address::Revocation)
    }

    /// The introspection endpoint (RFC 7662).
    pub fn introspection_endpoint(&self) -> Option<&str> {
        self.address(Address::Introspection)
    }

    /// The userinfo endpoint (OpenID Connect Core section 5.3).
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.address(Address::Userinfo)
    }

    /// The client registration endpoint (RFC 7591).
    pub fn registration_endpoint(&self) -> Option<&str> {
        self.address(Address::Registration)
    }

    /// How clients may authenticate at the token endpoint, such as `client_secret_basic`; `None` when the server does
    /// not tell, which by RFC 8414 section 2 means `client_secret_basic`.
    pub fn token_endpoint_auth_methods(&self) -> Option<impl Iterator<Item = &str>> {
        self.texts.get(METHODS).map(|it| it.split(' '))
    }

    pub(crate) fn address(&self, address: Address) -> Option<&str> {
        self.texts.get(address as usize)
    }

    pub(crate) fn packed(issuer: &str, addresses: &[Option<String>; ADDRESSES.len()], methods: Option<&str>) -> Self {
        let [_, device, token, revocation, introspection, userinfo, registration] =
            addresses.each_ref().map(Option::as_deref);
        Self {
            texts: Packed::new([
                Some(issuer),
                device,
                token,
                revocation,
                introspection,
                userinfo,
                registration,
                methods,
            ]),
        }
    }
}

impl fmt::Debug for ServerMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ServerMetadata");
        for (address, name) in ADDRESSES {
            if let Some(it) = self.address(address) {
                shown.field(name, &it);
            }
        }
        shown.finish()
    }
}
