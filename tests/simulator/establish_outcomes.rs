//! `establish` whose response is lost, or whose token was accepted: what it waits for, and how it ends otherwise.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;

use crate::calls::{OPTIONS, failed};
use crate::client::ms;
use crate::stub::{Change, ESTABLISH, READ, ROOTS, Reply, Sent, Stub, answer, token};
use crate::stub_host::{StubHost, dialer, establish_now, establish_with, spec_of, state_in, stub_host, while_changing};

const META: [(&str, &str); 1] = [("a", "1")];

fn establish_within(host: &StubHost, timeout: f64) -> Outcome<StubHost, Data> {
    let spec = spec_of(host, &token("good", "us", "us.consul"), &[]);
    host.run(host.call(Duration::ms(timeout), None, async |client| establish(client, &spec, OPTIONS).await))
}

#[test]
fn a_lost_response_after_consul_has_acted_continues() {
    let leader_lost = answer(500, "leadership lost while committing log");
    for lost in [Reply::Reset, answer(502, ""), answer(504, "<html>"), answer(200, "no JSON"), leader_lost] {
        let host = StubHost::default();
        host.on(ESTABLISH, move |stub, sent| (stub.act(sent), lost.clone()).1);
        let outcome = establish_with(&host, &token("good", "us", "us.consul"), &META, OPTIONS);
        assert!(outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
        assert_eq!(host.writes(), [ESTABLISH]);
    }
    // However long it takes until it is ACTIVE.
    let slow = stub_host(|stub| stub.settles = &["ESTABLISHING"]);
    slow.on(ESTABLISH, |stub, sent| (stub.act(sent), Reply::Reset).1);
    let spec = spec_of(&slow, &token("good", "us", "us.consul"), &META);
    let call = slow.call(Duration::ms(60_000.0), None, async |client| establish(client, &spec, OPTIONS).await);
    let outcome = slow.run(while_changing(&slow, call, 20_000, |stub| stub.existing().state = "ACTIVE"));
    assert!(outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
}

#[test]
fn a_lost_response_before_consul_has_acted_fails_without_leftovers() {
    for (lost, code) in [(Reply::Reset, Code::Network), (answer(502, ""), Code::ServerError)] {
        for put in [None, Some("TERMINATED")] {
            let host = put.map_or_else(StubHost::default, dialer);
            let before = host.record();
            let lost = lost.clone();
            host.on(ESTABLISH, move |_, _| lost.clone());
            let error = failed(establish_now(&host, OPTIONS), code);
            assert_eq!((host.writes(), host.left(&error)), (vec![ESTABLISH.to_owned()], vec![]));
            assert_eq!((state_in(&error).as_deref(), host.record()), (put, before));
            assert!((ms(500)..ms(1_000)).contains(&host.now()), "{:?}", host.now());
        }
    }
}

#[test]
fn a_lost_response_on_which_consul_acts_late_continues() {
    let late = StubHost::default();
    late.on(ESTABLISH, |_, _| Reply::Reset);
    let spec = spec_of(&late, &token("good", "us", "us.consul"), &[]);
    let call = late.call(Duration::ms(60_000.0), None, async |client| establish(client, &spec, OPTIONS).await);
    let outcome = late.run(while_changing(&late, call, 300, |stub| {
        stub.dialer("ACTIVE");
    }));
    assert!(outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));

    let slow = StubHost::default();
    slow.on(ESTABLISH, |stub, _| (stub.dialer("PENDING").id.clone(), Reply::Reset).1);
    let call = slow.call(Duration::ms(60_000.0), None, async |client| establish(client, &spec, OPTIONS).await);
    let outcome = slow.run(while_changing(&slow, call, 1_500, |stub| {
        stub.dialer("ACTIVE");
    }));
    assert!(outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
}

#[test]
fn a_lost_response_to_a_refusal_reports_the_record_after_five_seconds() {
    for (existing, left) in [(None, LeftoverCode::Exists), (Some("PENDING"), LeftoverCode::Overwritten)] {
        let host = existing.map_or_else(StubHost::default, dialer);
        host.on(ESTABLISH, |stub, sent| (stub.act(sent), Reply::Reset).1);
        let error = failed(establish_with(&host, &token("spent", "us", "us.consul"), &META, OPTIONS), Code::Network);
        assert_eq!(
            (host.writes(), host.left(&error)),
            (vec![ESTABLISH.to_owned()], vec![(left, Some(State::Pending))])
        );
        assert!((ms(5_000)..ms(6_000)).contains(&host.now()), "{:?}", host.now());
    }
    // Another client deleted the existing record before the request arrived.
    let deleted = dialer("PENDING");
    deleted.on(ESTABLISH, |stub, sent| {
        stub.record = None;
        stub.act(sent);
        Reply::Reset
    });
    let error = failed(establish_with(&deleted, &token("spent", "us", "us.consul"), &[], OPTIONS), Code::Network);
    assert_eq!(deleted.left(&error), [(LeftoverCode::Exists, Some(State::Pending))]);
}

#[test]
fn after_a_lost_response_the_peering_of_another_client_is_not_a_leftover() {
    let others: [Change; 2] = [
        |stub| stub.dialer("ACTIVE").peer_id = Some("p2".into()),
        |stub| {
            stub.put("PENDING");
        },
    ];
    for other in others {
        let host = StubHost::default();
        host.on(ESTABLISH, move |stub, _| (other(stub), Reply::Reset).1);
        let error = failed(establish_now(&host, OPTIONS), Code::Network);
        assert_eq!(host.left(&error), []);
    }
}

#[test]
fn a_lost_response_with_failing_reads_reports_what_may_exist() {
    let host = StubHost::default();
    host.on(ESTABLISH, |_, _| Reply::Reset);
    host.on(READ, |stub, sent| if sent.n < 2 { stub.act(sent) } else { answer(500, "boom") });
    let error = failed(establish_now(&host, OPTIONS), Code::Network);
    assert_eq!(host.left(&error), [(LeftoverCode::EstablishUnanswered, None)]);
}

#[test]
fn after_failing_active_counts_once_it_has_lasted_a_second() {
    let host = stub_host(|stub| stub.settles = &["ESTABLISHING", "FAILING", "ACTIVE", "FAILING", "ACTIVE"]);
    assert!(establish_now(&host, OPTIONS).is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
    let reads: Vec<_> = host.log().into_iter().zip(host.times()).filter(|(call, _)| call == READ).collect();
    let [.., (_, last)] = reads[..] else { panic!("no reads") };
    let (_, active) = reads[5]; // the first of all, then the states above
    assert!(last - active > ms(990), "{:?}", last - active);
}

/// Another client does this before the n-th read; the first one is before the write.
fn changed_at_read(n: usize, change: impl Fn(&mut Stub) + 'static) -> StubHost {
    let host = StubHost::default();
    host.on(READ, move |stub, sent: &Sent| {
        if sent.n == n {
            change(stub);
        }
        stub.act(sent)
    });
    host
}

#[test]
fn an_accepted_peering_with_another_outcome_is_reported_as_it_is_then() {
    let terminated = stub_host(|stub| stub.settles = &["ESTABLISHING", "TERMINATED"]);
    let error = failed(establish_now(&terminated, OPTIONS), Code::NotActive);
    assert_eq!(state_in(&error).as_deref(), Some("TERMINATED"));
    assert_eq!(terminated.left(&error), [(LeftoverCode::DialerNotActive, Some(State::Terminated))]);

    let gone = changed_at_read(3, |stub| stub.record = None);
    let error = failed(establish_now(&gone, OPTIONS), Code::NotActive);
    assert!(gone.left(&error).is_empty() && error.peering.is_none());

    let deleting = changed_at_read(3, |stub| stub.existing().is_deleted = true);
    let error = failed(establish_now(&deleting, OPTIONS), Code::NotActive);
    deleting.left(&error);
    assert_eq!(state_in(&error).as_deref(), Some("DELETING"));

    let taken = changed_at_read(3, |stub| stub.existing().peer_id = Some("p2".into()));
    let error = failed(establish_now(&taken, OPTIONS), Code::PeerMismatch);
    taken.left(&error);

    let recreated: [Change; 2] = [
        |stub| {
            stub.put("PENDING");
        },
        |stub| {
            stub.dialer("ACTIVE");
        },
    ];
    for recreate in recreated {
        let host = changed_at_read(3, recreate);
        let error = failed(establish_now(&host, OPTIONS), Code::NotActive);
        assert!(host.left(&error).is_empty(), "another client's");
    }
}

#[test]
fn a_timeout_reports_what_exists_and_deletes_nothing() {
    let pending = stub_host(|stub| stub.settles = &["PENDING"]);
    let error = failed(establish_within(&pending, 300.0), Code::Timeout);
    assert_eq!(state_in(&error).as_deref(), Some("PENDING"));
    assert_eq!(pending.left(&error), [(LeftoverCode::DialerNotActive, Some(State::Pending))]);
    assert_eq!(pending.writes(), [ESTABLISH]);

    let unread = StubHost::default();
    unread.on(READ, |stub, sent| if sent.n < 2 { stub.act(sent) } else { Reply::Never });
    let error = failed(establish_within(&unread, 300.0), Code::Timeout);
    assert_eq!(unread.left(&error), [(LeftoverCode::DialerNotActive, None)], "it was accepted, and never read");

    let lost = StubHost::default();
    lost.on(ESTABLISH, |_, _| Reply::Reset);
    lost.on(READ, |stub, sent| if sent.n < 2 { stub.act(sent) } else { Reply::Never });
    let error = failed(establish_within(&lost, 300.0), Code::Timeout);
    assert_eq!(lost.left(&error), [(LeftoverCode::EstablishUnanswered, None)]);
    assert!(error.reason.contains("ECONNRESET"), "{}", error.reason);

    for (silent, left) in [(ESTABLISH, vec![(LeftoverCode::EstablishUnanswered, None)]), (READ, vec![])] {
        let host = StubHost::default();
        host.on(silent, |_, _| Reply::Never);
        let error = failed(establish_within(&host, 200.0), Code::Timeout);
        assert_eq!(host.left(&error), left, "{silent}");
    }
}

#[test]
fn a_read_that_fails_during_the_wait_does_not_hide_what_exists() {
    let host = stub_host(|stub| stub.settles = &["ESTABLISHING"]);
    host.on(READ, |stub, sent| if sent.n < 4 { stub.act(sent) } else { answer(403, "ACL not found") });
    let error = failed(establish_now(&host, OPTIONS), Code::AclTokenUnknown);
    assert_eq!(host.left(&error), [(LeftoverCode::DialerNotActive, Some(State::Establishing))]);
}

#[test]
fn without_waiting_establish_resolves_once_it_is_accepted() {
    const NO_WAIT: EstablishOptions = EstablishOptions { wait: false, replace: false };
    let host = stub_host(|stub| stub.settles = &["PENDING"]);
    assert!(establish_now(&host, NO_WAIT).is_ok_and(|peering| peering.get("state").is_text("PENDING")));
    assert_eq!(host.log()[3..], [ESTABLISH, READ]);

    let gone = changed_at_read(2, |stub| stub.record = None);
    let error = failed(establish_now(&gone, NO_WAIT), Code::NotActive);
    assert!(gone.left(&error).is_empty());

    let deleting = changed_at_read(2, |stub| {
        let record = stub.existing();
        (record.is_deleted, record.peer_id, record.server_name) = (true, None, None);
        stub.lingers = u32::MAX;
    });
    let error = failed(establish_now(&deleting, NO_WAIT), Code::NotActive);
    assert_eq!((deleting.left(&error), state_in(&error).as_deref()), (vec![], Some("DELETING")));

    let taken = changed_at_read(2, |stub| stub.existing().peer_id = Some("p2".into()));
    let error = failed(establish_now(&taken, NO_WAIT), Code::PeerMismatch);
    assert_eq!(taken.left(&error), [(LeftoverCode::AcceptorWithoutDialer, None)]);
    assert!(error.peering.is_some());
}

#[test]
fn a_peering_that_was_read_long_before_the_write_is_read_again() {
    let host = StubHost::default();
    host.on(ROOTS, |_, _| Reply::Never); // for two seconds
    let spec = spec_of(&host, &token("good", "us", "us.consul"), &[]);
    let call = host.call(Duration::ms(60_000.0), None, async |client| establish(client, &spec, OPTIONS).await);
    let outcome = host.run(while_changing(&host, call, 1_000, |stub| {
        let record = stub.dialer("ACTIVE");
        (record.peer_id, record.server_name) = (Some("p9".into()), Some("server.ap.peering.ap.consul".into()));
    }));
    failed(outcome, Code::PeerMismatch);
    assert_eq!(host.writes(), [] as [&str; 0]);
}
