//! Values in place of a token: each form, drawn at random, is recognised, and none is taken for a peering token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use consul_peering::rules::form::{self, Form};
use consul_peering::rules::{peer_name, peering_token, spec};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::invariants::consul_token::{self, GO};
use super::invariants::finding;
use super::invariants::host::{read_json, to_value};
use super::invariants::peering_token::NOW;
use super::peering_token::body;

/// White space in copied text or files.
fn with_space(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["", "", " ", "\n"]), text, prop::sample::select(vec!["", "\n", "\r\n"]))
        .prop_map(|(before, text, after)| format!("{before}{text}{after}"))
}

/// Bodies from which a token can be made.
fn token() -> impl Strategy<Value = String> {
    body()
        .prop_map(|body| GO.encode(body.to_string()))
        .prop_filter("no token", |token| consul_token::read(token).is_ok())
}

fn uuid() -> impl Strategy<Value = String> {
    "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"
}

fn jwt() -> impl Strategy<Value = String> {
    let part = || "[A-Za-z0-9_-]{1,60}";
    (prop::sample::select(vec!["RS256", "ES384", "none"]), "[a-z0-9]{0,9}", part(), part()).prop_map(
        |(algorithm, id, claims, signature)| {
            let header = URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "kid": id }).to_string());
            format!("{header}.{claims}.{signature}")
        },
    )
}

fn decoded() -> impl Strategy<Value = String> {
    (token(), any::<bool>())
        .prop_map(|(token, pretty)| {
            let body = consul_token::body(&token).unwrap();
            if pretty { serde_json::to_string_pretty(&body).unwrap() } else { body.to_string() }
        })
        // By a key as Consul writes it; one of the drawn bodies may have none.
        .prop_filter("no member in Consul's letter case", |text| text.contains("\"PeerID\""))
}

fn response() -> impl Strategy<Value = String> {
    (token(), prop::sample::select(vec!["PeeringToken", "peering_token"]), any::<bool>()).prop_map(
        |(token, key, pretty)| {
            let response = json!({ key: token });
            if pretty { serde_json::to_string_pretty(&response).unwrap() } else { response.to_string() }
        },
    )
}

/// As in a Kubernetes Secret, with the line breaks of `base64`.
fn encoded_twice() -> impl Strategy<Value = String> {
    (token(), prop::sample::select(vec![usize::MAX, 76, 64])).prop_map(|(token, width)| {
        let encoded: Vec<char> = GO.encode(token).chars().collect();
        encoded.chunks(width).map(String::from_iter).collect::<Vec<_>>().join("\n")
    })
}

fn quoted() -> impl Strategy<Value = String> {
    (token(), prop::sample::select(vec!['"', '\''])).prop_map(|(token, quote)| format!("{quote}{token}{quote}"))
}

fn pem() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY"]);
    (label, prop::collection::vec("[A-Za-z0-9+/]{64}", 1..4))
        .prop_map(|(label, lines)| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n")))
}

fn address() -> impl Strategy<Value = String> {
    let host =
        || prop_oneof!["[a-z]{1,9}(\\.[a-z]{2,9}){0,3}", "[1-9][0-9]?(\\.[1-9][0-9]?){3}", "\\[[0-9a-f]{1,4}::1\\]"];
    prop_oneof![
        (host(), 1_u16..).prop_map(|(host, port)| format!("{host}:{port}")),
        (prop::sample::select(vec!["http", "https", "grpc"]), host(), "(:[1-9][0-9]{0,3})?(/[a-z]{0,5})?")
            .prop_map(|(scheme, host, rest)| format!("{scheme}://{host}{rest}")),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        "(/|\\./|\\.\\./|~/)[a-z-]{1,9}(/[a-z-]{1,9}){0,3}(\\.[a-z]{1,4})?",
        "[a-z-]{1,9}\\.(token|peering-token|txt|json)",
        "[C-Z]:\\\\[a-z]{1,9}\\\\[a-z]{1,9}",
    ]
}

fn drawn() -> impl Strategy<Value = (Form, String)> {
    let as_form = |form: Form, text: BoxedStrategy<String>| with_space(text).prop_map(move |text| (form, text));
    prop_oneof![
        as_form(Form::PeeringToken, token().boxed()),
        as_form(Form::EncodedTwice, encoded_twice().boxed()),
        as_form(Form::DecodedToken, decoded().boxed()),
        as_form(Form::Response, response().boxed()),
        as_form(Form::Quoted, quoted().boxed()),
        as_form(Form::Uuid, uuid().boxed()),
        as_form(Form::Jwt, jwt().boxed()),
        as_form(Form::Pem, pem().boxed()),
        as_form(Form::Address, address().boxed()),
        as_form(Form::Path, path().boxed()),
    ]
}

proptest! {
    #[test]
    fn each_form_is_recognised_as_itself((form, text) in drawn()) {
        prop_assert_eq!(form::recognise(&text.as_str().into()), Some(form), "{}", text);
    }

    /// No field's findings contain any part of it.
    #[test]
    fn what_is_recognised_is_reported_and_not_repeated((form, text) in drawn()) {
        let value = to_value(&json!({ "peer_name": text, "token": text, "peering_token": text }));
        let mut findings = peering_token::read(value.get("peering_token"), read_json, NOW).findings;
        findings.retain(|finding| finding.rule == "form");
        prop_assert_eq!(findings.len(), usize::from(form != Form::PeeringToken));
        findings.extend(spec::token(&value).findings.into_iter().filter(|finding| finding.field == "token"));
        if form != Form::Path {
            findings.extend(peer_name::check(value.get("peer_name")));
        }
        finding::check(&findings, |field| ["peering_token", "token", "peer_name"].contains(&field));
        let secret: String = text.trim().chars().filter(|c| !['"', '\''].contains(c)).take(12).collect();
        for finding in findings {
            let shown = format!("{} {}", finding.message, finding.fix);
            prop_assert!(secret.len() < 12 || !shown.contains(&secret), "{:?}", finding);
        }
    }

    /// JavaScript's objects are recognised like their JSON text.
    #[test]
    fn an_object_is_recognised_as_its_text(text in prop_oneof![decoded(), response()]) {
        let json: Json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(form::recognise(&to_value(&json)), form::recognise(&text.as_str().into()));
    }
}
