//! Laws of reading: the same answer says the same, whatever stands beside what matters, and in whatever order.
//!
//! That it does not matter in which pieces a body arrives is not for the core, which is handed whole bodies; the suite
//! of the transports has it.

use std::collections::BTreeMap;

use device_flow_core::Response;
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::answer::{CORPUS, Case, answers};
use crate::understanding::verdicts;

fn response<'a>(case: &'a Case, body: &'a [u8]) -> Response<'a> {
    let headers = case.headers.iter();
    headers.fold(Response::new(case.status, body), |response, (name, value)| response.header(name, value.as_bytes()))
}

/// An answer's members as JSON text; `None` when the body is no JSON object.
fn members(body: &[u8]) -> Option<Vec<(String, String)>> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
    let texts = members.into_iter();
    Some(texts.map(|(name, value)| (name, value.get().to_owned())).collect())
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{value}", serde_json::to_string(name).unwrap())).collect();
    format!("{{{}}}", members.join(","))
}

/// A member that no protocol knows.
fn unknown() -> impl Strategy<Value = (String, String)> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("[{\"error\":\"access_denied\"}]".to_owned()),
        Just("{\"access_token\":\"x\",\"error\":\"slow_down\"}".to_owned()),
        any::<i64>().prop_map(|it| it.to_string()),
        any::<String>().prop_map(|it| serde_json::to_string(&it).unwrap()),
    ];
    ("x_[a-z]{0,6}", value)
}

/// One of the corpus's JSON answers, with its members in another order.
fn shuffled() -> impl Strategy<Value = (usize, Vec<(String, String)>)> {
    let objects: Vec<(usize, Vec<(String, String)>)> =
        CORPUS.iter().enumerate().filter_map(|(index, case)| Some((index, members(&case.body)?))).collect();
    assert!(objects.len() >= 200, "only {} answers are JSON objects", objects.len());
    proptest::sample::select(objects).prop_flat_map(|(index, members)| (Just(index), Just(members).prop_shuffle()))
}

proptest! {
    #[test]
    fn reading_an_answer_twice_says_the_same(answer in answers()) {
        answer.with_response("", |response| {
            assert_eq!(verdicts(response), verdicts(response));
        });
    }

    #[test]
    fn the_order_of_members_does_not_matter((index, members) in shuffled()) {
        let case = &CORPUS[index];
        let body = object(&members);
        prop_assert_eq!(
            verdicts(response(case, body.as_bytes())),
            verdicts(response(case, &case.body)),
            "{}", &case.name
        );
    }

    #[test]
    fn members_that_nobody_knows_never_change_a_verdict(
        (index, mut members) in shuffled(),
        unknown in proptest::collection::vec((unknown(), any::<prop::sample::Index>()), 1..5),
    ) {
        let case = &CORPUS[index];
        for (member, place) in unknown {
            members.insert(place.index(members.len() + 1), member);
        }
        let body = object(&members);
        prop_assert_eq!(
            verdicts(response(case, body.as_bytes())),
            verdicts(response(case, &case.body)),
            "{}", &case.name
        );
    }
}
