//! By hand over ureq, with its own settings but one: an answer of status 400 has to be read.

use super::by_hand::{CODES_FORM, Codes, poll_form, read_tokens};
use crate::blocking::Blocking;
use crate::{Endpoints, Prompted};
use std::thread;
use ureq::Agent;

pub struct ByHand {
    agent: Agent,
    endpoints: Endpoints,
}

impl Blocking for ByHand {
    fn new(endpoints: &Endpoints) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self { agent: Agent::new_with_config(config), endpoints: endpoints.clone() }
    }

    fn sign_in(&self, prompted: Prompted) -> String {
        let (_, body) = self.post(&self.endpoints.device_authorization, &CODES_FORM);
        let codes: Codes = serde_json::from_slice(&body).expect("codes");
        prompted();
        loop {
            thread::sleep(codes.interval());
            let (is_success, body) = self.post(&self.endpoints.token, &poll_form(&codes.device_code));
            if let Some(tokens) = read_tokens(is_success, &body) {
                return tokens.access_token;
            }
        }
    }
}

impl ByHand {
    fn post(&self, url: &str, form: &[(&str, &str)]) -> (bool, Vec<u8>) {
        let request = self.agent.post(url).header("accept", "application/json");
        let mut response = request.send_form(form.iter().copied()).expect("an answer");
        let body = response.body_mut().read_to_vec().expect("a body");
        (response.status().is_success(), body)
    }
}
