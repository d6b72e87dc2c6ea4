//! The options of a world, its seed and its time, and requests that no recording has.

use std::time::Duration;

use consul_peering::simulator::{
    Access, AclOptions, AclRules, ClusterOptions, InvalidOption, Options, Outcome, Request, World,
};
use serde_json::{Value as Json, json};

use crate::client::{Client, content, ms, token_of};

fn one(options: ClusterOptions) -> Client {
    Client::new(&Options { clusters: vec![options], ..Options::named(&[]) }).unwrap()
}

#[test]
fn refuses_invalid_options() {
    let cluster = |version: &str| ClusterOptions { version: version.into(), ..ClusterOptions::named("eu") };
    let options = |clusters| Options { clusters, ..Options::named(&[]) };
    let cases = [
        (options(vec![]), InvalidOption::NoCluster),
        (Options::named(&["eu", "eu"]), InvalidOption::NameTwice("eu".into())),
        (options(vec![cluster("1.12.9")]), InvalidOption::Version("1.12.9".into())),
        (Options { speed: 0.0, ..Options::named(&["eu"]) }, InvalidOption::Speed),
        (Options { speed: f64::NAN, ..Options::named(&["eu"]) }, InvalidOption::Speed),
    ];
    for (options, invalid) in cases {
        assert_eq!(World::new(&options).unwrap_err(), invalid);
    }
    let version = InvalidOption::Version("newest".into()).to_string();
    assert!(version.starts_with("version must be a Consul version from 1.13 on, such as \"1."), "{version}");
    assert!(version.ends_with("not \"newest\""), "{version}");
    let mut world = World::new(&Options::named(&["eu"])).unwrap();
    assert_eq!(world.restart("ap", ms(1)).unwrap_err().to_string(), "There is no cluster \"ap\".");
}

#[test]
fn a_deletion_needs_an_acl_token_with_write_permission() {
    let rules = AclRules { peering: Some(Access::Read), ..AclRules::default() };
    let acl = AclOptions { default_allow: true, tokens: vec![("reader".into(), rules)], management: None };
    let mut client = one(ClusterOptions { acl: Some(acl), ..ClusterOptions::named("eu") });
    let management = client.world.management_token("eu").unwrap().to_owned();
    let delete = Request::new("DELETE", "/v1/peering/x");
    for (token, status) in [(management.as_str(), 200), ("", 200), ("reader", 403), ("unknown", 403)] {
        let request = delete.clone().with_header("X-Consul-Token", token);
        assert_eq!(client.ask("eu", request).status, status, "{token}");
    }
}

#[test]
fn a_given_management_token_is_the_one_in_effect() {
    let acl = AclOptions { management: Some("given".into()), ..AclOptions::default() };
    let mut client = one(ClusterOptions { acl: Some(acl), ..ClusterOptions::named("eu") });
    assert_eq!(client.world.management_token("eu"), Some("given"));
    let list = Request::new("GET", "/v1/peerings").with_header("X-Consul-Token", "given");
    assert_eq!(client.ask("eu", list).status, 200);
    assert_eq!(client.status("eu", "DELETE", "/v1/peering/x"), 403);
}

#[test]
fn a_federation_has_one_trust_domain_and_several_datacenters() {
    let mut client = one(ClusterOptions {
        datacenter: Some("dc1".into()),
        other_datacenters: vec!["dc2".into()],
        trust_domain: Some("t.consul".into()),
        ..ClusterOptions::named("eu")
    });
    assert_eq!(client.get("eu", "/v1/catalog/datacenters"), json!(["dc1", "dc2"]));
    assert_eq!(client.get("eu", "/v1/connect/ca/roots")["TrustDomain"], "t.consul");
}

/// The events of one seed, without certificates.
fn life(seed: u32) -> Json {
    let mut client = Client::new(&Options { seed, ..Options::named(&["eu", "us"]) }).unwrap();
    let token = client.token("us", "eu");
    client.establish("eu", "us", &token);
    client.advance(ms(20_000));
    json!([content(&token), client.read("eu", "us"), client.read("us", "eu")])
}

#[test]
fn the_same_seed_makes_the_same_world() {
    assert_eq!(life(5), life(5));
    let [some, others] = [life(5), life(6)];
    assert_ne!(some[0]["EstablishmentSecret"], others[0]["EstablishmentSecret"]);
    assert_ne!(some[1]["ID"], others[1]["ID"]);
    assert_ne!(some[0]["CA"], others[0]["CA"]);
}

