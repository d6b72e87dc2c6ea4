//! `generateToken`: what it sends over an existing peering, and what it reports after a refusal or a lost response.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::generate::generate;
use consul_peering::rules::duration::Duration;
use consul_peering::rules::secret::Secret;
use consul_peering::rules::spec::{self, TokenSpec};
use consul_peering::rules::value::{self, Value};
use consul_peering::simulator::host::Data;

use crate::calls::failed;
use crate::stub::{Change, DELETE, GENERATE, READ, Reply, answer};
use crate::stub_host::{StubHost, acceptor, stub_host, while_changing};

type Meta<'a> = Option<&'a [(&'a str, &'a str)]>;

fn token_spec(meta: Meta<'_>) -> TokenSpec {
    let meta = meta.map_or(Value::Null, |meta| value::object(meta.iter().map(|(key, text)| (*key, (*text).into()))));
    spec::token(&Data::object([("peer_name", "us".into()), ("meta", meta)])).spec.expect("a valid spec")
}

fn generate_with(host: &StubHost, meta: Meta<'_>, replace: bool) -> Outcome<StubHost, Secret> {
    let spec = token_spec(meta);
    host.perform(async |client| generate(client, &spec, replace).await.map(|generated| generated.token))
}

fn generate_now(host: &StubHost) -> Outcome<StubHost, Secret> {
    generate_with(host, None, false)
}

#[test]
fn generate_token_reads_first_and_then_writes() {
    let host = StubHost::default();
    assert!(generate_with(&host, Some(&[("a", "1")]), false).is_ok());
    assert_eq!(host.log(), [READ, "GET /v1/config/mesh/mesh", GENERATE]);
    assert_eq!(host.record().expect("an acceptor").meta, serde_json::json!({ "a": "1" }));
}

#[test]
fn the_meta_of_an_existing_acceptor_is_fixed_and_an_older_token_is_reported() {
    for (state, notes) in [("PENDING", 1), ("ACTIVE", 0), ("FAILING", 0)] {
        let acceptor = || stub_host(|stub| stub.put(state).meta = serde_json::json!({ "a": "1" }));
        for meta in [None, Some(&[("a", "1")][..])] {
            let host = acceptor();
            assert!(generate_with(&host, meta, false).is_ok());
            let noted = host.reported().iter().filter(|event| *event == "step: invalidates_unused_token").count();
            assert_eq!(noted, notes, "{state}");
        }
        for meta in [&[][..], &[("a", "2")], &[("a", "1"), ("b", "1")]] {
            let host = acceptor();
            let error = failed(generate_with(&host, Some(meta), false), Code::MetaFixed);
            assert!(error.peering.as_ref().is_some_and(|peering| peering.get("meta").get("a").is_text("1")));
            assert!(host.writes().is_empty());
        }
    }
}

#[test]
fn an_unusable_peering_is_refused_or_replaced() {
    let cases: [(Change, Code); 2] = [
        (
            |stub| {
                stub.dialer("ACTIVE");
            },
            Code::RoleConflict,
        ),
        (|stub| stub.put("TERMINATED").meta = serde_json::json!({ "a": "1" }), Code::Terminated),
    ];
    for (put, code) in cases {
        let host = stub_host(put);
        let before = host.record();
        let error = failed(generate_now(&host), code);
        assert_eq!((host.writes(), host.left(&error), host.record()), (vec![], vec![], before.clone()));
        assert!(error.peering.is_some());
        assert!(generate_with(&host, Some(&[("b", "2")]), true).is_ok());
        assert_eq!(host.writes(), [DELETE, GENERATE]);
        assert_eq!(host.reported()[0], "step: replacing");
        assert_ne!(host.record().map(|now| now.id), before.map(|before| before.id));
    }
}

#[test]
fn generate_token_waits_until_a_deleting_peering_is_gone() {
    let puts: [Change; 2] =
        [|stub| stub.put("PENDING").is_deleted = true, |stub| stub.dialer("ACTIVE").is_deleted = true];
    for put in puts {
        let host = stub_host(|stub| (put(stub), stub.lingers = 3).0);
        assert!(generate_now(&host).is_ok());
        assert_eq!(host.writes(), [GENERATE]);
        assert!(host.log().iter().filter(|call| *call == READ).count() > 3);
    }
}

const LOST: (LeftoverCode, Option<State>) = (LeftoverCode::TokenLost, Some(State::Pending));

