//! Which requests go through which proxy, by curl's rules.

use crate::bench::{client, config, config_at, nobody, options, polled, polled_by, start};
use crate::child::Child;
use device_flow_core::{Config, Outcome, ProxyCause, TransportFailure};
use device_flow_testserver::{Script, Server, Tls};
use device_flow_transport::Proxy;
use transport_tests::{RecordingProxy, Settings, Transport};

fn through<T: Transport>(url: String, server: Option<&Server>) -> T {
    let roots = server.and_then(Server::ca_pem).map(str::to_owned);
    let settings = Settings { roots: roots.into_iter().collect(), proxy: Proxy::Url(url), ..Settings::default() };
    T::build(&settings).unwrap()
}

fn secure() -> Server {
    start(options().tls(Tls::new()))
}

/// The server's certificate is for this name, and nobody but the proxy looks it up.
fn by_name(server: &Server) -> String {
    format!("https://localhost:{}", server.addr().port())
}

fn config_by_name(server: &Server) -> Config {
    let base = by_name(server);
    Config::new("television", format!("{base}/device_authorization"), format!("{base}/token")).interval_margin(0)
}

pub(crate) fn https_goes_through_a_tunnel<T: Transport>() {
    let server = secure();
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let client: T = through(proxy.url(), Some(&server));
    let (status, _) = client.exchange(config_by_name(&server)).unwrap();
    assert_eq!(status, 200);
    let tunnels = proxy.tunnels();
    let expected = format!("CONNECT localhost:{} HTTP/1.1", server.addr().port());
    assert_eq!(tunnels.len(), 1);
    assert_eq!(tunnels[0].request_line, expected);
    assert_eq!(tunnels[0].header("proxy-authorization"), None);
    assert_eq!(server.requests().len(), 1);
}

/// As curl does: a proxy that opens tunnels to port 443 alone passes plain requests on.
pub(crate) fn http_goes_to_the_proxy_in_absolute_form<T: Transport>() {
    let server = start(options());
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let client: T = through(proxy.url_with_credentials("me:hunter2"), None);
    // No resolver knows this name: it is the proxy's to look up.
    let config = config_at("http://as.invalid:8080").allow_http(true);
    let (status, _) = client.exchange(config).unwrap();
    assert_eq!(status, 200);
    let asked = proxy.tunnels();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].request_line, "POST http://as.invalid:8080/device_authorization HTTP/1.1");
    assert_eq!(asked[0].header("host"), Some("as.invalid:8080"));
    assert_eq!(asked[0].header("proxy-authorization"), Some("Basic bWU6aHVudGVyMg=="));
    assert_eq!(server.requests()[0].header("host"), Some("as.invalid:8080"));
}

pub(crate) fn a_socks_proxy_looks_the_name_up<T: Transport>() {
    let server = start(options());
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let client: T = through(proxy.socks_url(), None);
    let config = config_at("http://as.invalid:8080").allow_http(true);
    client.exchange(config).unwrap();
    let tunnels = proxy.tunnels();
    assert_eq!(tunnels.len(), 1);
    assert_eq!(tunnels[0].request_line, "SOCKS as.invalid:8080");
    assert_eq!(server.requests().len(), 1);
}

pub(crate) fn the_tunnel_is_reused<T: Transport>() {
    let server = polled_by(options().tls(Tls::new()), Script::new().approve());
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let client: T = through(proxy.url(), Some(&server));
    let outcome = client.outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(proxy.tunnels().len(), 1);
}

