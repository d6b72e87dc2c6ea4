//! Every recorded response of real Consul servers (`tests/recordings/<version>/*.json`), and hand-written ones of
//! servers that could not be run (`tests/recordings/older/`), checked with the rules that read them.

#[path = "properties/invariants/host.rs"]
mod host;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value as Json;

use consul_peering::consul::exchange;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::consul::response::{is_absent, refusal};
use consul_peering::host::HostValue as _;
use consul_peering::host::data::Data;
use consul_peering::rules::finding::Finding;
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value::Value;
use consul_peering::rules::{meta, peer_name, peering_token};

use host::{read_json, to_value};

/// The end of the last day on which recordings were made, in ms since 1970.
const RECORDED: Timestamp = Timestamp::at_ms(1_795_910_400_000.0);
const VERSIONS: [&str; 3] = ["1.19.2", "1.22.3", "1.22.7"];

/// One request to a real server, and its response.
struct Exchange {
    /// Its file and row, for messages.
    at: String,
    method: String,
    path: String,
    /// The request's body if it is JSON, otherwise null.
    sent: Json,
    status: u16,
    text: String,
}

impl Exchange {
    fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// It sets a scene: nothing registers a service here.
    fn registers(&self) -> bool {
        self.method == "PUT" && self.path != "/v1/config"
    }

