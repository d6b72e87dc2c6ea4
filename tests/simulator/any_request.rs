//! Any request ends with a response of Consul.

use std::time::Duration;

use consul_peering::simulator::{Outcome, Request};
use proptest::prelude::*;

use crate::client::{Client, token_of};

const STATUSES: [u16; 11] = [200, 301, 307, 400, 401, 403, 404, 405, 429, 500, 503];

fn piece() -> impl Strategy<Value = String> {
    let known = [
        "/",
        "//",
        "/v1/peering",
        "/v1/peering/",
        "/v1/peerings",
        "token",
        "establish",
        "/v1/connect/ca/roots",
        "eu",
        "..",
        ".",
        "?",
        "&",
        "index=7",
        "wait=",
        "1s",
        "1µs",
        "pretty",
        "stale",
        "consistent",
        "max_stale=",
        "partition=",
        "%2f",
        "%",
        "%zz",
        ";",
        "=",
        "\u{0}",
        "ä",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn json_piece() -> impl Strategy<Value = String> {
    let known = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"PeerName\":\"eu\"",
        "\"PeeringToken\":",
        "\"Meta\":{\"a\":\"b\"}",
        "\"",
        "null",
        "tru",
        "-",
        "01",
        "1e",
        "1.5E+7",
        "\\u",
        "\\ud800",
        "\\udc00",
        "\"\\n\"",
        "\"Partition\":\"\"",
        " ",
        "\n",
        "\u{1}",
        "ü",
    ];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop::sample::select(["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", ""].as_slice());
    let target = prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat());
    let body = prop::collection::vec(json_piece(), 0..12).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    (method, target, prop_oneof![3 => body, 1 => bytes])
        .prop_map(|(method, target, body)| Request::new(method, &format!("/{target}")).with_body(body))
}

/// A token of which every part may be anything.
fn token() -> impl Strategy<Value = String> {
    let text =
        || prop_oneof![Just(String::new()), Just("127.0.0.1:8504".to_owned()), Just("a:b".to_owned()), ".{0,20}"];
    let pem = prop_oneof![
        ".{0,20}",
        "[A-Za-z0-9+/=\n]{0,60}"
            .prop_map(|content| { format!("-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n") }),
    ];
    let texts = || prop::collection::vec(text(), 0..3);
    (prop::collection::vec(pem, 0..2), texts(), texts(), text(), text(), text()).prop_map(
        |(authorities, manual, automatic, name, id, secret)| {
            token_of(&serde_json::json!({
                "CA": authorities, "ManualServerAddresses": manual, "ServerAddresses": automatic, "ServerName": name,
                "PeerID": id, "EstablishmentSecret": secret,
            }))
        },
    )
}

fn ends(client: &mut Client, request: Request) -> Result<(), TestCaseError> {
    let sent = client.send("eu", request);
    let outcome = client.settle(sent, Duration::from_secs(1_200));
    let Some(Outcome::Answered(response)) = outcome else {
        return Err(TestCaseError::fail(format!("it ended with {outcome:?}")));
    };
    prop_assert!(STATUSES.contains(&response.status), "{response:?}");
    Ok(())
}

proptest! {
    #[test]
    fn any_request_is_answered(requests in prop::collection::vec(request(), 1..6)) {
        let mut client = Client::named(&["eu", "us"]);
        for request in requests {
            ends(&mut client, request)?;
        }
    }

    #[test]
    fn any_token_is_answered(token in token()) {
        let mut client = Client::named(&["eu", "us"]);
        let body = serde_json::json!({ "PeerName": "us", "PeeringToken": token }).to_string();
        ends(&mut client, Request::new("POST", "/v1/peering/establish").with_body(body))?;
        // What it left is dialed for a while, if it is.
        client.advance(Duration::from_secs(60));
    }
}
