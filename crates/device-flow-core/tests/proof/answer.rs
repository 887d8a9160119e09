//! What a server, or whoever stands before it, may answer.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use device_flow_core::{ConnectCause, ProxyCause, Response, Stage, TlsCause, TransportFailure};
use proptest::prelude::*;

/// A word in every secret that a client or a server of these tests has. Nothing that is shown may contain it.
pub(crate) const PLANTED: &str = "PLANTED";
pub(crate) const CLIENT_SECRET: &str = "PLANTED-client-secret";
pub(crate) const DEVICE_CODE: &str = "PLANTED-device-code";
pub(crate) const REFRESH_TOKEN: &str = "PLANTED-refresh-0";
pub(crate) const ACCESS_TOKEN: &str = "PLANTED-access-0";

/// An answer, by what the server means.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Codes {
        expires_in: Option<i64>,
        interval: Option<i64>,
    },
    Pending,
    SlowDown(Option<i64>),
    Tokens {
        serial: u8,
        has_refresh_token: bool,
        expires_in: Option<i64>,
    },
    /// An OAuth error, whose description repeats what the client sent in confidence.
    Error(&'static str),
    Busy {
        status: u16,
        retry_after: Option<i64>,
    },
    Redirect,
    WebPage,
    Metadata {
        has_device_endpoint: bool,
    },
    Claims,
    Corpus(usize),
    Bytes(u16, Vec<u8>),
}

impl Answer {
    /// The answer, or one that fits the request better.
    pub(crate) fn fitting(self, stage: Stage) -> Self {
        match (stage, self) {
            (Stage::DeviceAuthorization, Self::Pending | Self::SlowDown(_) | Self::Tokens { .. }) => {
                Self::Codes { expires_in: Some(900), interval: None }
            }
            (Stage::Token, Self::Codes { interval, .. }) => Self::SlowDown(interval),
            (Stage::Refresh, Self::Codes { expires_in, .. } | Self::SlowDown(expires_in)) => {
                Self::Tokens { serial: 9, has_refresh_token: true, expires_in }
            }
            (_, answer) => answer,
        }
    }

    /// Hands over the answer as it arrives; an error repeats what the server `heard`.
    pub(crate) fn with_response<T>(&self, heard: &str, read: impl FnOnce(Response<'_>) -> T) -> T {
        match self {
            Self::Corpus(index) => {
                let case = &CORPUS[index % CORPUS.len()];
                let response = Response::new(case.status, &case.body);
                read(
                    case.headers
                        .iter()
                        .fold(response, |response, (name, value)| response.header(name, value.as_bytes())),
                )
            }
            Self::Busy { status, retry_after: Some(seconds) } => {
                let seconds = seconds.to_string();
                read(Response::new(*status, b"").header("retry-after", seconds.as_bytes()))
            }
            Self::Bytes(status, body) => read(Response::new(*status, body)),
            other => {
                let (status, body) = other.text(heard);
                read(Response::new(status, body.as_bytes()))
            }
        }
    }

    fn text(&self, heard: &str) -> (u16, String) {
        match self {
            Self::Codes { expires_in, interval } => {
                let mut body = format!(
                    r#"{{"device_code":"{DEVICE_CODE}","user_code":"PLANTED-WDJB","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=PLANTED-WDJB""#
                );
                push_number(&mut body, "expires_in", *expires_in);
                push_number(&mut body, "interval", *interval);
                (200, body + "}")
            }
            Self::Pending => (400, r#"{"error":"authorization_pending"}"#.to_owned()),
            Self::SlowDown(interval) => {
                let mut body = r#"{"error":"slow_down""#.to_owned();
                push_number(&mut body, "interval", *interval);
                (400, body + "}")
            }
            Self::Tokens { serial, has_refresh_token, expires_in } => {
                let mut body = format!(
                    r#"{{"access_token":"PLANTED-access-{serial}","token_type":"Bearer","id_token":"PLANTED.id.token""#
                );
                if *has_refresh_token {
                    body += r#","refresh_token":"PLANTED-refresh-"#;
                    body += &serial.to_string();
                    body.push('"');
                }
                push_number(&mut body, "expires_in", *expires_in);
                (200, body + "}")
            }
            Self::Error(code) => (
                400,
                format!(
                    r#"{{"error":"{code}","error_description":"no good:{heard}","error_uri":"https://as.example/error?{heard}"}}"#
                ),
            ),
            Self::Busy { status, .. } => (*status, String::new()),
            Self::Redirect => (302, String::new()),
            Self::WebPage => (200, "<html>Please accept our terms</html>".to_owned()),
            Self::Metadata { has_device_endpoint } => {
                let mut body =
                    r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token""#.to_owned();
                if *has_device_endpoint {
                    body += r#","device_authorization_endpoint":"https://as.example/device""#;
                }
                (200, body + "}")
            }
            Self::Claims => (
                200,
                r#"{"active":true,"sub":"PLANTED-person","client_id":"c","client_secret":"PLANTED-new"}"#.to_owned(),
            ),
            Self::Corpus(_) | Self::Bytes(..) => panic!("handed over as bytes"),
        }
    }
}

fn push_number(body: &mut String, name: &str, number: Option<i64>) {
    if let Some(number) = number {
        *body += &[",\"", name, "\":", &number.to_string()].concat();
    }
}

/// The number of seconds that a server may name, sensible or not.
fn seconds() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        2 => Just(None),
        6 => (1_i64..=20).prop_map(Some),
        3 => (20_i64..=2_000).prop_map(Some),
        1 => prop_oneof![Just(0), Just(-1), Just(i64::MIN), Just(i64::MAX), Just(86_401)].prop_map(Some),
    ]
}

