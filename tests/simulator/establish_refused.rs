//! `establish` whose token Consul refuses: its own leftovers are deleted, and others are reported.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::{Changed, LeftoverCode};
use consul_peering::operations::call::Outcome;
use consul_peering::operations::establish::establish;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;

use crate::calls::{OPTIONS, failed};
use crate::stub::{Change, DELETE, ESTABLISH, READ, SPENT, Stub, answer, token};
use crate::stub_host::{StubHost, dialer, establish_now, establish_with, spec_of, state_in, stub_host};

const META: [(&str, &str); 1] = [("team", "a")];
const PENDING: (LeftoverCode, Option<State>) = (LeftoverCode::Exists, Some(State::Pending));

fn spent(host: &StubHost, meta: &[(&str, &str)]) -> Outcome<StubHost, Data> {
    establish_with(host, &token("spent", "us", "us.consul"), meta, OPTIONS)
}

/// Changes the record after Consul has refused the token.
fn after_refusal(host: &StubHost, change: impl Fn(&mut Stub) + 'static) {
    host.on(ESTABLISH, move |stub, sent| {
        let reply = stub.act(sent);
        change(stub);
        reply
    });
}

/// Consul refuses the token without writing anything; meanwhile, another client does this.
fn unwritten(host: &StubHost, change: impl Fn(&mut Stub) + 'static) {
    host.on(ESTABLISH, move |stub, _| (change(stub), answer(403, SPENT)).1);
}

#[test]
fn the_leftover_of_a_first_establish_is_deleted() {
    for (secret, code) in [("spent", Code::TokenSpent), ("unreachable", Code::Unreachable), ("boom", Code::ServerError)]
    {
        let host = StubHost::default();
        let error = failed(establish_with(&host, &token(secret, "us", "us.consul"), &META, OPTIONS), code);
        assert_eq!(host.writes(), [ESTABLISH, DELETE]);
        assert_eq!((host.record(), host.left(&error), &error.peering), (None, vec![], &None));
        assert!(host.reported().contains(&"step: leftover_removed".to_owned()));
        if code == Code::Unreachable {
            assert_eq!(error.reason.matches("1.2.3.4:8503").count(), 1, "each reason once: {}", error.reason);
        }
    }
}

#[test]
fn the_leftover_is_deleted_if_another_client_deleted_the_existing_record_before_the_request_arrived() {
    let host = dialer("PENDING");
    host.on(ESTABLISH, |stub, sent| {
        stub.record = None;
        stub.act(sent)
    });
    let error = failed(spent(&host, &META), Code::TokenSpent);
    assert_eq!(host.writes(), [ESTABLISH, DELETE]);
    assert_eq!((host.record(), host.left(&error)), (None, vec![]));
}

#[test]
fn a_record_that_another_client_has_changed_is_kept_and_reported() {
    let changes: [Change; 3] = [
        |stub| stub.existing().modified += 1,
        |stub| stub.existing().meta = serde_json::json!({ "team": "b" }),
        |stub| stub.existing().peer_id = Some("p2".into()),
    ];
    for change in changes {
        let host = StubHost::default();
        after_refusal(&host, change);
        let error = failed(spent(&host, &META), Code::TokenSpent);
        assert_eq!((host.writes(), host.left(&error)), (vec![ESTABLISH.to_owned()], vec![PENDING]));
        assert_eq!(state_in(&error).as_deref(), Some("PENDING"));
    }
    // While the deletion is rate limited: the other client reports it.
    let host = StubHost::default();
    host.on(DELETE, |stub, _| (stub.existing().modified += 1, answer(429, "")).1);
    let error = failed(spent(&host, &META), Code::TokenSpent);
    assert_eq!((host.writes(), host.left(&error)), (vec![ESTABLISH.to_owned(), DELETE.to_owned()], vec![]));
}

#[test]
fn a_peering_of_another_client_is_not_a_leftover() {
    let cases: [(Change, &[_]); 2] = [
        (|stub| stub.dialer("ACTIVE").peer_id = Some("p2".into()), &[]),
        // With this token: it may be the one of this call.
        (
            |stub| stub.dialer("ACTIVE").meta = serde_json::json!({ "team": "b" }),
            &[(LeftoverCode::Exists, Some(State::Active))],
        ),
    ];
    for (put, left) in cases {
        let host = StubHost::default();
        unwritten(&host, put);
        let error = failed(spent(&host, &META), Code::TokenSpent);
        assert_eq!((host.writes(), &host.left(&error)[..]), (vec![ESTABLISH.to_owned()], left));
        assert_eq!(state_in(&error).as_deref(), Some("ACTIVE"));
    }
    let host = StubHost::default();
    unwritten(&host, |stub| {
        stub.put("PENDING");
    });
    let error = failed(spent(&host, &[]), Code::TokenSpent);
    host.left(&error); // an acceptor is not called a dialer
    assert_eq!(host.writes(), [ESTABLISH]);

    // With another token, and with this one.
    for peer_id in ["p2", "p1"] {
        let host = StubHost::default();
        host.on(ESTABLISH, move |stub, _| {
            stub.dialer("PENDING").peer_id = Some(peer_id.into());
            answer(
                500,
                "failed to write peering: A peering already exists with the name \"us\" and a different ID \"1\"",
            )
        });
        let error = failed(establish_now(&host, OPTIONS), Code::PeerMismatch);
        assert_eq!((host.writes(), host.left(&error)), (vec![ESTABLISH.to_owned()], vec![]));
        assert!(error.peering.as_ref().is_some_and(|peering| peering.get("peer_id").is_text(peer_id)));
    }
}

