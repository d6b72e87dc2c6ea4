//! The peering tokens that Consul made, and those that it refused or accepted.

use std::collections::BTreeSet;

use consul_peering::rules::peering_token;
use serde_json::Value as Json;

use super::host::{read_json, to_value};
use super::{Exchange, RECORDED, VERSIONS, exchanges, rules_of};

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
