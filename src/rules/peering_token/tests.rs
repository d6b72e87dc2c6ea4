use super::super::host::tests::read_json;
use super::*;

pub const SECRET: &str = "a621dd66-ed16-b1ee-dbc5-937bdf4c550a";
pub const NOW: Timestamp = Timestamp::at_ms(1_800_000_000_000.0);

pub fn encode(json: &str) -> String {
    base64::encode(json.as_bytes())
}

/// A token without CA that Consul accepts.
pub fn plain(addresses: &str) -> String {
    encode(&format!(
        r#"{{"CA":null,"ManualServerAddresses":null,"ServerAddresses":{addresses},"ServerName":"server.us.peering.d.consul","PeerID":"p1","EstablishmentSecret":"{SECRET}","Remote":{{"Partition":"","Datacenter":"us","Locality":null}}}}"#
    ))
}

fn reading(text: &str) -> ParsedToken {
    read(&text.into(), read_json, NOW)
}

fn rules(text: &str) -> Vec<&'static str> {
    reading(text).findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_valid_token_contains_the_acceptors_addresses() {
    let reading = reading(&plain(r#"["1.2.3.4:8503"]"#));
    assert!(reading.findings.is_empty());
    let token = reading.token.unwrap();
    assert!(token.secret.expose() == SECRET);
    assert_eq!(token.info.datacenter.as_deref(), Some("us"));
    assert_eq!(token.info.partition, None);
    assert_eq!(token.info.trust_domain.as_deref(), Some("d.consul"));
    assert_eq!(token.info.server_name, "server.us.peering.d.consul");
    assert_eq!(token.info.peer_id, "p1");
    assert_eq!(token.info.dialed(), ["1.2.3.4:8503"]);
    assert_eq!(token.info.authorities, []);
}

#[test]
fn trims_and_reports_surrounding_white_space_and_accepts_line_breaks() {
    let good = plain(r#"["1.2.3.4:8503"]"#);
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
fn rejects_values_that_are_no_token() {
    assert_eq!(rules(""), ["required"]);
    assert_eq!(rules("  "), ["trimmed", "required"]);
    assert_eq!(rules("not base64!"), ["base64"]);
    assert_eq!(rules("abc"), ["base64"], "no padding");
    assert_eq!(rules("abc-_w=="), ["base64"]);
    assert!(reading("abc-").findings[0].message.contains("URL-safe"));
    assert!(reading("abc_").findings[0].message.contains("URL-safe"));
    assert!(reading("abc_").findings[0].fix.starts_with("Write + for -"));
    assert!(reading("ab\nc!").findings[0].message.ends_with("character 4."));
    assert_eq!(rules(&encode("hello")), ["json"]);
    assert_eq!(rules(&encode("[]")), ["json"]);
    assert_eq!(rules(&encode("null")), ["json"]);
    assert_eq!(rules(&encode("{\"a\":")), ["json"]);
    assert_eq!(rules("aaaaaaaa-0000-0000-0000-00000000000f"), ["form"]);
    assert_eq!(rules(&format!(" {}\n", encode(&plain("[]")))), ["trimmed", "form"]);
    assert_eq!(rules(&encode(r#"{"PeeringToken":"x"}"#)), ["form"]);
    assert_eq!(read(&Value::Null, read_json, NOW).findings[0].rule, "required");
    assert_eq!(read(&Value::Bool(true), read_json, NOW).findings[0].rule, "type");
    let response = Value::Object(vec![("PeeringToken".into(), "x".into())]);
    assert_eq!(read(&response, read_json, NOW).findings[0].rule, "form");
}

#[test]
fn reports_all_missing_members_at_once() {
    assert_eq!(rules(&encode("{}")), ["server_addresses", "peer_id", "secret"]);
    let bad_ca = encode(r#"{"CA":["x"],"ServerAddresses":["a:1"],"PeerID":"p","EstablishmentSecret":"s"}"#);
    assert_eq!(rules(&bad_ca), ["ca", "server_name"]);
    assert!(reading(&bad_ca).token.is_none());
    let pem = include_str!("../../../tests/rules/generalized-time.pem").replace('\n', "\\n");
    let no_name =
        format!(r#"{{"CA":["{pem}"],"ServerAddresses":["a.example:1"],"PeerID":"p","EstablishmentSecret":"s"}}"#);
    assert!(rules(&encode(&no_name)).contains(&"server_name"));
    for addresses in ["[]", "null"] {
        assert_eq!(rules(&plain(addresses)), ["server_addresses"], "{addresses}");
    }
}

#[test]
fn another_text_in_its_place_has_its_own_fix() {
    let token = plain(r#"["1.2.3.4:8503"]"#);
    let content = String::from_utf8(base64::decode(&token).unwrap()).unwrap();
    let response = r#"{"PeeringToken":"x"}"#;
    for (text, fix) in [
        (response, "`jq -r '.PeeringToken // .peering_token'`"),
        (&encode(response), "`jq -r '.PeeringToken // .peering_token'`"),
        (&content, "`base64`"),
        (&format!("\"{token}\""), "between the quotes"),
        (&encode(&token), "Decode it once, for example with `base64 -d`"),
        ("aaaaaaaa-0000-0000-0000-00000000000f", "an ACL token goes into token"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "`consul login`"),
        ("-----BEGIN CERTIFICATE-----\nMII", "the peering token itself"),
        ("consul.eu.example:8503", "on the cluster at that address"),
        ("https://consul.eu.example:8501", "on the cluster at that address"),
        ("./eu.peering-token", "the content of the file"),
        (r#"{"SecretID":"x"}"#, "the base64 text that Consul generated, alone"),
    ] {
        let findings = reading(text).findings;
        assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["form"], "{text}");
        assert!(findings[0].is_error() && findings[0].fix.contains(fix), "{text}: {}", findings[0].fix);
    }
    let object = read_json(&content).unwrap();
    assert!(read(&object, read_json, NOW).findings[0].fix.contains("`base64`"), "decoded by the caller");
}

#[test]
fn a_token_that_is_truncated_anywhere_is_refused() {
    let token = plain(r#"["1.2.3.4:8503"]"#);
    for length in 0..token.len() {
        assert!(reading(&token[..length]).token.is_none(), "{length} characters");
    }
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
fn an_address_that_may_be_unreachable_is_a_warning() {
    assert_eq!(rules(&plain(r#"["127.0.0.1:8503"]"#)), ["local_address"]);
    assert_eq!(rules(&plain(r#"["10.0.0.1:8502","10.0.0.2:8503"]"#)), ["private_address", "unlikely_port"]);
    assert_eq!(rules(&plain(r#"["a.example:8503","b.example:8503"]"#)), ["host_names"]);
    assert!(reading(&plain(r#"["127.0.0.1:8503"]"#)).token.is_some());
}

#[test]
fn an_empty_server_name_has_no_identity() {
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
fn checks_the_dates_of_the_cas() {
    let pem = include_str!("../../../tests/rules/generalized-time.pem").replace('\n', "\\n");
    let token = encode(&format!(
        r#"{{"CA":["{pem}"],"ServerAddresses":["a.example:1"],"ServerName":"n","PeerID":"p","EstablishmentSecret":"s"}}"#
    ));
    let at = |now| read(&(&*token).into(), read_json, now);
    let (early, within, late) = (NOW, Timestamp::at_ms(2_600_000_000_000.0), Timestamp::at_ms(2_900_000_000_000.0));
    assert_eq!(at(early).findings[0].rule, "ca_not_yet");
    assert!(at(within).findings.is_empty());
    assert_eq!(at(late).findings[0].rule, "ca_expired");
    assert!(at(late).token.unwrap().info.authorities[0].expired);
    assert!(!at(within).token.unwrap().info.authorities[0].expired);
    assert_eq!(at(within).token.unwrap().info.authorities[0].not_after, "2060-01-01T00:00:00Z");
}

#[test]
fn no_finding_repeats_the_token_or_its_secret() {
    let good = plain(r#"["1.2.3.4"]"#);
    for finding in reading(&format!(" {good}")).findings {
        assert!(!finding.message.contains(SECRET) && !finding.message.contains(&good));
    }
}
