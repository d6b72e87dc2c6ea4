//! The peering token: base64 of JSON that says where the acceptor is, who it is, and the secret that may be used once.
//!
//! Read as Consul 1.22 reads it when the token is used (`validatePeeringToken`), so that what Consul would refuse is
//! known before anything is sent.

use alloc::{string::String, vec::Vec};

use super::address;
use super::base64;
use super::certificate;
use super::finding::{Finding, excerpt, wrong_type};
use super::host::ReadJson;
use super::secret::Secret;
use super::text::{cut, is_line_break, without};
use super::value::{Value, object};

const FIELD: &str = "peering_token";
const ANEW: &str = "Copy the whole token again, or generate a new one on the accepting cluster.";

/// A token that Consul can use.
#[derive(Clone)]
pub struct PeeringToken {
    /// As it is sent.
    pub text: Secret,
    /// The secret in it, which may turn up on its own.
    pub secret: Secret,
    pub info: TokenInfo,
}

/// Where a token leads. Everything in it may be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenInfo {
    pub datacenter: Option<String>,
    pub partition: Option<String>,
    pub trust_domain: Option<String>,
    pub server_name: String,
    pub peer_id: String,
    pub server_addresses: Vec<String>,
    pub manual_server_addresses: Vec<String>,
    pub authorities: Vec<Authority>,
}

impl TokenInfo {
    /// As the caller sees it.
    pub fn to_value(&self) -> Value {
        object([
            ("datacenter", self.datacenter.as_deref().into()),
            ("partition", self.partition.as_deref().into()),
            ("trust_domain", self.trust_domain.as_deref().into()),
            ("server_name", (&*self.server_name).into()),
            ("peer_id", (&*self.peer_id).into()),
            ("server_addresses", (&*self.server_addresses).into()),
            ("manual_server_addresses", (&*self.manual_server_addresses).into()),
            ("authorities", Value::List(self.authorities.iter().map(Authority::to_value).collect())),
        ])
    }

    /// The addresses that Consul dials: manual ones win.
    pub fn dialed(&self) -> &[String] {
        if self.manual_server_addresses.is_empty() { &self.server_addresses } else { &self.manual_server_addresses }
    }
}

/// A CA that the acceptor's servers show.
#[derive(Clone, Debug, PartialEq)]
pub struct Authority {
    pub subject: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    pub expired: bool,
}

impl Authority {
    fn to_value(&self) -> Value {
        object([
            ("subject", (&*self.subject).into()),
            ("not_before", (&*self.not_before).into()),
            ("not_after", (&*self.not_after).into()),
            ("expired", Value::Bool(self.expired)),
        ])
    }
}

/// What was found, and the token where nothing of it is an error.
pub struct Reading {
    pub findings: Vec<Finding>,
    pub token: Option<PeeringToken>,
}

impl Reading {
    fn only(finding: Finding) -> Self {
        Self { findings: vec![finding], token: None }
    }
}

/// Reads a token. `now` in ms since 1970 judges the dates of its CAs.
pub fn read(value: &Value, json: ReadJson, now: f64) -> Reading {
    let given = match value {
        Value::Text(text) => text,
        Value::Null => {
            return Reading::only(Finding::error(
                FIELD,
                "required",
                "peering_token is missing",
                "Generate one on the accepting cluster and give it here.",
            ));
        }
        other => return Reading::only(wrong_type(FIELD, "a string", other.kind())),
    };
    let trimmed = given.trim();
    // As Consul reads it. Sent so, no answer can repeat the token in a form that is not known here.
    let text = without(trimmed, is_line_break);
    let mut findings = Vec::new();
    if trimmed.len() != given.len() {
        findings.push(Finding::warning(
            FIELD,
            "trimmed",
            "peering_token has white space around it, which is left out",
            "Remove it where the token is stored; Consul itself refuses it.",
        ));
    }
    match decode(&text).and_then(|text| json(&text).filter(is_object).ok_or_else(not_json)) {
        Err(finding) => {
            findings.push(finding);
            Reading { findings, token: None }
        }
        Ok(body) => {
            let info = inspect(&body, now, &mut findings);
            let secret = Secret::new(body.get_fold("EstablishmentSecret").filled().unwrap_or_default());
            let usable = !findings.iter().any(Finding::is_error);
            let token = usable.then(|| PeeringToken { text: Secret::new(text), secret, info });
            Reading { findings, token }
        }
    }
}

