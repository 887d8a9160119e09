//! The built-in profiles, one row a provider.

mod dialects;
mod products;
mod services;

use crate::Profile;

/// A name, and what makes the profile of it: one is found without making the others.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    make: fn(&'static str) -> Profile,
}

impl Row {
    const fn new(name: &'static str, make: fn(&'static str) -> Profile) -> Self {
        Self { name, make }
    }

    pub(crate) fn profile(&self) -> Profile {
        (self.make)(self.name)
    }
}

/// First the services, then the products.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    services::SERVICES.iter().chain(&products::PRODUCTS)
}
