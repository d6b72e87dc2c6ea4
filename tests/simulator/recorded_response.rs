//! A recorded response, and the part of a simulated one that it can be compared with.

use std::collections::BTreeMap;

use consul_peering::simulator::Response;
use serde_json::Value as Json;

use crate::comparable::{Comparable, comparable};

/// Of long bodies the recordings have the beginning, or only a note. Only that is compared.
pub struct RecordedResponse {
    pub answer: Comparable,
    is_cut: bool,
}

impl RecordedResponse {
    pub fn new(response: &Json) -> Self {
        let status = response["status"].as_u64().unwrap().try_into().unwrap();
        let body = text(&response["body"]);
        let is_left_out = body == format!("({status})");
        let kept = if is_left_out { "" } else { body };
        let headers = headers(&response["headers"]);
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        Self { answer: comparable(status, &headers, &indented(kept)), is_cut: is_left_out || kept.len() < length }
    }

    /// As much of a simulated response as the recording has.
    pub fn as_comparable(&self, Response { status, headers, body }: &Response) -> Comparable {
        let mut simulated = comparable(*status, headers, body);
        if self.is_cut {
            simulated.body = simulated.body.chars().take(self.answer.body.chars().count()).collect();
        }
        simulated
    }
}

/// Agents that keep their data print peerings in one line.
fn indented(body: &str) -> String {
    let parsed = ["{\"ID\"", "{\"PeeringToken\""].iter().any(|start| body.starts_with(start));
    match serde_json::from_str::<Json>(body) {
        Ok(value) if parsed => {
            let by_two = serde_json::to_string_pretty(&value).unwrap();
            let by_four = |line: &str| format!("{}{line}", &line[..line.len() - line.trim_start().len()]);
            by_two.lines().map(by_four).collect::<Vec<_>>().join("\n")
        }
        _ => body.into(),
    }
}

pub fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

pub fn headers(json: &Json) -> BTreeMap<String, String> {
    let pairs = json.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.to_lowercase(), text(value).to_owned())).collect()
}