pub(crate) fn answers() -> impl Strategy<Value = Answer> {
    let lifetime = prop_oneof![4 => (30_i64..=3_000).prop_map(Some), 1 => seconds()];
    prop_oneof![
        8 => (lifetime, seconds()).prop_map(|(expires_in, interval)| Answer::Codes { expires_in, interval }),
        8 => Just(Answer::Pending),
        4 => seconds().prop_map(Answer::SlowDown),
        5 => (1_u8..9, any::<bool>(), seconds()).prop_map(|(serial, has_refresh_token, expires_in)| {
            Answer::Tokens { serial, has_refresh_token, expires_in }
        }),
        3 => prop_oneof![
            Just("access_denied"), Just("expired_token"), Just("invalid_grant"), Just("invalid_client"),
            Just("temporarily_unavailable"), Just("server_error"),
        ].prop_map(Answer::Error),
        5 => (
            prop_oneof![Just(429), Just(503), Just(500), Just(408)],
            prop_oneof![2 => Just(None), 2 => (0_i64..200).prop_map(Some), 1 => seconds()],
        ).prop_map(|(status, retry_after)| Answer::Busy { status, retry_after }),
        1 => prop_oneof![Just(Answer::Redirect), Just(Answer::WebPage)],
        2 => any::<bool>().prop_map(|has_device_endpoint| Answer::Metadata { has_device_endpoint }),
        2 => Just(Answer::Claims),
        3 => any::<usize>().prop_map(Answer::Corpus),
        2 => (100_u16..600, proptest::collection::vec(any::<u8>(), 0..80)).prop_map(|(status, body)| {
            Answer::Bytes(status, body)
        }),
    ]
}

pub(crate) fn failures() -> impl Strategy<Value = TransportFailure> {
    let schemes = ["Basic", "Digest"].into_iter().collect();
    let refused = move |status| TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes }));
    prop_oneof![
        Just(TransportFailure::Connect(None)),
        Just(TransportFailure::Connect(Some(ConnectCause::Refused))),
        Just(TransportFailure::Timeout),
        Just(TransportFailure::Tls(None)),
        Just(TransportFailure::Tls(Some(TlsCause::Expired))),
        prop_oneof![Just(407), Just(502)].prop_map(refused),
        Just(TransportFailure::Closed),
        Just(TransportFailure::BodyTooLarge),
        Just(TransportFailure::Other),
    ]
}

/// An answer of a real server.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) static CORPUS: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| {
            let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let answer = &value["response"];
            let headers = answer["headers"].as_object().unwrap().iter();
            Case {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
                headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
                body: answer["body"].as_str().unwrap().as_bytes().to_vec(),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
});
