//! A browser that does what the approval pages of a test server need: cookies, redirects and forms.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Request, Response, StatusCode, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use crate::html::{Form, forms};
use crate::{Error, Result};

/// More than any sign-in takes, and less than a loop.
const MAX_REDIRECTS: usize = 10;

/// One person's browser, talking to one server.
#[derive(Debug)]
pub struct Browser {
    agent: Agent,
    cookies: Vec<Cookie>,
}

/// A page as it stands after all redirects.
#[derive(Debug)]
pub struct Page {
    /// The page's own address.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its text.
    pub text: String,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Browser {
    /// Opens a browser without cookies. It trusts nobody but the authority in `ca`.
    pub fn new(ca: Option<&Path>) -> Result<Self> {
        Ok(Self { agent: agent(ca)?, cookies: Vec::new() })
    }

    /// Goes to a page.
    pub fn open(&mut self, url: &str) -> Result<Page> {
        self.visit(Url::parse(url)?, None)
    }

    /// Submits a form of `page`.
    pub fn submit(&mut self, page: &Page, form: &Form) -> Result<Page> {
        let mut target = page.url.join(&form.action)?;
        let fields = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        if form.is_post {
            return self.visit(target, Some(fields));
        }
        target.set_query(Some(&fields));
        self.visit(target, None)
    }

    fn visit(&mut self, mut url: Url, mut body: Option<String>) -> Result<Page> {
        for _ in 0..MAX_REDIRECTS {
            let mut response = self.exchange(&url, body.as_deref())?;
            let status = response.status();
            self.keep_cookies(&url, &response);
            let location = response.headers().get(header::LOCATION).filter(|_| status.is_redirection());
            let Some(location) = location else {
                let text = response.body_mut().read_to_string()?;
                return Ok(Page { url, status: status.as_u16(), text });
            };
            url = url.join(location.to_str()?)?;
            let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            body = body.filter(|_| keeps_method);
        }
        Err(format!("more than {MAX_REDIRECTS} redirects, the last one to {url}").into())
    }

    fn exchange(&self, url: &Url, body: Option<&str>) -> Result<Response<ureq::Body>> {
        let mut request = Request::builder().uri(url.as_str()).header(header::ACCEPT, "text/html");
        let cookies = self.cookies.iter().filter(|cookie| cookie.is_for(url));
        let cookies: Vec<_> = cookies.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = match body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                request = request.method("POST").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                self.agent.run(request.body(body)?)?
            }
        };
        Ok(response)
    }

    fn keep_cookies(&mut self, url: &Url, response: &Response<ureq::Body>) {
        for line in response.headers().get_all(header::SET_COOKIE) {
            let Some((cookie, is_over)) = line.to_str().ok().and_then(|line| Cookie::parse(line, url)) else {
                continue;
            };
            self.cookies.retain(|other| (&other.name, &other.path) != (&cookie.name, &cookie.path));
            if !is_over {
                self.cookies.push(cookie);
            }
        }
    }
}

impl Page {
    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        forms(&self.text)
    }

    /// The form that `wanted` describes.
    pub fn form(&self, name: &str, wanted: impl Fn(&Form) -> bool) -> Result<Form> {
        self.forms().into_iter().find(wanted).ok_or_else(|| self.unexpected(&format!("the {name} form")))
    }

    /// An error that shows the page instead of what was to be on it.
    pub fn unexpected(&self, wanted: &str) -> Error {
        format!("{wanted} is not on the page {} (status {}):\n{}", self.url, self.status, self.text).into()
    }
}

impl Cookie {
    /// Reads a `Set-Cookie` line; the flag tells that it deletes the cookie.
    fn parse(line: &str, url: &Url) -> Option<(Self, bool)> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let mut path = url.path().rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut is_over = value.is_empty();
        for part in parts {
            match part.split_once('=') {
                Some((key, value)) if key.eq_ignore_ascii_case("path") => {
                    value.clone_into(&mut path);
                }
                Some((key, "0")) if key.eq_ignore_ascii_case("max-age") => is_over = true,
                // The only past date that servers write is the epoch.
                Some((key, date)) if key.eq_ignore_ascii_case("expires") => {
                    is_over |= date.contains("1970");
                }
                _ => {}
            }
        }
        Some((Self { name: name.to_owned(), value: value.to_owned(), path }, is_over))
    }

    /// RFC 6265 section 5.1.4: the path itself, or a folder of it.
    fn is_for(&self, url: &Url) -> bool {
        let folder = self.path.strip_suffix('/').unwrap_or(&self.path);
        url.path().strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// An agent that follows nothing, keeps to no proxy and reports every status as an answer.
pub(crate) fn agent(ca: Option<&Path>) -> Result<Agent> {
    let mut roots = Vec::new();
    if let Some(ca) = ca {
        roots.push(Certificate::from_pem(&fs::read(ca)?)?);
    }
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)));
    Ok(config.build().new_agent())
}
