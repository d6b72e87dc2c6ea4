//! `establish` up to its write: the requests, what is refused before anything is sent, and `replace`.

use consul_peering::consul::code::Code;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::operations::{generate, remove};
use consul_peering::simulator::host::Data;

use crate::calls::{OPTIONS, TIMEOUT, failed, peer_name, token_spec};
use crate::stub::{Change, DATACENTERS, DELETE, ESTABLISH, READ, ROOTS, Record, Reply, Stub, answer, token};
use crate::stub_host::{StubHost, acceptor, establish_now, establish_with, spec_of, state_in, stub_host};

const REPLACE: EstablishOptions = EstablishOptions { wait: true, replace: true };

fn establish_in(host: &StubHost, datacenter: &str) -> Outcome<StubHost, Data> {
    let spec = spec_of(host, &token("good", "us", "us.consul"), &[]);
    host.run(host.call(TIMEOUT, Some(datacenter), async |client| establish(client, &spec, OPTIONS).await))
}

/// The state of the error's peering. Checks that nothing was sent, changed or reported as left behind.
fn refused(host: &StubHost, outcome: Outcome<StubHost, Data>, before: Option<Record>, code: Code) -> Option<String> {
    let error = failed(outcome, code);
    assert_eq!((host.writes(), host.left(&error), host.record()), (vec![], vec![], before));
    state_in(&error)
}

#[test]
fn establish_reads_the_peering_and_the_identity_at_once_sends_once_and_polls_until_active() {
    let host = StubHost::default();
    let token = token("good", "us", "us.consul");
    let peering = establish_with(&host, &token, &[("team", "a")], OPTIONS).unwrap_or_else(|_| panic!("it fails"));
    let (log, times) = (host.log(), host.times());
    let mut first = log[..3].to_vec();
    first.sort();
    assert_eq!(first, [DATACENTERS, ROOTS, READ]);
    assert!(times[..3].iter().all(|at| *at == times[0]), "{times:?}");
    assert_eq!(log[3..], [ESTABLISH, READ, READ]);
    assert!(peering.get("state").is_text("ACTIVE") && peering.get("meta").get("team").is_text("a"), "{peering:?}");
    assert_eq!(host.reported(), ["step: token_accepted", "ESTABLISHING", "ACTIVE"]);
}

#[test]
fn the_clusters_own_token_is_refused_by_datacenter_and_trust_domain_or_left_to_consul() {
    let own = token("good", "eu", "eu.consul");
    for options in [OPTIONS, REPLACE] {
        let host = StubHost::default();
        let outcome = establish_with(&host, &own, &[], options);
        refused(&host, outcome, None, Code::SameCluster);
    }
    let error = failed(establish_with(&StubHost::default(), &own, &[], OPTIONS), Code::SameCluster);
    assert!(error.hint().ends_with("Export between partitions without peering: see exported-services."));
    let federated = token("good", "us", "eu.consul");
    assert!(establish_with(&StubHost::default(), &federated, &[], OPTIONS).is_ok());
    for unreadable in [ROOTS, DATACENTERS] {
        let host = StubHost::default();
        host.on(unreadable, |_, _| answer(403, "Permission denied: anonymous token lacks permission"));
        host.on(ESTABLISH, |_, _| answer(500, "cannot create a peering within the same cluster \"eu\""));
        failed(establish_with(&host, &own, &[], OPTIONS), Code::SameCluster);
        assert_eq!(host.writes(), [ESTABLISH]);
    }
}

#[test]
fn a_refused_peering_is_in_the_error_and_nothing_is_sent() {
    let of_another: Change = |stub| stub.dialer("FAILING").server_name = Some("server.ap.peering.ap.consul".into());
    let of_another_record: Change = |stub| stub.dialer("ACTIVE").peer_id = Some("p2".into());
    let cases: [(Change, EstablishOptions, Code, &str); 5] = [
        (
            |stub| {
                stub.put("PENDING");
            },
            OPTIONS,
            Code::RoleConflict,
            "PENDING",
        ),
        (of_another, OPTIONS, Code::PeerMismatch, "FAILING"),
        (of_another_record, OPTIONS, Code::PeerMismatch, "ACTIVE"),
        (of_another_record, REPLACE, Code::PeerMismatch, "ACTIVE"),
        (|stub| stub.dialer("ACTIVE").is_deleted = true, OPTIONS, Code::Deleting, "DELETING"),
    ];
    for (put, options, code, state) in cases {
        let host = stub_host(|stub| (put(stub), stub.lingers = u32::MAX).0);
        let before = host.record();
        let outcome = establish_now(&host, options);
        assert_eq!(refused(&host, outcome, before, code).as_deref(), Some(state), "{code:?}");
    }
}

