//! `delete`: what it sends, when it is done, and what it reports otherwise.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::read::fetch;
use consul_peering::operations::remove::{Deletable, Removed, remove, remove_if};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;

use crate::calls::{failed, peer_name};
use crate::stub::{DELETE, READ, Reply, answer};
use crate::stub_host::{StubHost, dialer, state_in, stub_host};

fn delete_now(host: &StubHost, wait: bool) -> Outcome<StubHost, Option<Data>> {
    host.perform(async |client| remove(client, &peer_name("us"), wait).await)
}

/// The state and the ID of what was deleted.
fn deleted(host: &StubHost, wait: bool) -> (String, String) {
    let Ok(Some(peering)) = delete_now(host, wait) else { panic!("it deletes nothing") };
    let text = |key| peering.get(key).non_empty_text().expect("a text");
    (text("state"), text("id"))
}

#[test]
fn delete_resolves_with_what_was_deleted_once_it_is_gone() {
    let host = stub_host(|stub| {
        stub.lingers = 2;
        stub.dialer("ACTIVE").meta = serde_json::json!({ "a": "1" });
    });
    let id = host.record().expect("a record").id;
    assert_eq!(deleted(&host, true), ("ACTIVE".to_owned(), id));
    assert_eq!(host.log(), [READ, DELETE, READ, READ, READ]);
    assert_eq!(host.record(), None);

    assert!(matches!(delete_now(&host, true), Ok(None)));
    assert_eq!(host.log()[5..], [READ], "nothing is sent for a missing peering");
}

#[test]
fn delete_is_done_once_another_record_has_the_name() {
    let host = dialer("ACTIVE");
    let id = host.record().expect("a record").id;
    host.on(DELETE, |stub, _| (stub.dialer("ACTIVE").id.clone(), answer(200, "")).1);
    assert_eq!(deleted(&host, true).1, id);
}

#[test]
fn delete_does_not_delete_a_deleting_peering_again() {
    let host = stub_host(|stub| {
        stub.lingers = 3;
        stub.dialer("ACTIVE").is_deleted = true;
    });
    assert_eq!(deleted(&host, true).0, "DELETING");
    assert_eq!((host.writes(), host.record()), (vec![], None));
}

#[test]
fn delete_uses_the_name_as_consul_has_stored_it() {
    let host = stub_host(|stub| stub.dialer("ACTIVE").name = "US");
    deleted(&host, true);
    assert_eq!(host.writes(), ["DELETE /v1/peering/US"]);
}

#[test]
fn without_waiting_delete_resolves_once_it_is_accepted() {
    let host = stub_host(|stub| {
        stub.lingers = u32::MAX;
        stub.dialer("ACTIVE");
    });
    assert_eq!(deleted(&host, false).0, "ACTIVE");
    assert_eq!(host.log(), [READ, DELETE]);
}

#[test]
fn after_a_lost_response_delete_reads_the_peering() {
    for (lost, code) in [(Reply::Reset, Code::Network), (answer(504, ""), Code::ServerError)] {
        for acts in [true, false] {
            let host = dialer("ACTIVE");
            let (before, lost) = (host.record(), lost.clone());
            host.on(DELETE, move |stub, sent| {
                if acts {
                    stub.act(sent);
                }
                lost.clone()
            });
            if acts {
                assert_eq!(deleted(&host, true).0, "ACTIVE");
                assert_eq!(host.record(), None);
            } else {
                let error = failed(delete_now(&host, true), code);
                assert_eq!(host.left(&error), [(LeftoverCode::NotDeleted, None)]);
                assert_eq!(host.record(), before);
            }
            assert_eq!(host.writes(), [DELETE], "sent once");
        }
    }
    let unread = dialer("ACTIVE");
    unread.on(DELETE, |_, _| Reply::Reset);
    unread.on(READ, |stub, sent| if sent.n < 2 { stub.act(sent) } else { answer(403, "ACL not found") });
    let error = failed(delete_now(&unread, true), Code::AclTokenUnknown);
    assert_eq!(unread.left(&error), [(LeftoverCode::DeletionUnanswered, None)]);
}

#[test]
fn a_refused_deletion_has_no_leftovers_and_a_timed_out_one_is_reported() {
    let refused = dialer("ACTIVE");
    let before = refused.record();
    refused.on(DELETE, |_, _| answer(403, "Permission denied: token lacks permission 'peering:write'"));
    let error = failed(delete_now(&refused, true), Code::PermissionDenied);
    assert_eq!((refused.left(&error), refused.record()), (vec![], before));

    let slow = stub_host(|stub| {
        stub.lingers = u32::MAX;
        stub.dialer("ACTIVE");
    });
    let call = slow.call(Duration::ms(200.0), None, async |client| remove(client, &peer_name("us"), true).await);
    let error = failed(slow.run(call), Code::Timeout);
    assert_eq!(slow.left(&error), [(LeftoverCode::Deleting, Some(State::Deleting))]);
    assert_eq!(state_in(&error).as_deref(), Some("DELETING"));
}

/// A deletion is sent again after a rate limit only if nothing was written in the meantime, or if that does not matter.
#[test]
fn a_deletion_that_is_retried_respects_other_writes() {
    for (unchanged, written, is_deleted) in
        [(true, false, true), (true, true, false), (false, false, true), (false, true, true)]
    {
        let host = dialer("ACTIVE");
        host.on(DELETE, move |stub, sent| {
            if sent.n > 1 {
                return stub.act(sent);
            }
            stub.existing().modified += u64::from(written);
            answer(429, "")
        });
        let removed = host.perform(async |client| {
            let read = fetch(client, &peer_name("us")).await?.expect("a peering").peering;
            let deletable = if unchanged { Deletable::Unchanged(&read) } else { Deletable::Record(&read) };
            remove_if(client, &peer_name("us"), deletable).await
        });
        let is_gone = removed.is_ok_and(|removed| matches!(removed, Removed::Gone(Some(_))));
        let case = format!("unchanged: {unchanged}, written: {written}");
        assert_eq!((is_gone, host.record().is_none()), (is_deleted, is_deleted), "{case}");
    }
}

#[test]
fn a_refusal_after_which_consul_may_have_acted_is_a_lost_response() {
    for (status, text) in [
        (500, "leadership lost while committing log"),
        (503, "error reading from server: EOF"),
        (500, "transport is closing"),
    ] {
        let host = dialer("ACTIVE");
        host.on(DELETE, move |stub, sent| (stub.act(sent), answer(status, text)).1);
        assert_eq!(deleted(&host, true).0, "ACTIVE", "{text}");
        let host = dialer("ACTIVE");
        host.on(DELETE, move |_, _| answer(status, text));
        let error = failed(delete_now(&host, true), Code::ServerError);
        assert_eq!(host.left(&error), [(LeftoverCode::NotDeleted, None)], "{text}");
    }
}
