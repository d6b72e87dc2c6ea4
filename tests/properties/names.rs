//! Names, meta, addresses and headers around their limits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::invariants::names::{check_address, check_header, check_meta, check_peer_name};
use super::text::any_text;

/// Nearly a name: with other characters, and lengths around 63.
fn near_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9-]{0,4}",
        4 => "[a-z0-9]{60,64}-?",
        2 => "[a-z0-9-]{0,30}[A-Z._ é\n]?[a-z0-9-]{0,30}",
        1 => "-?(token|establish)s?-?",
        1 => any_text(),
    ]
}

fn near_key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9_-]{0,8}",
        2 => "(consul|Consul|consul_|consu)-?[a-z]{0,3}",
        1 => "[a-zA-Z0-9_-]{126,130}",
        1 => "__proto__|constructor|toString|hasOwnProperty",
        1 => any_text(),
    ]
}

fn near_value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{0,8}",
        1 => "[a-z]{510,514}",
        1 => "é{255,257}",
        1 => any_text(),
    ]
}

/// Around the limit of 64 pairs, and few.
fn near_meta() -> impl Strategy<Value = BTreeMap<String, String>> {
    let many = prop::collection::btree_map("[a-z0-9]{12}", ".{0,3}", 62..67);
    prop_oneof![3 => prop::collection::btree_map(near_key(), near_value(), 0..5), 1 => many]
}

pub fn near_address() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        4 => "[a-z0-9.-]{0,12}",
        2 => "\\[[0-9a-f:]{0,12}\\]",
        1 => "[0-9a-f:]{1,12}",
        1 => "(https?://)?[a-z]{1,5}",
        2 => "[a:\\[\\]]{0,6}",
        1 => any_text(),
    ];
    let port = prop_oneof![
        4 => "[+-]?0{0,3}[0-9]{1,5}",
        2 => (65_530_u32..65_540).prop_map(|port| port.to_string()),
        1 => "[0-9]{17,24}|0{20,40}[1-9]",
        1 => "[:\\[\\] 0-9a+-]{0,4}",
        1 => any_text(),
    ];
    (host, prop_oneof![8 => Just(":"), 1 => Just("")], port).prop_map(|(host, colon, port)| host + colon + &port)
}

proptest! {
    #[test]
    fn a_name_is_refused_where_consul_refuses_it(name in near_name()) {
        check_peer_name(&name);
    }

    #[test]
    fn meta_is_refused_where_consul_refuses_it(meta in near_meta()) {
        check_meta(&meta.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn an_address_is_refused_where_consul_refuses_it(address in near_address()) {
        check_address(&address);
    }

    #[test]
    fn headers_have_their_characters(text in prop_oneof!["[!-~]{0,3}[ -~]?", "[ -~\t]{0,6}", "[\\x00-\\xff]{0,3}"]) {
        check_header(&text);
    }
}
