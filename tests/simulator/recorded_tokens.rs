//! Recorded requests contain peering tokens of servers that no longer exist. Each is replaced by the token generated at
//! the same step here; an altered one is altered in the same way.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;
use serde_json::Value as Json;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

static TOKEN_IN_BODY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"("PeeringToken": ?")([^"]*)""#).unwrap());
static LINE_BREAKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:\\[rn])+").unwrap());

#[derive(Default)]
pub struct RecordedTokens {
    /// Recorded to simulated.
    tokens: BTreeMap<String, String>,
    /// The same for the texts in them.
    parts: BTreeMap<String, String>,
}

fn decode(token: &str) -> Option<Json> {
    let standard = token.replace('-', "+").replace('_', "/");
    serde_json::from_slice(&LENIENT.decode(standard).ok()?).ok()
}

impl RecordedTokens {
    /// Records which token was generated in place of a recorded one.
    pub fn learn(&mut self, recorded_body: &str, simulated_body: &str) {
        let token_in = |body: &str| TOKEN_IN_BODY.captures(body).map(|found| found[2].to_owned());
        let (Some(recorded), Some(simulated)) = (token_in(recorded_body), token_in(simulated_body)) else { return };
        let (Some(from), Some(to)) = (decode(&recorded), decode(&simulated)) else { return };
        self.tokens.insert(recorded, simulated);
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        for key in ["CA", "ServerAddresses"] {
            for (from, to) in from[key].as_array().unwrap().iter().zip(to[key].as_array().unwrap()) {
                self.parts.insert(text(from), text(to));
            }
        }
        for key in ["ServerName", "PeerID", "EstablishmentSecret"] {
            self.parts.insert(text(&from[key]), text(&to[key]));
        }
    }

    /// A recorded request's body, with the token replaced.
    pub fn translate(&self, body: &str) -> String {
        let replaced = |found: &regex::Captures<'_>| format!("{}{}\"", &found[1], self.token(&found[2]));
        TOKEN_IN_BODY.replace_all(body, replaced).into_owned()
    }

    fn token(&self, text: &str) -> String {
        // As in JSON: surrounding spaces, line breaks within.
        let token = text.trim_matches(' ');
        let (before, after) = text.split_once(token).unwrap_or((text, ""));
        let plain = LINE_BREAKS.replace_all(token, "");
        let mut translated = self.tokens.get(plain.as_ref()).cloned().unwrap_or_else(|| self.altered(&plain));
        for line_break in LINE_BREAKS.find_iter(token) {
            translated.insert_str(line_break.start().min(translated.len()), line_break.as_str());
        }
        format!("{before}{translated}{after}")
    }

    fn altered(&self, token: &str) -> String {
        // Invalid tokens remain unchanged.
        let Some(value) = decode(token) else { return token.into() };
        let translated = self.translated(&value);
        if translated == value { token.into() } else { LENIENT.encode(translated.to_string()) }
    }

    fn translated(&self, part: &Json) -> Json {
        match part {
            Json::String(text) => Json::String(self.parts.get(text).unwrap_or(text).clone()),
            Json::Array(items) => items.iter().map(|item| self.translated(item)).collect(),
            Json::Object(pairs) => pairs.iter().map(|(key, item)| (key.clone(), self.translated(item))).collect(),
            other => other.clone(),
        }
    }
}
