//! Peering tokens, from nearly valid ones to noise.

use base64::Engine;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value as Json, json};

use super::invariants::consul_token::{self, GO};
use super::invariants::peering_token::{check, check_text};
use super::text::any_text;

const CA: &str = include_str!("../rules/generalized-time.pem");
const SECRET: &str = "0f4c6a1e-5b7d-4d2a-9e83-71c2ab90d6f5";

/// A member: mostly as Consul writes it, sometimes of another type.
fn member(good: impl Strategy<Value = Json> + 'static) -> impl Strategy<Value = Json> {
    let bent = vec![json!(null), json!(7), json!(""), json!([]), json!({}), json!(["a.example:1", null]), json!([8])];
    prop_oneof![12 => good, 1 => prop::sample::select(bent)]
}

fn addresses() -> impl Strategy<Value = Json> {
    let address = prop_oneof![
        8 => "[a-z]{1,5}\\.example:[1-9][0-9]{0,3}",
        1 => prop::sample::select(vec!["127.0.0.1:8503", "[::1]:8503", ":9", "a:+9", "a:09"]).prop_map(str::to_owned),
        1 => "[a:\\[\\]/0-9]{0,10}",
    ];
    prop::collection::vec(address, 0..4).prop_map(|addresses| json!(addresses))
}

fn server_name() -> impl Strategy<Value = Json> {
    prop_oneof![
        6 => "server\\.[a-z]{1,4}\\.peering\\.[a-z]{1,4}\\.consul",
        1 => "(server\\.)?[a-z.]{0,4}(\\.peering\\.){0,2}[a-z]{0,3}",
    ]
    .prop_map(|name| json!(name))
}

fn certificates() -> impl Strategy<Value = Json> {
    prop_oneof![3 => Just(json!([CA])), 2 => Just(json!(null)), 1 => Just(json!([CA, CA])), 1 => Just(json!(["x"]))]
}

fn remote() -> impl Strategy<Value = Json> {
    let locality = member(Just(json!({ "Region": "r", "Zone": "z" })));
    (member(Just(json!("dc1"))), member(Just(json!("p"))), locality)
        .prop_map(|(dc, partition, locality)| json!({ "Datacenter": dc, "Partition": partition, "Locality": locality }))
}

/// The content of a token: members may be missing or modified, with keys in another letter case or additional keys.
pub fn body() -> impl Strategy<Value = Json> {
    let id = || member("[a-z0-9-]{0,8}".prop_map(|id| json!(id)));
    let secret = member(prop_oneof![6 => Just(json!(SECRET)), 1 => Just(json!("s")), 1 => Just(json!(""))]);
    let members = (
        member(certificates()),
        member(prop_oneof![2 => Just(json!(null)), 1 => addresses()]),
        member(addresses()),
        member(server_name()),
        id(),
        secret,
        member(remote()),
    );
    let key = "[a-zA-Z_]{0,9}|peerID|PEERID|ca|servername|__proto__";
    (members, prop::collection::vec(0_u8..16, 7), prop::option::weighted(0.3, (key, id()))).prop_map(
        |((ca, manual, automatic, name, id, secret, remote), keys, extra)| {
            let members = [
                ("CA", ca),
                ("ManualServerAddresses", manual),
                ("ServerAddresses", automatic),
                ("ServerName", name),
                ("PeerID", id),
                ("EstablishmentSecret", secret),
                ("Remote", remote),
            ];
            let mut body = serde_json::Map::new();
            for ((key, value), choice) in members.into_iter().zip(keys) {
                match choice {
                    0 => continue,
                    1 => body.insert(key.to_lowercase(), value),
                    _ => body.insert(key.to_owned(), value),
                };
            }
            body.extend(extra);
            Json::Object(body)
        },
    )
}

/// A text with others inserted at random positions.
fn with_insertions(text: String, insertions: Vec<(prop::sample::Index, &'static str)>) -> String {
    insertions.into_iter().fold(text, |mut text, (place, part)| {
        let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        text.insert_str(*place.get(&places), part);
        text
    })
}

fn insertions(
    with_peerings_of: &'static [&'static str],
) -> impl Strategy<Value = Vec<(prop::sample::Index, &'static str)>> {
    prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(with_peerings_of)), 0..4)
}

proptest! {
    #[test]
    fn a_token_is_read_as_consul_reads_it(
        body in body(),
        inside in insertions(&["\n", "\r", "\r\n"]),
        around in prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n"), 1 => Just("\u{2003}\t")],
    ) {
        check(&format!("{around}{}{around}", with_insertions(GO.encode(body.to_string()), inside)));
    }

    #[test]
    fn a_bent_token_is_refused_as_consul_refuses_it(
        body in body(),
        bent in insertions(&["=", " ", "-", "_", "\t", "\u{b}", "é", "A", "\n=", "\0"]),
    ) {
        check(&with_insertions(GO.encode(body.to_string()), bent));
    }

    #[test]
    fn a_token_cut_off_is_refused_as_consul_refuses_it(body in body(), length in any::<prop::sample::Index>()) {
        let whole = GO.encode(body.to_string());
        check(&whole[..length.index(whole.len() + 1)]);
    }

    /// Padding and trailing bits.
    #[test]
    fn short_base64_is_gos(text in "[A-Ea-e0+/=\n\r ]{0,9}") {
        check(&text);
    }

    #[test]
    fn any_text_is_validated(text in any_text()) {
        check_text(&text);
    }

    #[test]
    fn any_bytes_in_a_token_are_validated(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&GO.encode(bytes));
    }
}

/// The properties above would be void if all inputs were refused.
#[test]
fn most_inputs_are_usable() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let drawn = 400;
    let draw = |_| body().new_tree(&mut runner).unwrap().current();
    let usable = (0..drawn).map(draw).filter(|body| consul_token::read(&GO.encode(body.to_string())).is_ok()).count();
    assert!((drawn / 10..drawn * 9 / 10).contains(&usable), "{usable} of {drawn}");
}