#[test]
fn speed_accelerates_consul_but_not_a_callers_waits() {
    for (speed, pace) in [(1.0, 1_000), (100.0, 10)] {
        let off = ClusterOptions { peering: false, ..ClusterOptions::named("off") };
        let clusters = vec![ClusterOptions::named("eu"), off];
        let mut client = Client::new(&Options { clusters, speed, ..Options::named(&[]) }).unwrap();
        let mut duration = |act: &mut dyn FnMut(&mut Client)| {
            let began = client.now;
            act(&mut client);
            client.now - began
        };
        let denied = duration(&mut |client| drop(client.ask("off", Request::new("GET", "/v1/peerings"))));
        let token = token_of(&json!({ "ServerAddresses": ["127.0.0.1:1"], "PeerID": "1", "EstablishmentSecret": "2" }));
        let nowhere = duration(&mut |client| drop(client.establish("eu", "us", &token)));
        let waited = duration(&mut |client| drop(client.get("eu", "/v1/peerings?index=99&wait=10s")));
        assert!((ms(10 * pace)..ms(14 * pace)).contains(&denied), "{denied:?}");
        assert!((ms(3 * pace)..ms(33 * pace / 10)).contains(&nowhere), "{nowhere:?}");
        assert!((ms(10_000)..=ms(10_625)).contains(&waited), "{waited:?}");
    }
}

#[test]
fn a_leader_with_much_to_do_syncs_every_five_seconds() {
    let mut client = Client::named(&["eu", "us"]);
    let took: Vec<Duration> = (0..6)
        .map(|round| {
            let token = client.token("us", &format!("eu-{round}"));
            client.establish("eu", &format!("us-{round}"), &token);
            let began = client.now;
            while client.state("eu", &format!("us-{round}")) != "ACTIVE" {
                client.onward(ms(1));
            }
            client.now - began
        })
        .collect();
    assert!(took[0] < ms(100), "{took:?}");
    let slowest = *took.iter().max().unwrap();
    assert!((ms(4_000)..ms(5_100)).contains(&slowest), "{took:?}");
}

#[test]
fn bodies_that_are_deep_or_large() {
    let mut client = Client::named(&["eu"]);
    let mut post = |body: String| {
        let response = client.ask("eu", Request::new("POST", "/v1/peering/token").with_body(body));
        (response.status, response.body)
    };
    let exceeded = "Body decoding failed: invalid character '[' exceeded max depth".to_owned();
    assert_eq!(post("[".repeat(1_000_000)), (400, exceeded));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let kind = "json: cannot unmarshal array into Go value of type api.PeeringGenerateTokenRequest";
    assert_eq!(post(deep), (400, format!("Body decoding failed: {kind}")));
    for (mb, text) in [(4, "grpc: received"), (8, "trying to send")] {
        let size = mb * 1024 * 1024;
        let large = format!("{text} message larger than max ({} vs. {size})", size + 5);
        assert_eq!(post(json!({ "PeerName": "x".repeat(size) }).to_string()), (429, large));
    }
}

#[test]
fn unknown_fields_and_fields_of_another_type() {
    let mut client = Client::named(&["eu"]);
    let mut post = |body: &str| client.ask("eu", Request::new("POST", "/v1/peering/token").with_body(body)).body;
    let cases = [
        ("", "EOF"),
        ("{", "unexpected EOF"),
        (r#"{"a":1}"#, r#"json: unknown field "a""#),
        (
            r#"{"peername":1}"#,
            "json: cannot unmarshal number into Go struct field PeeringGenerateTokenRequest.PeerName of type string",
        ),
        (
            r#"{"Meta":{"a":true}}"#,
            "json: cannot unmarshal bool into Go struct field PeeringGenerateTokenRequest.Meta of type string",
        ),
        (
            r#"{"ServerExternalAddresses":{}}"#,
            "json: cannot unmarshal object into Go struct field \
             PeeringGenerateTokenRequest.ServerExternalAddresses of type []string",
        ),
        ("nul", "unexpected EOF"),
        ("nil", "invalid character 'i' in literal null (expecting 'u')"),
        (r#"{"a":01}"#, "invalid character '1' after object key:value pair"),
        (r#"{"a":"\x"}"#, "invalid character 'x' in string escape code"),
        ("{'a':1}", r"invalid character '\'' looking for beginning of object key string"),
        ("\u{e4}", "invalid character 'Ã' looking for beginning of value"),
    ];
    for (body, error) in cases {
        assert_eq!(post(body), format!("Body decoding failed: {error}"), "{body}");
    }
}

#[test]
fn escapes_in_texts() {
    let mut client = Client::named(&["eu"]);
    let body = r#"{"PeerName":"a","Meta":{"a":"\ud83d\ude00 \ud83d x \u00e4<\/"}}"#;
    assert_eq!(client.ask("eu", Request::new("POST", "/v1/peering/token").with_body(body)).status, 200);
    let response = client.ask("eu", Request::new("GET", "/v1/peering/a"));
    assert!(response.body.contains("\"a\": \"\u{1f600} \u{fffd} x ä\\u003c/\""), "{}", response.body);
}

#[test]
fn of_concurrent_tokens_for_a_new_peering_one_is_valid() {
    let mut client = Client::named(&["eu", "us"]);
    let request = || Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"eu"}"#);
    let sent = [(); 3].map(|()| client.send("us", request()));
    let tokens = sent.map(|sent| {
        let Some(Outcome::Answered(response)) = client.settle(sent, ms(1_000)) else { panic!("no response") };
        let answer: Json = serde_json::from_str(&response.body).unwrap();
        answer["PeeringToken"].as_str().unwrap().to_owned()
    });
    let mut statuses: Vec<u16> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        statuses.push(client.establish("eu", &format!("us-{index}"), token).status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403, 403]);
}
