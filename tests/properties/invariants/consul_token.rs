//! A peering token as Consul reads it: Go's standard base64, Go's JSON into `structs.PeeringToken`, and
//! `validatePeeringToken`.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use consul_peering::rules::certificate;
use serde_json::Value as Json;

use super::consul;

/// Go's `base64.StdEncoding`: strict padding, trailing bits ignored.
pub const GO: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

const MEMBERS: [&str; 7] =
    ["ca", "manualserveraddresses", "serveraddresses", "servername", "peerid", "establishmentsecret", "remote"];

#[derive(Clone, Debug, Default)]
pub struct Token {
    pub ca: Vec<String>,
    pub manual: Vec<String>,
    pub automatic: Vec<String>,
    pub server_name: String,
    pub peer_id: String,
    pub secret: String,
    pub partition: String,
    pub datacenter: String,
}

impl Token {
    pub fn addresses(&self) -> impl Iterator<Item = &String> {
        self.manual.iter().chain(&self.automatic)
    }
}

/// The token that Consul could use, or why it could not.
pub fn read(text: &str) -> Result<Token, String> {
    let token = fill(&body(text)?)?;
    if token.ca.iter().any(|pem| certificate::read(pem).is_none()) {
        return Err("invalid CA".into());
    }
    if token.addresses().next().is_none() {
        return Err("server addresses value is empty".into());
    }
    if let Some(address) = token.addresses().find(|address| consul::host_of(address).is_none()) {
        return Err(format!("{address:?} is not a valid peering server address"));
    }
    if !token.ca.is_empty() && token.server_name.is_empty() {
        return Err("server name value is empty".into());
    }
    if token.peer_id.is_empty() {
        return Err("peer ID value is empty".into());
    }
    Ok(token)
}

/// The decoded base64 of a token.
pub fn bytes(text: &str) -> Result<Vec<u8>, DecodeError> {
    GO.decode(text.replace(['\r', '\n'], ""))
}

/// The JSON in a token.
pub fn body(text: &str) -> Result<Json, String> {
    let bytes = bytes(text).map_err(|error| format!("base64: {error}"))?;
    serde_json::from_str(&String::from_utf8_lossy(&bytes)).map_err(|error| format!("JSON: {error}"))
}

/// Whether a member occurs twice, in two letter cases, or has a key that Go may take for one: `ſ` for `s`.
pub fn is_ambiguous(text: &str) -> bool {
    fn is_twice(object: &Json, known: &[&str]) -> bool {
        let keys = || object.as_object().into_iter().flat_map(|members| members.keys());
        let count = |known: &str| keys().filter(|key| key.eq_ignore_ascii_case(known)).count();
        keys().any(|key| !key.is_ascii()) || known.iter().any(|known| count(known) > 1)
    }
    fn member<'a>(object: &'a Json, known: &str) -> &'a Json {
        let mut members = object.as_object().into_iter().flatten();
        members.find(|(key, _)| key.eq_ignore_ascii_case(known)).map_or(&Json::Null, |(_, member)| member)
    }
    let Ok(body) = body(text) else { return false };
    let remote = member(&body, "remote");
    is_twice(&body, &MEMBERS)
        || is_twice(remote, &["partition", "datacenter", "locality"])
        || is_twice(member(remote, "locality"), &["region", "zone"])
}

/// Go's `json.Unmarshal`: keys in any letter case, the later wins, null changes nothing, and a value of another type
/// than the field is an error.
fn fill(json: &Json) -> Result<Token, String> {
    let mut token = Token::default();
    members(json, |key, member| match key {
        "ca" => list(member, &mut token.ca),
        "manualserveraddresses" => list(member, &mut token.manual),
        "serveraddresses" => list(member, &mut token.automatic),
        "servername" => text(member, &mut token.server_name),
        "peerid" => text(member, &mut token.peer_id),
        "establishmentsecret" => text(member, &mut token.secret),
        "remote" => members(member, |key, member| match key {
            "partition" => text(member, &mut token.partition),
            "datacenter" => text(member, &mut token.datacenter),
            "locality" => members(member, |key, member| match key {
                "region" | "zone" => text(member, &mut String::new()),
                _ => Ok(()),
            }),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })?;
    Ok(token)
}

fn members(json: &Json, mut each: impl FnMut(&str, &Json) -> Result<(), String>) -> Result<(), String> {
    match json {
        Json::Null => Ok(()),
        Json::Object(members) => members.iter().try_for_each(|(key, member)| {
            each(&key.to_ascii_lowercase(), member).map_err(|why| format!("{key}: {why}"))
        }),
        other => Err(format!("{other} is no object")),
    }
}

fn text(json: &Json, into: &mut String) -> Result<(), String> {
    match json {
        Json::Null => {}
        Json::String(text) => into.clone_from(text),
        other => return Err(format!("{other} is no string")),
    }
    Ok(())
}

fn list(json: &Json, into: &mut Vec<String>) -> Result<(), String> {
    into.clear();
    match json {
        Json::Null => {}
        Json::Array(items) => {
            for item in items {
                into.push(String::new());
                text(item, into.last_mut().unwrap())?;
            }
        }
        other => return Err(format!("{other} is no list")),
    }
    Ok(())
}