#[test]
fn an_existing_dialer_is_kept_and_what_has_changed_of_it_is_reported() {
    let changed = stub_host(|stub| stub.dialer("PENDING").peer_id = Some("p0".into()));
    let error = failed(spent(&changed, &META), Code::TokenSpent);
    assert_eq!(changed.left(&error), [(LeftoverCode::Overwritten, Some(State::Pending))]);
    assert_eq!(error.left_behind[0].changed, [Changed::Meta, Changed::PeerId]);

    let unchanged = dialer("PENDING");
    unwritten(&unchanged, |_| {});
    let error = failed(spent(&unchanged, &[]), Code::TokenSpent);
    assert_eq!(unchanged.left(&error), []);
    for host in [changed, unchanged] {
        assert_eq!(host.writes(), [ESTABLISH]);
    }
}

#[test]
fn a_spent_token_succeeds_if_the_peering_is_as_requested() {
    let host = stub_host(|stub| stub.dialer("ACTIVE").meta = serde_json::json!({ "team": "a" }));
    let id = host.record().map(|record| record.id);
    let peering = spent(&host, &META).unwrap_or_else(|_| panic!("it fails"));
    assert!(peering.get("state").is_text("ACTIVE") && peering.get("id").text() == id.as_deref());
    assert_eq!(host.writes(), [ESTABLISH]);
    assert_eq!(host.reported().last().map(String::as_str), Some("step: token_used_before"));

    let second_of_two = StubHost::default();
    unwritten(&second_of_two, |stub| {
        stub.dialer("ACTIVE");
    });
    assert!(spent(&second_of_two, &[]).is_ok());
}

#[test]
fn the_same_call_again_waits_for_the_unfinished_peering_of_the_first() {
    let host = stub_host(|stub| stub.dialer("ESTABLISHING").states = ["ESTABLISHING", "ESTABLISHING", "ACTIVE"].into());
    assert!(spent(&host, &[]).is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
    assert_eq!(host.writes(), [ESTABLISH]);
    let reported = host.reported();
    assert_eq!((&*reported[0], reported.last().map(String::as_str)), ("step: token_used_before", Some("ACTIVE")));
}

#[test]
fn a_refusal_before_any_write_has_no_leftovers_and_no_further_request() {
    for (status, text, code) in [
        (403, "Permission denied: token lacks permission 'peering:write'", Code::PermissionDenied),
        (403, "ACL not found", Code::AclTokenUnknown),
        (403, "Access is restricted", Code::WritesRestricted),
        (500, "cannot write to peering that is marked for deletion", Code::Deleting),
        (500, "there is an existing peering expecting to be dialed", Code::RoleConflict),
        (500, "peering must be enabled to use this endpoint", Code::PeeringDisabled),
        (
            400,
            "Invalid query parameter: \"partition\" - Partitions are a Consul Enterprise feature",
            Code::PartitionUnsupported,
        ),
    ] {
        let host = StubHost::default();
        host.on(ESTABLISH, move |_, _| answer(status, text));
        let error = failed(establish_now(&host, OPTIONS), code);
        assert_eq!(host.log().last().map(String::as_str), Some(ESTABLISH), "{text}");
        assert_eq!((host.left(&error), error.status), (vec![], Some(status)));
    }
}

#[test]
fn a_leftover_that_cannot_be_deleted_or_read_is_reported_with_the_refusal() {
    let undeletable = StubHost::default();
    undeletable.on(DELETE, |_, _| answer(500, "boom"));
    let error = failed(spent(&undeletable, &[]), Code::TokenSpent);
    assert_eq!((undeletable.left(&error), state_in(&error).as_deref()), (vec![PENDING], Some("PENDING")));

    // From which read on they fail, and the writes until then.
    for (fails, writes, left) in [
        (3, vec![ESTABLISH, DELETE], (LeftoverCode::Deleting, Some(State::Deleting))),
        (2, vec![ESTABLISH], (LeftoverCode::EstablishUnread, None)),
    ] {
        let host = StubHost::default();
        host.on(READ, move |stub, sent| if sent.n < fails { stub.act(sent) } else { answer(500, "boom") });
        let error = failed(spent(&host, &[]), Code::TokenSpent);
        assert_eq!(
            (host.writes(), host.left(&error)),
            (writes.iter().map(|&write| write.into()).collect(), vec![left])
        );
    }
}

#[test]
fn the_peering_of_an_unfinished_equal_call_is_reported_however_this_one_ends() {
    for (fails, timeout, code, took) in [
        (usize::MAX, 600.0, Code::Timeout, 600..601),
        (3, 60_000.0, Code::TokenSpent, 0..1_000),
        (usize::MAX, 60_000.0, Code::TokenSpent, 5_000..5_500),
    ] {
        let host = StubHost::default();
        after_refusal(&host, |stub| stub.existing().modified += 1); // the equal call wrote too
        host.on(READ, move |stub, sent| if sent.n < fails { stub.act(sent) } else { answer(500, "boom") });
        let spec = spec_of(&host, &token("spent", "us", "us.consul"), &[]);
        let timeout = Duration::ms(timeout);
        let outcome = host.run(host.call(timeout, None, async |client| establish(client, &spec, OPTIONS).await));
        let error = failed(outcome, code);
        assert_eq!((host.left(&error), host.writes()), (vec![PENDING], vec![ESTABLISH.to_owned()]));
        assert!(took.contains(&host.now().as_millis()), "{:?}", host.now());
    }
}
