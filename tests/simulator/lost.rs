//! Writes whose response is lost, or that are retried, while other calls write: on simulated clusters, in virtual time.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::host::Host;
use consul_peering::operations::remove::{Deletable, Removed, remove_if};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Fault, Request};
use futures_util::future::join;

use crate::client::ms;
use crate::operations::{done, peer_name};
use crate::pairs::host;
use crate::refused::{
    DIALER, ESTABLISH, TIMEOUT, client, codes, dialer, dialer_spec, establish_now, establish_with, failed, fault,
    leave_pending, spent_token, timed, token_of,
};

const ACCEPTOR: &str = "/v1/peering/eu";

/// Leaves a dialer on `eu` whose acceptor was deleted.
fn terminate_dialer(host: &SimulatedHost) {
    done(establish_now(host, &dialer_spec(host, &token_of(host, "eu"), &[])));
    let client = client(host, "us", "eu", TIMEOUT);
    done(host.run(client.within(remove_if(&client, &peer_name("eu"), Deletable::Any))));
    host.run(host.sleep(Duration::ms(6_000.0)));
    assert_eq!(dialer(host).map(|dialer| dialer.state), Some(State::Terminated));
}

#[test]
fn a_lost_request_that_had_no_effect_fails_after_half_a_second() {
    for exists in [false, true] {
        let host = host(&["eu", "us"]);
        if exists {
            terminate_dialer(&host);
        }
        let spec = dialer_spec(&host, &token_of(&host, "eu"), &[]);
        fault(&host, Fault::DropBefore, "POST", ESTABLISH, 1);
        let (ended, took) = timed(&host, || establish_now(&host, &spec));
        let error = failed(ended);
        assert_eq!((error.code, codes(&error)), (Code::Network, vec![]));
        assert!((ms(500)..ms(1_000)).contains(&took), "{took:?}");
        assert_eq!(error.peering.is_some(), exists);
    }
}

#[test]
fn a_lost_request_that_left_a_record_fails_after_five_seconds() {
    for exists in [false, true] {
        let host = host(&["eu", "us"]);
        if exists {
            leave_pending(&host, "eu-2");
        }
        let spec = dialer_spec(&host, &spent_token(&host, "eu"), &[("team", "net")]);
        fault(&host, Fault::DropAfter, "POST", ESTABLISH, 1);
        let (ended, took) = timed(&host, || establish_now(&host, &spec));
        let error = failed(ended);
        let left = if exists { LeftoverCode::Overwritten } else { LeftoverCode::Exists };
        assert_eq!((error.code, codes(&error)), (Code::Network, vec![left]), "exists: {exists}");
        assert!((ms(5_000)..ms(6_000)).contains(&took), "{took:?}");
        assert!(dialer(&host).is_some());
    }
}

#[test]
fn a_timeout_after_a_lost_request_names_its_failure() {
    let host = host(&["eu", "us"]);
    let spec = dialer_spec(&host, &token_of(&host, "eu"), &[]);
    fault(&host, Fault::DropBefore, "POST", ESTABLISH, 1);
    fault(&host, Fault::Delay(ms(60_000)), "GET", DIALER, 2);
    let error = failed(host.run(establish_with(&host, &spec, true, Duration::ms(3_000.0))));
    assert_eq!((error.code, codes(&error)), (Code::Timeout, vec![LeftoverCode::EstablishUnanswered]));
    assert!(error.reason.contains("ECONNRESET"), "{}", error.reason);
}

/// A deletion is sent again after a rate limit only if nothing was written in the meantime, or if that does not matter.
#[test]
fn a_deletion_that_is_retried_respects_other_writes() {
    for (unchanged, written, is_deleted) in
        [(true, false, true), (true, true, false), (false, false, true), (false, true, true)]
    {
        let case = format!("unchanged: {unchanged}, written: {written}");
        let host = host(&["eu", "us"]);
        token_of(&host, "eu");
        let read = host.peering("us", "eu").unwrap();
        fault(&host, Fault::RateLimited(Some(2)), "DELETE", ACCEPTOR, 1);
        let client = client(&host, "us", "eu", TIMEOUT);
        let deletable = if unchanged { Deletable::Unchanged(&read) } else { Deletable::Record(&read) };
        let other_call = async {
            host.sleep(Duration::ms(500.0)).await;
            if written {
                let request = Request::new("POST", "/v1/peering/token").with_body(r#"{"PeerName":"eu","Meta":{}}"#);
                host.world(|world| {
                    let now = world.now();
                    world.handle("us", request, now)
                });
            }
        };
        let name = peer_name("eu");
        let (ended, took) =
            timed(&host, || host.run(join(client.within(remove_if(&client, &name, deletable)), other_call)).0);
        assert_eq!(matches!(done(ended), Removed::Gone(Some(_))), is_deleted, "{case}");
        assert_eq!(host.peering("us", "eu").is_none(), is_deleted, "{case}");
        assert!(took < ms(4_500), "{case}: {took:?}");
    }
}
