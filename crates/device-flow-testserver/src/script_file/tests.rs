use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::client::{Client, ClientAuthentication};
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::options::{Approval, DeviceEndpointAuthentication, RefreshTokens};
use crate::script::{Endpoint, Script, Step};
use crate::tls::{ServerCertificate, Tls};

const ALL: &str = r#"
listen = "127.0.0.1:8628"
public_host = "localhost"
issuer_path = "/tenant"
device_endpoint_authentication = "ignored"

[dialect]
name = "google"
error_status = 418

[scopes]
known = ["openid", "email"]
granted = ["openid"]

[tls]
certificate = "expired"
client_certificate = true

[connections]
most = 9
read_timeout = "2s"

[codes]
approval = { after = "3s" }
interval = "250ms"
send_interval = false
slow_down_early_polls = false
expires_in = "2m"
most = 7
alphabet = "0123456789"
length = 6
send_verification_uri_complete = false
require_pkce = true
wrong_code_lock = 1

[tokens]
expires_in = 60
refresh = "keep"
reuse_detection = false
subject = "somebody"
id_token = { set = { exp = 0 }, omit = ["nonce"] }
userinfo = { set = { email = "a@b.example" } }

[[clients]]
id = "television"
name = "Living room TV"

[[clients]]
id = "printer"
secret = "s3cret"

[[clients]]
id = "scanner"
secret = "s3cret"
authentication = "client_secret_post"

[scripts]
codes = [["pending", "approve"], { steps = ["denied"], then = "expired" }]
every_code = ["slow_down"]
metadata = ["close"]
device_authorization = [{ fault = "hang", for = "1s" }]
refresh = [{ status = 500 }]
revocation = ["reset"]
introspection = ["endless"]
userinfo = ["ordinary"]
registration = ["denied"]
"#;

#[test]
fn every_key_sets_what_it_says() {
    let options = Options::from_toml(ALL).unwrap();
    assert_eq!(options.listen, "127.0.0.1:8628".parse().unwrap());
    assert_eq!((options.public_host.as_deref(), options.issuer_path.as_str()), (Some("localhost"), "/tenant"));
    assert_eq!(options.device_endpoint_authentication, DeviceEndpointAuthentication::Ignored);
    assert_eq!(options.dialect, Dialect::named("google").unwrap().error_status(418));
    let tls = Tls::new().certificate(ServerCertificate::Expired).require_client_certificate();
    assert_eq!(options.tls, Some(tls));
    assert_eq!((options.most_connections, options.read_timeout), (9, Duration::from_secs(2)));
    assert_eq!(options.approval, Approval::After(Duration::from_secs(3)));
    assert_eq!((options.interval, options.expires_in), (Duration::from_millis(250), Duration::from_secs(120)));
    assert!(!options.is_interval_sent && !options.is_early_poll_slowed && !options.is_complete_uri_sent);
    assert!(options.is_pkce_required && !options.is_reuse_detected);
    assert_eq!((options.most_codes, options.wrong_code_lock), (7, Duration::from_secs(1)));
    assert_eq!((options.user_code.alphabet.as_str(), options.user_code.length), ("0123456789", 6));
    assert_eq!(options.known_scopes, Some(vec!["openid".to_owned(), "email".to_owned()]));
    assert_eq!(options.granted_scopes, Some(vec!["openid".to_owned()]));
    assert_eq!(options.token_lifetime, Duration::from_secs(60));
    assert_eq!((options.refresh_tokens, options.subject.as_str()), (RefreshTokens::Keep, "somebody"));
    assert_eq!(options.id_token_claims, [("exp".to_owned(), json!(0)), ("nonce".to_owned(), Value::Null)]);
    assert_eq!(options.userinfo_claims, [("email".to_owned(), json!("a@b.example"))]);
    let expected = [
        Client::public("television").name("Living room TV"),
        Client::basic("printer", "s3cret"),
        Client::post("scanner", "s3cret"),
    ];
    assert_eq!(options.clients, expected);
    let codes = [Script::new().pending(1).approve(), Script::new().deny().always(Step::expire())];
    assert_eq!(options.code_scripts, codes);
    assert_eq!(options.every_code, Script::new().slow_down());
    let hang = Script::new().fault(Fault::Hang(Duration::from_secs(1)));
    assert!(options.endpoint_scripts.contains(&(Endpoint::DeviceAuthorization, hang)));
    assert_eq!(options.endpoint_scripts.len(), 7);
}

#[test]
fn an_empty_file_changes_nothing() {
    let (read, default) = (Options::from_toml("").unwrap(), Options::new());
    assert_eq!(format!("{read:?}"), format!("{default:?}"));
}