#[test]
fn an_acceptor_whose_token_was_refused_or_lost_is_reported() {
    for (reply, code) in [(answer(500, "no gRPC port"), Code::ServerError), (Reply::Reset, Code::Network)] {
        let host = StubHost::default();
        host.on(GENERATE, move |stub, sent| (stub.act(sent), reply.clone()).1);
        let error = failed(generate_now(&host), code);
        assert_eq!(host.left(&error), [LOST]);
        assert_eq!(host.writes(), [GENERATE], "sent once");
    }
    let nothing = StubHost::default();
    nothing.on(GENERATE, |_, _| answer(500, "boom"));
    assert!(nothing.left(&failed(generate_now(&nothing), Code::ServerError)).is_empty());
}

#[test]
fn a_lost_response_reports_what_may_exist() {
    const UNANSWERED: [(LeftoverCode, Option<State>); 1] = [(LeftoverCode::TokenUnanswered, None)];
    let existing = acceptor("ACTIVE");
    existing.on(GENERATE, |_, _| Reply::Reset);
    assert_eq!(existing.left(&failed(generate_now(&existing), Code::Network)), UNANSWERED);

    let unread = StubHost::default();
    unread.on(GENERATE, |_, _| Reply::Reset);
    unread.on(READ, |stub, sent| if sent.n < 2 { stub.act(sent) } else { answer(500, "boom") });
    assert_eq!(unread.left(&failed(generate_now(&unread), Code::Network)), UNANSWERED);

    // Consul is still processing it.
    let late = StubHost::default();
    late.on(GENERATE, |_, _| answer(504, ""));
    let spec = token_spec(None);
    let call = late.call(Duration::ms(60_000.0), None, async |client| generate(client, &spec, false).await);
    let outcome = late.run(while_changing(&late, call, 200, |stub| {
        stub.put("PENDING");
    }));
    assert_eq!(late.left(&failed(outcome, Code::ServerError)).len(), 1, "an acceptor will exist");

    for text in ["<html>", "{}", r#"{"PeeringToken":""}"#, r#"{"PeeringToken":"ey"#] {
        let host = acceptor("PENDING");
        host.on(GENERATE, move |_, _| answer(200, text));
        let error = failed(generate_now(&host), Code::UnexpectedAnswer);
        assert_eq!(host.left(&error), UNANSWERED, "an older token may be invalid: {text}");
    }
}

#[test]
fn the_peering_of_another_client_is_not_a_leftover_of_a_refused_token() {
    let cases: [(Change, &str, Code); 2] = [
        (
            |stub| {
                stub.dialer("ACTIVE");
            },
            "there is already an established peering",
            Code::RoleConflict,
        ),
        (
            |stub| {
                stub.put("ACTIVE");
            },
            "Permission denied: token lacks permission",
            Code::PermissionDenied,
        ),
    ];
    for (put, text, code) in cases {
        let host = StubHost::default();
        host.on(GENERATE, move |stub, _| (put(stub), answer(500, text)).1);
        let error = failed(generate_now(&host), code);
        assert!(host.left(&error).is_empty());
    }
}

#[test]
fn settings_of_the_servers_are_refused_after_the_acceptor_was_written() {
    for (text, setting) in [
        (
            "servers are configured to PeerThroughMeshGateways, but no mesh gateway instances are registered",
            "PeerThroughMeshGateways",
        ),
        ("a grpc bind port must be specified in the configuration for all servers", "ports { grpc_tls = 8503 }"),
        ("TLS for gRPC must be enabled when generating peering tokens", "ports { grpc_tls = 8503 }"),
    ] {
        let host = StubHost::default();
        host.on(GENERATE, move |stub, sent| (stub.act(sent), answer(500, text)).1);
        let error = failed(generate_now(&host), Code::ServerMisconfigured);
        assert_eq!((error.retryable, error.status), (false, Some(500)));
        assert!(error.hint().contains(setting), "{}", error.hint());
        assert_eq!((host.left(&error), host.writes()), (vec![LOST], vec![GENERATE.to_owned()]));

        let existing = acceptor("PENDING");
        existing.on(GENERATE, move |_, _| answer(500, text));
        let error = failed(generate_now(&existing), Code::ServerMisconfigured);
        assert_eq!(existing.left(&error), [(LeftoverCode::SecretReplaced, None)], "an older token may be invalid");
    }
}

#[test]
fn a_mesh_gateway_that_the_acl_token_may_not_read_is_not_missing() {
    for (services, is_missing) in [(answer(200, "{}"), true), (Reply::Filtered("{}"), false)] {
        let host = StubHost::default();
        host.on("GET /v1/config/mesh/mesh", |_, _| answer(200, r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
        host.on("GET /v1/catalog/services", move |_, _| services.clone());
        let code = generate_now(&host).err().map(|error| error.code);
        assert_eq!(code, is_missing.then_some(Code::ServerMisconfigured));
    }
}
