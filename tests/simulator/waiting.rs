//! `wait`: until a state, until it is gone, until a function of the caller returns true.

use std::cell::RefCell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::wait::{Until, wait};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;

use crate::calls::{failed, peer_name};
use crate::stub::Stub;
use crate::stub_host::{StubHost, state_in, stub_host, while_changing};

/// Waits, while another client does this after 100 ms.
fn wait_while(host: &StubHost, until: Until<Data>, change: impl FnOnce(&mut Stub)) -> Outcome<StubHost, Option<Data>> {
    let call = host.call(Duration::ms(10_000.0), None, async |client| wait(client, &peer_name("us"), until).await);
    host.run(while_changing(host, call, 100, change))
}

fn is_in(outcome: Outcome<StubHost, Option<Data>>, state: &str) -> bool {
    outcome.ok().flatten().is_some_and(|peering| peering.get("state").is_text(state))
}

#[test]
fn wait_resolves_in_the_wanted_state_and_reports_each_state_once() {
    let host =
        stub_host(|stub| stub.dialer("PENDING").states = ["PENDING", "PENDING", "ESTABLISHING", "ACTIVE"].into());
    assert!(is_in(wait_while(&host, Until::State(State::Active), |_| {}), "ACTIVE"));
    assert_eq!(host.reported(), ["PENDING", "ESTABLISHING", "ACTIVE"]);
    host.stub(|stub| stub.dialer("ACTIVE").states = ["ACTIVE", "FAILING", "TERMINATED"].into());
    assert!(is_in(wait_while(&host, Until::State(State::Terminated), |_| {}), "TERMINATED"));
    assert!(matches!(wait_while(&host, Until::Gone, |stub| stub.record = None), Ok(None)));
    assert!(host.writes().is_empty());
}

#[test]
fn wait_passes_over_a_missing_peering_and_other_states() {
    let host = StubHost::default();
    let created = |stub: &mut Stub| stub.dialer("TERMINATED").states = ["TERMINATED", "ACTIVE"].into();
    assert!(is_in(wait_while(&host, Until::State(State::Active), created), "ACTIVE"));

    let deleting = stub_host(|stub| {
        stub.lingers = u32::MAX;
        stub.dialer("ACTIVE").is_deleted = true;
    });
    let error = failed(wait_while(&deleting, Until::State(State::Active), |_| {}), Code::Timeout);
    assert_eq!((state_in(&error).as_deref(), deleting.left(&error)), (Some("DELETING"), vec![]));
}

#[test]
fn wait_asks_a_function_of_each_peering_read() {
    let host = StubHost::default();
    let asked = Rc::new(RefCell::new(Vec::new()));
    let notes = asked.clone();
    let until = move |peering: Data| {
        notes.borrow_mut().push(peering.get("state").non_empty_text());
        Ok(peering.get("state").is_text("ACTIVE"))
    };
    assert!(is_in(
        wait_while(&host, Until::Custom(Box::new(until)), |stub| {
            stub.dialer("ACTIVE");
        }),
        "ACTIVE"
    ));
    let asked = asked.borrow();
    assert!(asked[0].is_none() && asked.last() == Some(&Some("ACTIVE".to_owned())), "{asked:?}");
}