#[test]
fn a_client_authenticates_in_each_of_the_registered_ways() {
    for (method, expected) in [
        ("client_secret_basic", ClientAuthentication::Basic),
        ("client_secret_basic_raw", ClientAuthentication::BasicRaw),
        ("client_secret_post", ClientAuthentication::Post),
    ] {
        let text = format!("clients = [{{ id = \"a\", secret = \"s\", authentication = \"{method}\" }}]");
        assert_eq!(Options::from_toml(&text).unwrap().clients[0].authentication, expected);
    }
    let public = Options::from_toml("clients = [{ id = \"a\", authentication = \"none\" }]").unwrap();
    assert_eq!(public.clients[0].authentication, ClientAuthentication::None);
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    for (text, line, column, named) in [
        ("[codes]\nintervall = 5", 2, 1, "unknown field `intervall`, expected one of `approval`, `interval`"),
        ("[codes]\ninterval = \"soon\"", 2, 12, "expected a time"),
        ("\n\n[scrips]", 3, 2, "unknown field `scrips`"),
        ("dialect = \"myspace\"", 1, 11, "unknown dialect `myspace`"),
        ("[dialect]\nname = \"github\"\nfrom = 1", 3, 1, "unknown field `from`"),
        ("[scripts]\nevery_code = [\n  \"pending\",\n  \"pendign\",\n]", 4, 3, "unknown step `pendign`"),
        ("[scripts]\nevery_code = [\"pending\", { fault = \"truncate\" }]", 2, 26, "at = 10"),
        ("[scripts]\ndevice = []", 2, 1, "unknown field `device`"),
        ("[[clients]]\nid = \"a\"\nauthentication = \"client_secret_post\"", 1, 1, "has none"),
        ("[[clients]]\nname = \"a\"", 1, 1, "missing field `id`"),
        ("[codes]\napproval = \"later\"", 2, 12, "unknown variant `later`"),
        ("[codes]\ninterval = 1\ninterval = 2", 3, 1, "duplicate key"),
        ("[codes", 1, 7, "unclosed table"),
        ("listen = \"nowhere\"", 1, 10, "invalid socket address"),
        ("ä = \"é\" x", 1, 1, ""),
    ] {
        let mistake = Options::from_toml(text).unwrap_err();
        let shown = mistake.to_string();
        assert!(shown.contains(named), "{text}: {shown}");
        if !named.is_empty() {
            assert_eq!((mistake.line(), mistake.column()), (line, column), "{text}: {shown}");
        }
        assert!(shown.starts_with(&format!("line {}, column {}: ", mistake.line(), mistake.column())), "{shown}");
    }
}

#[test]
fn a_mistake_beside_a_secret_does_not_show_it() {
    for text in [
        "clients = [{ id = \"a\", secret = \"hunter2\", typo = 1 }]",
        "[[clients]]\nid = \"a\"\nsecret = \"hunter2\"\nauthentication = \"none\"",
        "clients = [{ id = \"a\", secret = \"hunter2\" ]",
    ] {
        let mistake = Options::from_toml(text).unwrap_err();
        assert!(!format!("{mistake} {mistake:?}").contains("hunter2"), "{mistake:?}");
    }
}

#[test]
fn a_secret_that_is_written_without_quotation_marks_is_not_shown() {
    for secret in ["8628_8628", "8628.8628", "[\"8628\"]", "{ value = \"8628\" }"] {
        let mistake = Options::from_toml(&format!("[[clients]]\nid = \"a\"\nsecret = {secret}")).unwrap_err();
        assert_eq!((mistake.line(), mistake.message()), (3, "a secret is a text in quotation marks"));
    }
}

#[test]
fn what_is_no_table_is_told_so() {
    for key in ["tls", "connections", "codes", "tokens", "scopes", "scripts"] {
        let mistake = Options::from_toml(&format!("{key} = true")).unwrap_err();
        assert_eq!(mistake.message(), "invalid type: boolean `true`, expected a table");
    }
}

#[test]
fn a_spoilt_file_is_read_or_refused_with_a_place_that_is_in_it() {
    for (index, _) in ALL.char_indices().step_by(5) {
        let (before, after) = ALL.split_at(index);
        let rest: String = after.chars().skip(1).collect();
        for spoilt in
            [before.to_owned(), format!("{before}{rest}"), format!("{before}\"{after}"), format!("{before}é[{rest}")]
        {
            if let Err(mistake) = Options::from_toml(&spoilt) {
                assert!((1..=spoilt.lines().count() + 1).contains(&mistake.line()), "{mistake}: {spoilt}");
                let width = spoilt.lines().nth(mistake.line() - 1).map_or(0, |line| line.chars().count());
                assert!((1..=width + 1).contains(&mistake.column()), "{mistake}: {spoilt}");
                assert!(!mistake.message().is_empty() && !mistake.message().contains('\n'));
            }
        }
    }
}
