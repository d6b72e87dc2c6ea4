//! `establish` of a peering that was connected before, whose response is lost: the token is sent again.

use consul_peering::consul::code::Code;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::operations::call::Outcome;
use consul_peering::operations::establish::establish;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;

use crate::calls::{OPTIONS, failed};
use crate::stub::{ESTABLISH, Reply, SPENT, Sent, Stub, answer, token};
use crate::stub_host::{StubHost, dialer, establish_with, spec_of, stub_host, while_changing};

const META: [(&str, &str); 1] = [("a", "1")];

/// A dialer that was ACTIVE before shows the same whether or not its new token was used.
#[test]
fn a_lost_response_to_the_renewal_of_a_connected_peering_sends_the_token_again() {
    fn renewed(reply: impl Fn(&mut Stub, &Sent, u32) -> Reply + 'static) -> (StubHost, Outcome<StubHost, Data>) {
        let host = stub_host(|stub| stub.dialer("ACTIVE").meta = serde_json::json!({ "a": "0" }));
        let mut count = 0;
        host.on(ESTABLISH, move |stub, sent| {
            count += 1;
            reply(stub, sent, count)
        });
        let outcome = establish_with(&host, &token("good", "us", "us.consul"), &META, OPTIONS);
        assert_eq!(host.writes(), [ESTABLISH, ESTABLISH]);
        (host, outcome)
    }
    let is_renewed = |outcome: Outcome<StubHost, Data>| {
        outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE") && peering.get("meta").get("a").is_text("1"))
    };
    // It had not arrived.
    assert!(is_renewed(renewed(|stub, sent, count| if count == 1 { Reply::Reset } else { stub.act(sent) }).1));
    // It had been used.
    let spent = |stub: &mut Stub, sent: &Sent, count: u32| {
        let reply = stub.act(sent);
        if count == 1 { Reply::Reset } else { (reply, answer(403, SPENT)).1 }
    };
    assert!(is_renewed(renewed(spent).1));
    // Neither response arrives: only ESTABLISHING shows that the token was used.
    assert!(is_renewed(renewed(|stub, sent, _| (stub.act(sent), Reply::Reset).1).1));
    let unanswered = [(LeftoverCode::EstablishUnanswered, None)];
    let connected = |stub: &mut Stub, sent: &Sent| {
        stub.settles = &["ACTIVE"];
        stub.act(sent);
    };
    let (host, outcome) = renewed(move |stub, sent, _| (connected(stub, sent), Reply::Reset).1);
    assert_eq!(host.left(&failed(outcome, Code::Network)), unanswered);
    let (host, outcome) = renewed(|_, _, _| Reply::Reset);
    assert_eq!(host.left(&failed(outcome, Code::Network)), unanswered);
    // The second request was not executed.
    let refused = |code| {
        move |stub: &mut Stub, sent: &Sent, count| match count {
            1 => (connected(stub, sent), Reply::Reset).1,
            _ => answer(code, "refused"),
        }
    };
    for (status, code) in [(403, Code::PermissionDenied), (500, Code::ServerError)] {
        let (host, outcome) = renewed(refused(status));
        assert_eq!(host.left(&failed(outcome, code)), unanswered);
    }
}

/// The stream of a FAILING dialer takes a moment to open with the new secret.
#[test]
fn a_lost_response_to_the_renewal_of_a_failing_peering_waits_until_it_is_active() {
    let host = dialer("FAILING");
    let mut count = 0;
    host.on(ESTABLISH, move |stub, sent| {
        count += 1;
        stub.settles = &["FAILING"];
        stub.act(sent);
        if count == 1 { Reply::Reset } else { answer(403, SPENT) }
    });
    let spec = spec_of(&host, &token("good", "us", "us.consul"), &META);
    let call = host.call(Duration::ms(60_000.0), None, async |client| establish(client, &spec, OPTIONS).await);
    let outcome = host.run(while_changing(&host, call, 2_000, |stub| stub.existing().state = "ACTIVE"));
    assert!(outcome.is_ok_and(|peering| peering.get("state").is_text("ACTIVE")));
    assert_eq!(host.writes(), [ESTABLISH, ESTABLISH]);
}
