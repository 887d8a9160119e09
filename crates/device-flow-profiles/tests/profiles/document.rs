//! `docs/providers.md` says what the profiles say.

use device_flow_core::Stage;
use device_flow_profiles::{Profile, ProfileSecret, ProfileVariable};
use std::fmt::Write as _;

const DOCUMENT: &str = include_str!("../../../../docs/providers.md");

/// Where the tables stand: from the line that names one to the next empty line.
const ENDPOINTS: &str = "| profile | for | needs | device authorization endpoint | token endpoint |";
const HABITS: &str = "| profile | secret | departs from RFC 8628 | goes along | worth knowing |";

#[test]
fn the_document_has_the_endpoints_of_every_profile() {
    assert_table(ENDPOINTS, |profile| {
        vec![
            code(profile.name()),
            profile.title().to_owned(),
            list(profile.variables().iter().map(needed)),
            address(profile, Stage::DeviceAuthorization),
            address(profile, Stage::Token),
        ]
    });
}

#[test]
fn the_document_has_the_habits_of_every_profile() {
    assert_table(HABITS, |profile| {
        let secret = match profile.secret() {
            ProfileSecret::None => "no",
            ProfileSecret::Optional => "by client",
            ProfileSecret::Required => "yes",
            other => panic!("{other:?}"),
        };
        let only_polls = profile.secret() != ProfileSecret::None && !profile.is_device_endpoint_authenticated();
        let secret = if only_polls { format!("{secret}, token endpoint only") } else { secret.to_owned() };
        let parameters = profile.parameters().map(|(stage, name, value)| {
            let occasion = match stage {
                Stage::DeviceAuthorization => "at first",
                Stage::Token => "with polls",
                Stage::Refresh => "with refreshes",
                other => panic!("{other:?}"),
            };
            format!("`{name}={value}` {occasion}")
        });
        let mut headers: Vec<_> =
            profile.headers().map(|(_, name, value)| format!("header `{name}: {value}`")).collect();
        headers.dedup();
        vec![
            code(profile.name()),
            secret,
            profile.dialect().to_string(),
            list(parameters.chain(headers)),
            profile.notes().to_owned(),
        ]
    });
}

fn assert_table(head: &str, row: impl Fn(&Profile) -> Vec<String>) {
    let mut expected = head.to_owned();
    let columns = head.matches('|').count().saturating_sub(1);
    expected.push('\n');
    expected.push_str(&"|---".repeat(columns));
    expected.push_str("|\n");
    for profile in Profile::all() {
        for cell in row(&profile) {
            let cell = cell.replace('|', "\\|");
            let _ = write!(expected, "| {cell} ");
        }
        expected.push_str("|\n");
    }
    let expected = expected.replace("|  |", "| |").replace("|  |", "| |");
    let found = DOCUMENT.find(head).map(|start| {
        let (_, table) = DOCUMENT.split_at(start);
        table.split("\n\n").next().unwrap_or_default().trim_end()
    });
    assert!(found == Some(expected.trim_end()), "docs/providers.md should have this table:\n{expected}");
}

fn needed(variable: &ProfileVariable) -> String {
    match variable.default() {
        Some(default) => format!("`{}` ({}; else `{default}`)", variable.name(), variable.description()),
        None => format!("`{}` ({})", variable.name(), variable.description()),
    }
}

fn address(profile: &Profile, stage: Stage) -> String {
    let issuer = profile.template(Stage::Discovery).unwrap_or_default();
    match profile.template(stage) {
        Some(template) => code(template),
        None => format!("discovered at `{issuer}`"),
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