#[test]
fn a_write_needs_the_datacenter_that_it_names() {
    let host = StubHost::default();
    let error = failed(establish_in(&host, "us"), Code::WrongDatacenter);
    assert!(error.reason.contains("eu"), "{}", error.reason);
    assert!(establish_in(&StubHost::default(), "EU").is_ok(), "in any letter case");
    for unknown in [answer(403, "no"), answer(200, "[]"), answer(200, "<html>"), Reply::Reset, Reply::Never] {
        let host = StubHost::default();
        host.on(DATACENTERS, move |_, _| unknown.clone());
        failed(establish_in(&host, "eu"), Code::WrongDatacenter);
        let removed =
            host.call(TIMEOUT, Some("eu"), async |client| remove::remove(client, &peer_name("us"), true).await);
        failed(host.run(removed), Code::WrongDatacenter);
        let spec = token_spec("us");
        let generated = host.call(TIMEOUT, Some("eu"), async |client| generate::generate(client, &spec, false).await);
        failed(host.run(generated), Code::WrongDatacenter);
        assert!(host.writes().is_empty());
    }
}

#[test]
fn nothing_is_sent_without_connect_or_if_the_peering_cannot_be_read() {
    for (path, text, code) in [
        (ROOTS, "Connect must be enabled in order to use this endpoint", Code::ConnectDisabled),
        (READ, "boom", Code::ServerError),
    ] {
        let host = StubHost::default();
        host.on(path, |_, _| answer(500, text));
        let outcome = establish_now(&host, OPTIONS);
        refused(&host, outcome, None, code);
    }
}

#[test]
fn a_dialer_of_the_same_cluster_is_repaired_in_place() {
    for state in ["PENDING", "FAILING", "TERMINATED", "ACTIVE", "ESTABLISHING"] {
        for options in [OPTIONS, REPLACE] {
            let host = stub_host(|stub| {
                let peer_id = if state == "ACTIVE" { "p1" } else { "p0" };
                stub.dialer(state).peer_id = Some(peer_id.into());
            });
            let id = host.record().map(|record| record.id);
            let peering = establish_now(&host, options).unwrap_or_else(|_| panic!("{state}: it fails"));
            assert_eq!(peering.get("id").text(), id.as_deref());
            assert!(peering.get("state").is_text("ACTIVE") && peering.get("peer_id").is_text("p1"));
            assert_eq!(host.writes(), [ESTABLISH], "{state}: nothing is deleted");
        }
    }
}

#[test]
fn replace_deletes_and_recreates_and_reports_both() {
    let acceptor = |stub: &mut Stub| {
        stub.put("PENDING");
    };
    let of_another = |stub: &mut Stub| stub.dialer("ACTIVE").server_name = Some("server.ap.peering.ap.consul".into());
    for put in [&acceptor as &dyn Fn(&mut Stub), &of_another] {
        let host = stub_host(|stub| (put(stub), stub.lingers = 3).0);
        let id = host.record().map(|record| record.id);
        let peering = establish_now(&host, REPLACE).unwrap_or_else(|_| panic!("it fails"));
        assert_ne!(peering.get("id").text(), id.as_deref());
        assert_eq!(host.writes(), [DELETE, ESTABLISH]);
        let log = host.log();
        let reads = log.iter().skip_while(|call| *call != DELETE).take_while(|call| *call != ESTABLISH).count() - 1;
        assert!(reads > 3, "it polls until it is gone: {log:?}");
        assert_eq!(host.reported()[..3], ["step: replacing", "DELETING", "gone"]);
    }
}

#[test]
fn replace_does_not_delete_a_deleting_peering_again() {
    let host = stub_host(|stub| {
        stub.lingers = 3;
        stub.put("PENDING").is_deleted = true;
    });
    assert!(establish_now(&host, REPLACE).is_ok());
    assert_eq!(host.writes(), [ESTABLISH]);
    assert_eq!(host.reported()[0], "step: waiting_until_gone");
}

#[test]
fn replace_checks_a_peering_that_was_created_meanwhile() {
    let host = acceptor("PENDING");
    host.on(DELETE, |stub, _| (stub.dialer("ACTIVE").peer_id = Some("p2".into()), answer(200, "")).1);
    let error = failed(establish_now(&host, REPLACE), Code::PeerMismatch);
    assert_eq!(host.writes(), [DELETE]);
    host.left(&error);
}

#[test]
fn replace_ends_with_a_refused_deletion() {
    let host = acceptor("PENDING");
    let before = host.record();
    host.on(DELETE, |_, _| answer(403, "Permission denied: token lacks permission 'peering:write'"));
    let error = failed(establish_now(&host, REPLACE), Code::PermissionDenied);
    assert_eq!((host.writes(), host.left(&error), host.record()), (vec![DELETE.to_owned()], vec![], before));
}