    /// The answer's peerings, where it is one with peerings in it.
    fn peerings(&self) -> Vec<Json> {
        let path = self.path.split('?').next().unwrap_or_default();
        if self.method != "GET" || self.status != 200 {
            return Vec::new();
        }
        if path == "/v1/peerings" {
            serde_json::from_str(&self.text).unwrap()
        } else if path.starts_with("/v1/peering/") {
            vec![serde_json::from_str(&self.text).unwrap()]
        } else {
            Vec::new()
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn document(path: &Path) -> Json {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn exchanges() -> Vec<Exchange> {
    let mut all = Vec::new();
    for version in VERSIONS {
        let mut files: Vec<_> =
            fs::read_dir(folder().join(version)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let recording = document(&file);
            // Rows without a request are polls: states and times.
            let rows = recording["exchanges"].as_array().unwrap().iter().enumerate();
            for (index, row) in rows.filter(|(_, row)| row.get("request").is_some()) {
                let (request, response) = (&row["request"], &row["response"]);
                let text = |json: &Json| json.as_str().unwrap().to_owned();
                all.push(Exchange {
                    at: format!("{version}/{}, exchange {index}", file.file_name().unwrap().display()),
                    method: text(&request["method"]),
                    path: text(&request["path"]),
                    sent: request["body"].as_str().and_then(|b| serde_json::from_str(b).ok()).unwrap_or(Json::Null),
                    status: response["status"].as_u64().unwrap().try_into().unwrap(),
                    text: text(&response["body"]),
                });
            }
        }
    }
    assert!(all.len() > 900, "{} exchanges", all.len());
    all
}

fn rules_of(findings: &[Finding], errors: bool) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.is_error() == errors).map(|finding| finding.rule).collect()
}

// --- Refusals ---------------------------------------------------------------------------------------------------------

/// A row of `codes.json`: the meaning of one kind of refusal.
struct Meaning {
    status: u16,
    /// The constant part of the text; empty for a response without a text.
    text: String,
    /// Why an exchange failed, which is in the text too.
    reason: String,
    /// None if it is no error: the peering is missing.
    code: Option<String>,
}

impl Meaning {
    fn is_of(&self, exchange: &Exchange) -> bool {
        let said = if self.text.is_empty() { exchange.text.is_empty() } else { exchange.text.contains(&self.text) };
        self.status == exchange.status && said && exchange.text.contains(&self.reason)
    }
}

fn meanings() -> Vec<Meaning> {
    let table = document(&folder().join("codes.json"));
    let row = |row: &Json| Meaning {
        status: row["status"].as_u64().unwrap().try_into().unwrap(),
        text: row["text"].as_str().unwrap().to_owned(),
        reason: row["reason"].as_str().unwrap_or_default().to_owned(),
        code: row["code"].as_str().map(str::to_owned),
    };
    table.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn every_refusal_has_its_code() {
    let meanings = meanings();
    let mut hit = BTreeSet::new();
    let mut redirects = 0;
    for exchange in exchanges().iter().filter(|exchange| !(200..300).contains(&exchange.status)) {
        if exchange.registers() {
            continue;
        }
        let Exchange { at, method, path, status, text, .. } = exchange;
        if (300..400).contains(status) {
            // Not classified by text: what fetches refuses every redirect.
            redirects += 1;
            continue;
        }
        let fitting: Vec<_> = (0..meanings.len()).filter(|row| meanings[*row].is_of(exchange)).collect();
        hit.extend(fitting.iter().copied());
        let codes: BTreeSet<_> = fitting.iter().map(|row| meanings[*row].code.as_deref()).collect();
        // Two addresses that fail for different reasons: one that may become reachable decides.
        let mixed = fitting.len() > 1 && fitting.iter().all(|row| !meanings[*row].reason.is_empty());
        let expected = match codes.first() {
            Some(code) if fitting.len() == 1 || (mixed && codes.len() == 1) => *code,
            _ if mixed => Some("unreachable"),
            _ => panic!("{at}: {} rows of codes.json fit {method} {path}: {status} {text}", fitting.len()),
        };
        let actual = |text: &str| (!is_absent(*status, text)).then(|| refusal(*status, text).code.name());
        assert_eq!(actual(text), expected, "{at}: {method} {path}: {status} {text}");
        // As servers before 1.16 wrote it; the source of the prefix never sends 401.
        if *status == 401 {
            continue;
        }
        let wrapped = format!("rpc error: code = Unknown desc = {text}");
        assert_eq!(actual(&wrapped), expected, "{at}: {method} {path}: {status} {wrapped}");
    }
    let idle: Vec<_> = (0..meanings.len())
        .filter(|row| !hit.contains(row))
        .map(|row| (&meanings[row].text, &meanings[row].reason))
        .collect();
    assert!(idle.is_empty(), "rows of codes.json that no recording has: {idle:?}");
    assert_eq!(redirects, 3 * VERSIONS.len());
}

#[test]
fn a_failed_exchange_lists_each_reason_once_after_its_addresses() {
    // The dialer's port changes each time, and what notices a reset is chance.
    let chance = Regex::new("(read|write) tcp [^ ]+: (read|write): ").unwrap();
    let mut count = 0;
    for Exchange { at, text, .. } in exchanges() {
        let attempts =
            text.split("through address \"").skip(1).filter_map(|rest| rest.lines().next()?.split_once("\": "));
        let attempts: Vec<(&str, &str)> = attempts.collect();
        if attempts.is_empty() {
            continue;
        }
        count += 1;
        let summary = exchange::summary(&text).unwrap();
        for (address, _) in &attempts {
            assert_eq!(summary.matches(address).count(), 1, "{at}: {summary}");
        }
        let reasons: BTreeSet<_> = attempts.iter().map(|(_, reason)| chance.replace(reason, "")).collect();
        assert_eq!(summary.split("; ").count(), reasons.len(), "{at}: {summary}");
        assert!(!summary.contains("errors occurred") && !summary.contains("rpc error"), "{at}: {summary}");
    }
    assert!(count > 3, "{count} failed exchanges");
}

// --- Peerings ---------------------------------------------------------------------------------------------------------

/// Equal as text, so that the order of the members is the same too.
#[test]
fn the_cases_that_javascript_converts_too() {
    let cases = Data::parse(include_str!("peerings.json")).unwrap();
    let list = |key| Data::new(cases.get(key).clone()).items().unwrap();
    let member = |case: &Data, key| Data::new(case.get(key).clone());
    for case in list("peerings") {
        let peering = member(&case, "raw").to_peering().unwrap_or_else(Data::null);
        assert_eq!(peering.to_text(), member(&case, "peering").to_text(), "{case:?}");
    }
    for case in list("lists") {
        let error = member(&case, "raw").to_peerings().unwrap_err();
        assert_eq!(Some(&*error), case.get("error").text(), "{case:?}");
    }
}

/// The fields that the rules read, as text.
fn digest(peering: &Peering) -> Json {
    serde_json::json!({
        "id": peering.id,
        "peer_name": peering.name,
        "state": peering.state.to_string(),
        "role": peering.role,
        "meta": peering.meta.iter().map(|(key, value)| (key.clone(), Json::from(value.clone()))).collect::<serde_json::Map<_, _>>(),
        "peer_id": peering.peer_id,
        "peer_server_name": peering.server_name,
        "create_index": peering.create_index,
        "modify_index": peering.modify_index,
    })
}

/// The same, read from the response without the rules.
fn independent_digest(answer: &Json) -> Json {
    let has = |key: &str| answer.get(key).is_some_and(|member| !member.is_null());
    let dials = has("PeerID") || has("PeerServerAddresses");
    serde_json::json!({
        "id": answer["ID"],
        "peer_name": answer["Name"],
        "state": if has("DeletedAt") { "DELETING".into() } else { answer["State"].clone() },
        "role": if dials { "dialer" } else { "acceptor" },
        "meta": answer.get("Meta").cloned().unwrap_or_else(|| serde_json::json!({})),
        "peer_id": answer["PeerID"],
        "peer_server_name": answer["PeerServerName"],
        "create_index": answer["CreateIndex"],
        "modify_index": answer["ModifyIndex"],
    })
}

#[test]
fn every_peering_is_read() {
    let mut states = BTreeSet::new();
    let mut overlaid = 0;
    for exchange in exchanges() {
        for answer in exchange.peerings() {
            let peering =
                Peering::from_consul(&to_value(&answer)).unwrap_or_else(|| panic!("{}: {answer}", exchange.at));
            assert_eq!(digest(&peering), independent_digest(&answer), "{}", exchange.at);
            states.insert((peering.role.name(), peering.state.to_string()));
            overlaid += usize::from(answer["State"] == "ACTIVE" && peering.state == State::Deleting);
        }
    }
    let both = ["ACTIVE", "DELETING", "FAILING", "PENDING", "TERMINATED"].map(|state| ("acceptor", state));
    let dialers =
        ["ACTIVE", "DELETING", "ESTABLISHING", "FAILING", "PENDING", "TERMINATED"].map(|state| ("dialer", state));
    let expected: BTreeSet<_> = both.into_iter().chain(dialers).map(|(role, state)| (role, state.to_owned())).collect();
    assert_eq!(states, expected, "what there is to read");
    assert!(overlaid >= 2, "{overlaid} records being deleted that say ACTIVE");
}

#[test]
fn peerings_of_older_servers_are_read() {
    for (version, count) in [("1.13", 5), ("1.14", 3)] {
        let file = document(&folder().join(format!("older/{version}.json")));
        let cases = file["peerings"].as_array().unwrap();
        assert_eq!(cases.len(), count, "{version}");
        for case in cases {
            let peering =
                Peering::from_consul(&to_value(&case["answer"])).unwrap_or_else(|| panic!("{version}: {case}"));
            let digest = digest(&peering);
            for (key, value) in digest.as_object().unwrap() {
                assert_eq!(*value, case["expected"][key], "{version}, {}: {key}", case["why"]);
            }
        }
    }
}

// --- Tokens -----------------------------------------------------------------------------------------------------------

/// External addresses that Consul accepts unchecked and that cannot be used: it refuses each when the token is used
/// (`addresses.json`), except the last, which was not tried.
const UNUSABLE_ADDRESSES: [&str; 4] = ["1.2.3.4", "2001:db8::1:8503", "", "http://lb:8503"];

#[test]
fn every_token_that_consul_made_is_read() {
    let (mut usable, mut unusable) = (0, 0);
    for Exchange { at, sent, text, .. } in
        exchanges().iter().filter(|exchange| exchange.is("POST", "/v1/peering/token") && exchange.status == 200)
    {
        let answer: Json = serde_json::from_str(text).unwrap();
        let reading = peering_token::read(&to_value(&answer["PeeringToken"]), read_json, RECORDED);
        let warnings = rules_of(&reading.findings, false);
        let errors = rules_of(&reading.findings, true);
        let external: Vec<_> =
            sent["ServerExternalAddresses"].as_array().into_iter().flatten().map(|a| a.as_str().unwrap()).collect();
        if external.iter().any(|address| UNUSABLE_ADDRESSES.contains(address)) {
            assert_eq!(errors, ["server_address"], "{at}: {external:?}");
            unusable += 1;
            continue;
        }
        assert_eq!(errors, [""; 0], "{at}");
        // The servers were run on one machine; the external addresses were invented.
        let made_up = |rule: &str| rule == "documentation_address" && external.iter().any(|a| a.contains("2001:db8"));
        assert!(warnings.iter().all(|rule| *rule == "local_address" || made_up(rule)), "{at}: {warnings:?}");
        let info = reading.token.unwrap().info;
        assert_eq!(info.manual_server_addresses, external, "{at}");
        let trust_domain = info.trust_domain.unwrap();
        assert_eq!(info.server_name, format!("server.{}.peering.{trust_domain}", info.datacenter.unwrap()), "{at}");
        assert_eq!(info.authorities.len(), 1, "{at}");
        assert!(!info.authorities[0].expired, "{at}");
        usable += 1;
    }
    assert!(usable > 130, "{usable} tokens");
    assert_eq!(unusable, UNUSABLE_ADDRESSES.len() * VERSIONS.len());
}

/// Consul's text for an unusable token, and the rule that finds it before.
const UNUSABLE_TOKENS: [(&str, &str); 11] = [
    ("PeeringToken is required in the payload", "required"),
    ("failed to decode token: illegal base64 data", "base64"),
    ("looking for beginning of value", "json"),
    ("unexpected end of JSON input", "json"),
    ("structs.PeeringToken", "json"),
    ("peering token server addresses value is empty", "server_addresses"),
    ("is not a valid peering server address", "server_address"),
    ("peering token server name value is empty", "server_name"),
    ("peering token invalid CA", "ca"),
    ("peering token peer ID value is empty", "peer_id"),
    // Only if Consul got as far as that: no error of the token itself.
    ("cannot create a peering within the same cluster", ""),
];

/// Consul's texts for a valid token: it was accepted, no server responded, or the secret was spent.
const USABLE_TOKENS: [(u16, &str); 3] =
    [(200, ""), (403, "a new peering token must be generated"), (503, "failed to exchange peering secret")];

#[test]
fn refuses_exactly_the_tokens_that_consul_refuses() {
    let mut said = BTreeSet::new();
    let mut trimmed = 0;
    let establishing = exchanges().into_iter().filter(|exchange| exchange.is("POST", "/v1/peering/establish"));
    for Exchange { at, sent, status, text, .. } in establishing {
        let token = &sent["PeeringToken"];
        let reading = peering_token::read(&to_value(token), read_json, RECORDED);
        let errors = rules_of(&reading.findings, true);
        let usable = USABLE_TOKENS.iter().any(|(taken, part)| status == *taken && text.contains(part));
        let fault = UNUSABLE_TOKENS.iter().find(|(part, _)| text.contains(part));
        match (usable, fault) {
            // Stricter than Consul, on purpose: it sends a token without a secret, which no server can accept.
            (true, None) if errors == ["secret"] => {}
            (true, None) => assert_eq!(errors, [""; 0], "{at}: Consul could use it: {status} {text}"),
            (false, Some((part, ""))) => {
                said.insert(*part);
                assert_eq!(errors, [""; 0], "{at}: whose token it is, is for another rule");
            }
            // More helpful than Consul, on purpose: surrounding spaces are removed, and reported.
            (false, Some((part, "base64"))) if token.as_str().is_some_and(|token| token.trim() != token) => {
                said.insert(*part);
                trimmed += 1;
                assert_eq!(errors, [""; 0], "{at}");
                assert!(rules_of(&reading.findings, false).contains(&"trimmed"), "{at}");
            }
            (false, Some((part, rule))) => {
                said.insert(*part);
                assert!(errors.contains(rule), "{at}: {rule} is not in {errors:?}; Consul: {text}");
            }
            // A name, a role or a permission: unrelated to the token.
            (false, None) => assert!(status != 200, "{at}"),
            (true, Some(_)) => panic!("{at}: neither good nor bad: {status} {text}"),
        }
    }
    assert_eq!(said.len(), UNUSABLE_TOKENS.len(), "{said:?}");
    assert_eq!(trimmed, 2 * VERSIONS.len());
}

// --- Names and meta ---------------------------------------------------------------------------------------------------

/// Every POST with this member in its body, and whether Consul accepted it; without those refused for another reason.
fn requests_with(member: &str, refusals: &[&str]) -> Vec<(Exchange, bool)> {
    exchanges()
        .into_iter()
        .filter(|exchange| exchange.method == "POST" && exchange.sent.get(member).is_some())
        .filter_map(|exchange| {
            let refused = refusals.iter().any(|part| exchange.text.contains(part));
            (refused || exchange.status == 200).then_some((exchange, !refused))
        })
        .collect()
}

#[test]
fn refuses_exactly_the_names_that_consul_refuses() {
    let (mut taken, mut refused, mut unreadable) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (Exchange { at, sent, .. }, is_taken) in
        requests_with("PeerName", &["is not a valid peer name", "PeerName is required"])
    {
        let Some(name) = sent["PeerName"].as_str() else { continue };
        let valid = peer_name::is_valid(name);
        if is_taken && ["token", "establish"].contains(&name) {
            // Stricter than Consul, on purpose: it creates these and cannot read them back.
            assert!(!valid, "{at}: {name:?}");
            unreadable.insert(name.to_owned());
        } else {
            assert_eq!(valid, is_taken, "{at}: {name:?}");
            if is_taken { &mut taken } else { &mut refused }.insert(name.to_owned());
        }
        assert_eq!(peer_name::check(&Value::from(name)).is_empty(), valid, "{at}: {name:?}");
    }
    assert!(taken.len() > 20, "{taken:?}");
    assert_eq!(refused.len(), 15, "{refused:?}");
    assert_eq!(unreadable.len(), 2, "{unreadable:?}");
}

/// Consul's text for invalid meta, and the rule that finds it before.
const META_FAULTS: [(&str, &str); 6] = [
    ("cannot contain more than 64 key/value pairs", "pairs"),
    ("Key cannot be blank", "key_empty"),
    ("Key contains invalid characters", "key_characters"),
    ("Key is too long", "key_length"),
    ("is reserved for internal use", "key_reserved"),
    ("Value is too long", "value_length"),
];

#[test]
fn refuses_exactly_the_meta_that_consul_refuses() {
    let mut said = BTreeSet::new();
    let (mut taken, mut nulls) = (0, 0);
    for (Exchange { at, sent, text, .. }, is_taken) in requests_with("Meta", &["meta tags failed validation"]) {
        let findings = meta::check(&to_value(&sent["Meta"]));
        let errors = rules_of(&findings, true);
        if !is_taken {
            let (part, rule) = META_FAULTS.iter().find(|(part, _)| text.contains(part)).unwrap();
            said.insert(*part);
            assert_eq!(errors, [*rule], "{at}: {text}");
        } else if sent["Meta"].as_object().is_some_and(|pairs| pairs.values().any(Json::is_null)) {
            // Stricter than Consul, on purpose: it stores null as an empty text, which is never intended.
            assert_eq!(errors, ["type"], "{at}");
            nulls += 1;
        } else {
            assert_eq!(errors, [""; 0], "{at}");
            taken += 1;
        }
    }
    assert_eq!(said.len(), META_FAULTS.len(), "{said:?}");
    assert_eq!(nulls, VERSIONS.len());
    assert!(taken > 20, "{taken}");
}
