//! A small HTTP client that hides nothing: what was sent, what came back, and how the connection ended.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use device_flow_testserver::{Options, Server};
use serde_json::Value;

pub(crate) const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Settings under which tests need not wait.
pub(crate) fn options() -> Options {
    Options::new().interval(Duration::ZERO)
}

pub(crate) fn start(options: Options) -> Server {
    Server::start(options).unwrap()
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of the first input of this name.
    pub(crate) fn input(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The cookie as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }
}

/// A connection that is kept open.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self { stream }
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            let address = self.stream.peer_addr().unwrap();
            let _ = write!(request, "host: {address}\r\n");
        }
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let _ = write!(request, "content-length: {}\r\n\r\n", body.len());
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.write_all(&bytes).unwrap();
    }

    pub(crate) fn send_form(&mut self, path: &str, body: &str) {
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes());
    }

    /// Reads one answer; an early end is an error.
    pub(crate) fn receive(&mut self) -> io::Result<Response> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body)?;
        Ok(Response { status, headers, body })
    }

    /// Reads whatever comes until the connection ends.
    pub(crate) fn read_to_end(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        let end = self.stream.read_to_end(&mut bytes).map(drop);
        (bytes, end)
    }
}

/// One request on a connection of its own.
pub(crate) fn request(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut connection = Connection::open(server.addr());
    connection.send(method, path, headers, body.as_bytes());
    connection.receive().unwrap()
}

pub(crate) fn get(server: &Server, path: &str) -> Response {
    request(server, "GET", path, &[], "")
}

pub(crate) fn post(server: &Server, path: &str, body: &str) -> Response {
    request(server, "POST", path, &[FORM], body)
}

pub(crate) fn post_with(server: &Server, path: &str, header: (&str, &str), body: &str) -> Response {
    request(server, "POST", path, &[FORM, header], body)
}

/// Text as a form value.
pub(crate) fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap();
    pair.trim_start_matches('=').to_owned()
}

/// What a device holds after its request was granted.
pub(crate) struct SignIn {
    pub(crate) response: Value,
    pub(crate) device_code: String,
    pub(crate) user_code: String,
}

/// Asks for a code as client `tv`.
pub(crate) fn device(server: &Server) -> SignIn {
    device_with(server, "client_id=tv&scope=openid+profile")
}

pub(crate) fn device_with(server: &Server, body: &str) -> SignIn {
    let response = post(server, "/device_authorization", body);
    assert_eq!(response.status, 200, "{}", response.text());
    let response = response.json();
    let member = |name: &str| response[name].as_str().unwrap().to_owned();
    SignIn { device_code: member("device_code"), user_code: member("user_code"), response }
}

pub(crate) fn poll_body(device_code: &str) -> String {
    format!("grant_type={}&device_code={device_code}&client_id=tv", encoded(DEVICE_CODE_GRANT))
}

/// Signs in as client `tv` where the first poll is enough, and returns the answer with the tokens.
pub(crate) fn tokens(server: &Server, scope: &str) -> Value {
    let body = format!("client_id=tv&scope={}", encoded(scope));
    let response = poll(server, &device_with(server, &body));
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

/// Exchanges a refresh token as client `tv`; `more` are parameters such as `&scope=openid`.
pub(crate) fn refresh(server: &Server, tokens: &Value, more: &str) -> Response {
    let token = tokens["refresh_token"].as_str().unwrap();
    let body = format!("grant_type=refresh_token&client_id=tv&refresh_token={token}{more}");
    post(server, "/token", &body)
}

/// Says whether an answer's access and refresh token are valid.
pub(crate) fn are_active(server: &Server, tokens: &Value) -> (bool, bool) {
    let is_active = |name: &str| server.is_active(tokens[name].as_str().unwrap());
    (is_active("access_token"), is_active("refresh_token"))
}

/// Polls as client `tv`.
pub(crate) fn poll(server: &Server, device: &SignIn) -> Response {
    post(server, "/token", &poll_body(&device.device_code))
}
