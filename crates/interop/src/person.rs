//! The person at the second device, who approves or denies on the server's own pages.

use crate::browser::{Browser, Page};
use crate::server::{Product, Server};
use crate::{Error, Result};

/// Where a prompt sends the person.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// To `verification_uri`, there to type the code.
    Type {
        /// The page that asks for a code.
        verification_uri: &'a str,
        /// The code.
        user_code: &'a str,
    },
    /// To `verification_uri_complete`, which knows the code already.
    Follow {
        /// The page.
        verification_uri_complete: &'a str,
    },
}

/// What the person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Signs in and consents.
    Approve,
    /// Refuses.
    Deny,
}

/// The account that approves.
pub const ACCOUNT: &str = "alice";

/// Goes through the server's pages in a fresh browser.
pub fn decide(server: &Server, way: Way<'_>, decision: Decision) -> Result<()> {
    let mut browser = Browser::new(server.ca())?;
    match server.product() {
        Product::OidcProvider => decide_at_oidc_provider(&mut browser, way, decision),
        Product::Authlib => decide_at_authlib(&mut browser, way, decision),
    }
    .map_err(|error| -> Error { format!("failed to {decision:?} in the browser: {error}").into() })
}

fn decide_at_oidc_provider(browser: &mut Browser, way: Way<'_>, decision: Decision) -> Result<()> {
    let mut page = match way {
        Way::Type { verification_uri, user_code } => {
            let page = browser.open(verification_uri)?;
            let form = page.form("code", |form| form.id == "op.deviceInputForm")?;
            browser.submit(&page, &form.fill("user_code", user_code))?
        }
        // The page posts its only form by itself.
        Way::Follow { verification_uri_complete } => {
            let page = browser.open(verification_uri_complete)?;
            let form = page.form("code", |form| form.has_field("user_code"))?;
            browser.submit(&page, &form)?
        }
    };
    let confirm = page.form("confirmation", |form| form.id == "op.deviceConfirmForm")?;
    if decision == Decision::Deny {
        page = browser.submit(&page, &confirm.fill("abort", "yes"))?;
        return shows(&page, "Sign-in aborted", || page.text.contains("aborted") || page.text.contains("interrupted"));
    }
    page = browser.submit(&page, &confirm)?;
    let login = page.form("login", |form| form.has_field("login"))?;
    page = browser.submit(&page, &login.fill("login", ACCOUNT).fill("password", "any"))?;
    let consent = page.form("consent", |form| form.fields.contains(&("prompt".into(), "consent".into())))?;
    page = browser.submit(&page, &consent)?;
    shows(&page, "Sign-in Success", || page.text.contains("Sign-in Success"))
}

fn decide_at_authlib(browser: &mut Browser, way: Way<'_>, decision: Decision) -> Result<()> {
    let mut page = match way {
        Way::Type { verification_uri, .. } => browser.open(verification_uri)?,
        Way::Follow { verification_uri_complete } => browser.open(verification_uri_complete)?,
    };
    let login = page.form("login", |form| form.id == "login")?;
    page = browser.submit(&page, &login.fill("username", ACCOUNT).fill("password", "password"))?;
    let mut device = page.form("device", |form| form.id == "device")?;
    if let Way::Type { user_code, .. } = way {
        device = device.fill("user_code", user_code);
    }
    let (action, answer) = match decision {
        Decision::Approve => ("approve", "<p>approved</p>"),
        Decision::Deny => ("deny", "<p>denied</p>"),
    };
    page = browser.submit(&page, &device.fill("action", action))?;
    shows(&page, answer, || page.text.contains(answer))
}

fn shows(page: &Page, wanted: &str, is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() { Ok(()) } else { Err(page.unexpected(wanted)) }
}