pub(crate) fn a_connection_to_a_proxy_is_reused<T: Transport>() {
    let server = polled(Script::new().approve());
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let client: T = through(proxy.url(), None);
    let outcome = client.outcome(config(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    assert_eq!(proxy.tunnels().len(), 2, "a request each");
    assert_eq!(server.connections(), 1);
}

pub(crate) fn a_name_and_a_password_are_decoded_and_sent_to_the_proxy_alone<T: Transport>() {
    let server = secure();
    let proxy = RecordingProxy::to(server.addr()).unwrap();
    let url = proxy.url_with_credentials("us%40er:p%3Ass");
    let client: T = through(url, Some(&server));
    client.exchange(config_by_name(&server)).unwrap();
    let tunnels = proxy.tunnels();
    // base64("us@er:p:ss")
    let expected = Some("Basic dXNAZXI6cDpzcw==");
    assert_eq!(tunnels[0].header("proxy-authorization"), expected);
    let request = server.requests().remove(0);
    assert_eq!(request.header("proxy-authorization"), None);
    assert_eq!(request.header("authorization"), None);
}

pub(crate) fn a_missing_proxy_is_proxy_and_passes<T: Transport>() {
    let server = start(options());
    let client: T = through(format!("http://{}", nobody()), None);
    let result = client.exchange(config(&server));
    assert_eq!(result, Err(TransportFailure::Proxy(Some(ProxyCause::NoConnection))));
    assert_eq!(server.connections(), 0, "and not around it");
}

/// A plain and a secure server, and a proxy for each.
struct Place {
    plain: Server,
    secure: Server,
    plain_proxy: RecordingProxy,
    secure_proxy: RecordingProxy,
}

impl Place {
    fn new() -> Self {
        let (plain, secure) = (start(options()), secure());
        Self {
            plain_proxy: RecordingProxy::to(plain.addr()).unwrap(),
            secure_proxy: RecordingProxy::to(secure.addr()).unwrap(),
            plain,
            secure,
        }
    }

    /// Lets a client with these variables talk to both servers; tells how many requests each proxy saw.
    fn tunnels<T: Transport>(&self, variables: &[(&str, String)]) -> (usize, usize) {
        let child = Child::new::<T>().roots(self.secure.ca_pem().unwrap());
        let child = variables.iter().fold(child, |child, (name, value)| child.variable(name, value));
        self.talk(child)
    }

    fn talk(&self, child: Child) -> (usize, usize) {
        let secure = by_name(&self.secure);
        let plain = self.plain.issuer();
        assert_eq!(child.exchange(&[&plain, &secure]), ["Ok(200)", "Ok(200)"]);
        (self.plain_proxy.tunnels().len(), self.secure_proxy.tunnels().len())
    }
}

pub(crate) fn the_environments_proxy_serves_its_scheme_only<T: Transport>() {
    let place = Place::new();
    let variables = [("HTTPS_PROXY", place.secure_proxy.url())];
    assert_eq!(place.tunnels::<T>(&variables), (0, 1));

    let place = Place::new();
    let variables = [("http_proxy", place.plain_proxy.url()), ("https_proxy", place.secure_proxy.url())];
    assert_eq!(place.tunnels::<T>(&variables), (1, 1));

    // The header `Proxy:` of a request to a CGI program arrives as HTTP_PROXY.
    let place = Place::new();
    let variables = [("HTTP_PROXY", format!("http://{}", nobody()))];
    assert_eq!(place.tunnels::<T>(&variables), (0, 0));
}

pub(crate) fn all_proxy_serves_both_schemes<T: Transport>() {
    let place = Place::new();
    let variables = [("ALL_PROXY", place.plain_proxy.url()), ("https_proxy", place.secure_proxy.url())];
    assert_eq!(place.tunnels::<T>(&variables), (1, 1));
}

pub(crate) fn no_proxy_leads_around_the_proxy<T: Transport>() {
    for list in ["localhost,127.0.0.0/8", "example.com, .localhost,127.0.0.1", "*"] {
        let place = Place::new();
        let variables = [("ALL_PROXY", format!("http://{}", nobody())), ("NO_PROXY", list.to_owned())];
        assert_eq!(place.tunnels::<T>(&variables), (0, 0), "{list}");
    }
    let place = Place::new();
    let variables = [
        ("http_proxy", place.plain_proxy.url()),
        ("HTTPS_PROXY", place.secure_proxy.url()),
        ("no_proxy", "example.com,calhost,127.0.0.2".to_owned()),
    ];
    assert_eq!(place.tunnels::<T>(&variables), (1, 1), "other hosts");
}

pub(crate) fn the_environment_is_not_looked_at_when_no_proxy_is_set<T: Transport>() {
    let place = Place::new();
    let child = Child::new::<T>()
        .roots(place.secure.ca_pem().unwrap())
        .variable("ALL_PROXY", format!("http://{}", nobody()))
        .without_proxy();
    assert_eq!(place.talk(child), (0, 0));
    assert_eq!(client::<T>().exchange(config(&place.plain)).unwrap().0, 200);
}
