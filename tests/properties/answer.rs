//! Responses: the table of refusals in any wrapping, and bodies of any shape.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use consul_peering::consul::peering::Peering;
use consul_peering::consul::response::{is_absent, refusal};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::invariants::answer::{GRPC_CODES, check_body, check_refusal, check_text};
use super::text::any_text;

/// `codes.json`: status, the constant part of the text, and its code, or null if it is no error.
static TABLE: LazyLock<Vec<(u16, String, Option<String>)>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/codes.json");
    let table: Vec<Json> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    // Two rows end within the distinctive part.
    let whole = |text: &str| text.replace(" - Partitions are", " - Partitions are a Consul Enterprise feature");
    let text = |json: &Json| json.as_str().map(whole);
    let said = |row: &Json| match row["reason"].as_str() {
        Some(reason) => format!("{} \"10.0.0.1:8503\": {reason}", row["text"].as_str().unwrap()),
        None => text(&row["text"]).unwrap(),
    };
    let row = |row: &Json| (row["status"].as_u64().unwrap() as u16, said(row), text(&row["code"]));
    table.iter().map(row).collect()
});

fn row() -> impl Strategy<Value = (u16, String, Option<String>)> {
    prop::sample::select(&**TABLE)
}

/// Any JSON, often with keys and texts that are read.
fn json() -> impl Strategy<Value = Json> {
    let text = || {
        let known = [
            "ACTIVE",
            "DELETING",
            "1",
            "us",
            "read",
            "write",
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2026-11-24T05:58:13Z",
        ];
        prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any_text()]
    };
    let others = ["Access", "Allow", "TrustDomain", "PeeringToken", "__proto__"];
    let known: Vec<_> = Peering::KEYS.into_iter().chain(others).collect();
    let key = prop_oneof![8 => prop::sample::select(known).prop_map(str::to_owned), 1 => any_text()];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text().prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// A peering with modifications.
fn peering() -> impl Strategy<Value = Json> {
    let whole = json!({
        "ID": "1", "Name": "us", "State": "ACTIVE", "DeletedAt": null, "Meta": { "a": "1" }, "PeerID": "p1",
        "PeerServerName": "server.us.peering.d.consul", "PeerServerAddresses": ["a.example:1"],
        "CreateIndex": 7, "ModifyIndex": 8,
    });
    let keys: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
    prop::collection::vec((prop::sample::select(keys), json()), 0..4).prop_map(move |bends| {
        let mut bent = whole.clone();
        bent.as_object_mut().unwrap().extend(bends);
        bent
    })
}

proptest! {
    #[test]
    fn any_refusal_means_the_same_with_the_prefix(
        status in prop_oneof![prop::sample::select(vec![400_u16, 401, 403, 404, 405, 429, 500, 503]), any::<u16>()],
        text in prop_oneof![
            any_text(),
            "( |rpc error: |code = [A-Z][a-z]{2}| desc = |\n|<|why){0,9}",
            row().prop_map(|(_, text, _)| text),
        ],
    ) {
        check_refusal(status, &text);
    }

    /// The distinctive part is surrounded by names, addresses and counts. One that must come first has no prefix.
    #[test]
    fn the_table_holds_in_any_wrapping(
        (status, text, code) in row(),
        before in "[a-z0-9.:\"\n\t*]{0,20}",
        after in "[a-zA-Z0-9 .:\"\n\t*]{0,20}",
        prefix in prop::collection::vec(prop::sample::select(GRPC_CODES.to_vec()), 0..3),
    ) {
        let leads = code.is_none() || status == 401;
        let before = if leads { "" } else { &*before };
        let mut wrapped = if text.is_empty() { String::new() } else { format!("{before}{text}{after}") };
        for grpc in prefix.iter().filter(|_| status != 401) {
            wrapped = format!("rpc error: code = {grpc} desc = {wrapped}");
        }
        let actual = (!is_absent(status, &wrapped)).then(|| refusal(status, &wrapped).code.name().to_owned());
        prop_assert_eq!(actual, code, "{} {:?}", status, wrapped);
    }

    #[test]
    fn unanswered_reasons_are_reported_in_one_line(
        bullets in prop::collection::vec(
            ("[a-z0-9.:]{0,12}\"?", "[a-z :=\"\n]{0,30}|(desc = \"?){1,3}[a-z]{0,5}"),
            0..5,
        ),
    ) {
        let bullet = |(address, why): &(String, String)| {
            format!("\t* failed to exchange peering secret through address \"{address}\": {why}\n")
        };
        check_refusal(503, &bullets.iter().map(bullet).collect::<String>());
    }

    #[test]
    fn any_json_is_read_or_refused(json in json()) {
        check_body(&json);
    }

    #[test]
    fn a_bent_peering_is_read_or_refused(peering in peering()) {
        check_body(&json!([peering]));
    }

    #[test]
    fn any_text_is_no_panic(text in any_text()) {
        check_text(&text);
    }
}