fn error(rule: &'static str, message: &str, fix: &str) -> Finding {
    Finding::error(FIELD, rule, message, fix)
}

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Object(_))
}

fn not_json() -> Finding {
    error("json", "peering_token does not hold a JSON object: it is cut off, or no peering token", ANEW)
}

/// Go's standard base64, line breaks already gone.
fn decode(text: &str) -> Result<String, Finding> {
    if text.is_empty() {
        return Err(error("required", "peering_token is empty", "Generate one on the accepting cluster."));
    }
    if text.bytes().any(|byte| matches!(byte, b'-' | b'_')) {
        return Err(error(
            "base64",
            "peering_token is in the URL-safe alphabet of base64 (- and _), which Consul does not read",
            "Write + for - and / for _, or copy the token as Consul gave it.",
        ));
    }
    if let Some(position) =
        text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'='))
    {
        return Err(error("base64", &format!("peering_token is not base64: see character {}", position + 1), ANEW));
    }
    let bytes = base64::read(text).ok_or_else(|| {
        error("base64", "peering_token is not whole base64: it is cut off or has lost its padding", ANEW)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Consul's checks of a decoded token, all of them at once.
fn inspect(body: &Value, now: f64, findings: &mut Vec<Finding>) -> TokenInfo {
    if !is_of(body, &MEMBERS) {
        findings.push(error(
            "type",
            "peering_token has a member of another type than Consul's, or the same one twice",
            ANEW,
        ));
    }
    let remote = body.get_fold("Remote");
    let server_name = body.get_fold("ServerName").filled().unwrap_or_default();
    let named = server_name.strip_prefix("server.").and_then(|rest| cut(rest, ".peering."));
    let filled = |text: &str| Value::from(text).filled();
    let certificates = body.get_fold("CA").texts();
    let info = TokenInfo {
        datacenter: remote.get_fold("Datacenter").filled().or_else(|| named.and_then(|(name, _)| filled(name))),
        partition: remote.get_fold("Partition").filled(),
        trust_domain: named.and_then(|(_, domain)| filled(domain)),
        peer_id: body.get_fold("PeerID").filled().unwrap_or_default(),
        server_addresses: body.get_fold("ServerAddresses").texts(),
        manual_server_addresses: body.get_fold("ManualServerAddresses").texts(),
        authorities: certificates.iter().filter_map(|pem| authority(pem, now, findings)).collect(),
        server_name,
    };
    check_addresses(&info, findings);
    if info.server_name.is_empty() && !certificates.is_empty() {
        findings.push(error("server_name", "peering_token has a CA but no server name to check it against", ANEW));
    }
    if info.peer_id.is_empty() {
        findings.push(error("peer_id", "peering_token does not say which peering it is for", ANEW));
    }
    if body.get_fold("EstablishmentSecret").filled().is_none() {
        findings.push(error("secret", "peering_token has no establishment secret, so no server will accept it", ANEW));
    }
    info
}

fn authority(pem: &str, now: f64, findings: &mut Vec<Finding>) -> Option<Authority> {
    let Some(ca) = certificate::read(pem) else {
        findings.push(error("ca", "peering_token has a CA certificate that cannot be read", ANEW));
        return None;
    };
    let expired = ca.expired(now);
    if expired {
        let message = format!("the CA {} in peering_token ended on {}", excerpt(&ca.subject, 80), ca.not_after.text);
        findings.push(Finding::warning(
            FIELD,
            "ca_expired",
            &message,
            "Generate a new token on the accepting cluster.",
        ));
    } else if ca.too_early(now) {
        let message = format!("the CA {} in peering_token holds from {}", excerpt(&ca.subject, 80), ca.not_before.text);
        findings.push(Finding::warning(
            FIELD,
            "ca_not_yet",
            &message,
            "Compare this machine's clock with the servers'.",
        ));
    }
    Some(Authority { subject: ca.subject, not_before: ca.not_before.text, not_after: ca.not_after.text, expired })
}

/// Consul checks all of them, and dials the manual ones where there are any.
fn check_addresses(info: &TokenInfo, findings: &mut Vec<Finding>) {
    if info.dialed().is_empty() {
        let message = "peering_token names no server addresses, so nothing can be dialled";
        findings.push(error("server_addresses", message, ANEW));
    }
    for address in info.manual_server_addresses.iter().chain(&info.server_addresses) {
        let shown = excerpt(address, 60);
        match address::host(address) {
            Err(fault) => {
                let message = format!("peering_token's address \"{shown}\" is not host:port");
                findings.push(error("server_address", &message, fault.fix()));
            }
            Ok(host) if address::is_local(host) && info.dialed().contains(address) => findings.push(Finding::warning(
                FIELD,
                "local_address",
                &format!("peering_token's address \"{shown}\" means the machine that dials it"),
                "Fine on one machine; otherwise generate the token with server_external_addresses.",
            )),
            Ok(_) => {}
        }
    }
}

/// A member of Consul's struct, and whether a value can be one.
type Member = (&'static str, fn(&Value) -> bool);

const MEMBERS: [Member; 7] = [
    ("CA", is_texts),
    ("ManualServerAddresses", is_texts),
    ("ServerAddresses", is_texts),
    ("ServerName", is_text),
    ("PeerID", is_text),
    ("EstablishmentSecret", is_text),
    ("Remote", |value| is_of(value, &REMOTE)),
];
const REMOTE: [Member; 3] =
    [("Partition", is_text), ("Datacenter", is_text), ("Locality", |value| is_of(value, &LOCALITY))];
const LOCALITY: [Member; 2] = [("Region", is_text), ("Zone", is_text)];

/// Whether Go reads `value` into a struct of these members, and reads the same as is read here: it takes a key in any
/// letter case, `ſ` for `s` too, and of several the last. Null is nothing said.
fn is_of(value: &Value, members: &[Member]) -> bool {
    let is_one = |(key, is): &Member| {
        let mut named = value.members().iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        named.next().is_none_or(|(_, member)| is(member)) && named.next().is_none()
    };
    *value == Value::Null
        || is_object(value) && value.members().iter().all(|(key, _)| key.is_ascii()) && members.iter().all(is_one)
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Text(_))
}

fn is_texts(value: &Value) -> bool {
    *value == Value::Null || matches!(value, Value::List(items) if items.iter().all(|item| item.text().is_some()))
}

#[cfg(test)]
pub(crate) mod tests {
    use base64ct::{Base64, Encoding};

    use super::super::host::tests::read_json;
    use super::*;

    pub const SECRET: &str = "a621dd66-ed16-b1ee-dbc5-937bdf4c550a";
    pub const NOW: f64 = 1_800_000_000_000.0;

    pub fn encode(json: &str) -> String {
        Base64::encode_string(json.as_bytes())
    }

    /// A token without CA that Consul takes.
    pub fn plain(addresses: &str) -> String {
        encode(&format!(
            r#"{{"CA":null,"ManualServerAddresses":null,"ServerAddresses":{addresses},"ServerName":"server.us.peering.d.consul","PeerID":"p1","EstablishmentSecret":"{SECRET}","Remote":{{"Partition":"","Datacenter":"us","Locality":null}}}}"#
        ))
    }

    fn reading(text: &str) -> Reading {
        read(&text.into(), read_json, NOW)
    }

    fn rules(text: &str) -> Vec<&'static str> {
        reading(text).findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn a_good_token_says_where_it_leads() {
        let reading = reading(&plain(r#"["10.0.0.1:8503"]"#));
        assert!(reading.findings.is_empty());
        let token = reading.token.unwrap();
        assert!(token.secret.expose() == SECRET);
        assert_eq!(token.info.datacenter.as_deref(), Some("us"));
        assert_eq!(token.info.partition, None);
        assert_eq!(token.info.trust_domain.as_deref(), Some("d.consul"));
        assert_eq!(token.info.server_name, "server.us.peering.d.consul");
        assert_eq!(token.info.peer_id, "p1");
        assert_eq!(token.info.dialed(), ["10.0.0.1:8503"]);
        assert_eq!(token.info.authorities, []);
    }

    #[test]
    fn white_space_around_is_trimmed_and_told_and_line_breaks_inside_are_fine() {
        let good = plain(r#"["10.0.0.1:8503"]"#);
        let around = reading(&format!(" \t{good}\n"));
        assert_eq!(around.findings[0].rule, "trimmed");
        assert!(!around.findings[0].is_error());
        assert!(around.token.unwrap().text.expose() == good);
        let (a, b) = good.split_at(40);
        let broken = reading(&format!("{a}\r\n{b}"));
        assert!(broken.findings.is_empty());
        assert!(broken.token.unwrap().text.expose() == good, "sent in one line");
        assert_eq!(rules(&format!("{a} {b}")), ["base64"]);
    }

    #[test]
    fn what_is_no_token() {
        assert_eq!(rules(""), ["required"]);
        assert_eq!(rules("  "), ["trimmed", "required"]);
        assert_eq!(rules("not base64!"), ["base64"]);
        assert_eq!(rules("abc"), ["base64"], "no padding");
        assert_eq!(rules("abc-_w=="), ["base64"]);
        assert!(reading("abc-").findings[0].message.contains("URL-safe"));
        assert!(reading("abc_").findings[0].message.contains("URL-safe"));
        assert!(reading("ab\nc!").findings[0].message.ends_with("character 4"));
        assert_eq!(rules(&encode("hello")), ["json"]);
        assert_eq!(rules(&encode("[]")), ["json"]);
        assert_eq!(rules(&encode("{\"a\":")), ["json"]);
        assert_eq!(read(&Value::Null, read_json, NOW).findings[0].rule, "required");
        assert_eq!(read(&Value::Bool(true), read_json, NOW).findings[0].rule, "type");
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        assert_eq!(rules(&encode("{}")), ["server_addresses", "peer_id", "secret"]);
        let bad_ca = encode(r#"{"CA":["x"],"ServerAddresses":["a:1"],"PeerID":"p","EstablishmentSecret":"s"}"#);
        assert_eq!(rules(&bad_ca), ["ca", "server_name"]);
        assert!(reading(&bad_ca).token.is_none());
    }

    #[test]
    fn manual_addresses_win() {
        let token = |manual: &str, automatic: &str| {
            encode(&format!(
                r#"{{"ManualServerAddresses":{manual},"ServerAddresses":{automatic},"PeerID":"p","EstablishmentSecret":"s"}}"#
            ))
        };
        assert_eq!(rules(&token(r#"["a.example:1"]"#, r#"["127.0.0.1:1"]"#)), [""; 0]);
        assert_eq!(rules(&token(r#"["a.example:1"]"#, r#"["bad"]"#)), ["server_address"], "Consul checks all");
        assert_eq!(rules(&token(r#"["bad"]"#, r#"["a.example:1"]"#)), ["server_address"]);
        assert_eq!(rules(&token("[]", r#"["a.example:1"]"#)), [""; 0]);
        assert_eq!(rules(&token(r#"["a.example:1","b","c:0"]"#, "[]")), ["server_address", "server_address"]);
    }

    #[test]
    fn a_local_address_is_a_warning() {
        assert_eq!(rules(&plain(r#"["127.0.0.1:8503"]"#)), ["local_address"]);
        assert!(reading(&plain(r#"["127.0.0.1:8503"]"#)).token.is_some());
    }

    #[test]
    fn a_member_of_another_type_or_one_that_stands_there_twice() {
        let good = r#""ServerAddresses":["a.example:1"],"PeerID":"p","EstablishmentSecret":"s""#;
        let with = |more: &str| rules(&encode(&format!("{{{good},{more}}}")));
        for fine in [r#""CA":null"#, r#""Remote":null"#, r#""Remote":{"Locality":{"Zone":"z"}}"#, r#""More":7"#] {
            assert_eq!(with(fine), [""; 0], "{fine}");
        }
        for bad in [
            r#""ServerName":7"#,
            r#""CA":"x""#,
            r#""ManualServerAddresses":[7]"#,
            r#""Remote":[]"#,
            r#""Remote":{"Datacenter":7}"#,
            r#""Remote":{"Locality":{"Zone":7}}"#,
            r#""serveraddresses":["b.example:1"]"#,
            r#""\u017ferverAddresses":["b.example:1"]"#,
        ] {
            assert_eq!(with(bad), ["type"], "{bad}");
        }
    }

    #[test]
    fn a_server_name_with_nothing_in_it_says_nothing() {
        let token = encode(
            r#"{"ServerAddresses":["a.example:1"],"ServerName":"server..peering.","PeerID":"p","EstablishmentSecret":"s"}"#,
        );
        let info = reading(&token).token.unwrap().info;
        assert_eq!((info.datacenter, info.trust_domain), (None, None));
    }

    #[test]
    fn keys_in_any_letter_case_as_go_reads_them() {
        let token = encode(r#"{"serveraddresses":["a.example:1"],"peerid":"p","establishmentsecret":"s"}"#);
        assert_eq!(rules(&token), [""; 0]);
    }

    #[test]
    fn an_old_token_without_remote_has_its_datacenter_in_the_server_name() {
        let token = encode(
            r#"{"ServerAddresses":["a.example:1"],"ServerName":"server.dc1.peering.t.consul","PeerID":"p","EstablishmentSecret":"s"}"#,
        );
        let info = reading(&token).token.unwrap().info;
        assert_eq!(info.datacenter.as_deref(), Some("dc1"));
        assert_eq!(info.trust_domain.as_deref(), Some("t.consul"));
    }

    #[test]
    fn dates_of_the_authorities() {
        let pem = include_str!("../../tests/rules/generalized-time.pem").replace('\n', "\\n");
        let token = encode(&format!(
            r#"{{"CA":["{pem}"],"ServerAddresses":["a.example:1"],"ServerName":"n","PeerID":"p","EstablishmentSecret":"s"}}"#
        ));
        let at = |now: f64| read(&(&*token).into(), read_json, now);
        let (early, within, late) = (NOW, 2_600_000_000_000.0, 2_900_000_000_000.0);
        assert_eq!(at(early).findings[0].rule, "ca_not_yet");
        assert!(at(within).findings.is_empty());
        assert_eq!(at(late).findings[0].rule, "ca_expired");
        assert!(at(late).token.unwrap().info.authorities[0].expired);
        assert!(!at(within).token.unwrap().info.authorities[0].expired);
        assert_eq!(at(within).token.unwrap().info.authorities[0].not_after, "2060-01-01T00:00:00Z");
    }

    #[test]
    fn no_finding_repeats_the_token_or_its_secret() {
        let good = plain(r#"["10.0.0.1"]"#);
        for finding in reading(&format!(" {good}")).findings {
            assert!(!finding.message.contains(SECRET) && !finding.message.contains(&good));
        }
    }
}
