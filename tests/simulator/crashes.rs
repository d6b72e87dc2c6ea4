//! Callers that crash at any step of `establish` or `delete`, and two that call at once.

use consul_peering::operations::{establish, remove};
use consul_peering::simulator::host::crash_after;
use futures_util::future::join;

use crate::calls::{
    OPTIONS, call, done, establish_with, generate_token, host, is_in, peer, peer_name, peering_spec, read_now,
};

/// Runs `attempt` with a crash after 0, 1, 2, … steps until it ends without one, each time in a new world.
fn crash_anywhere(attempt: impl Fn(u32) -> bool) {
    let ended = (0..10_000).find(|steps| attempt(*steps)).expect("it never ends");
    assert!(ended > 5, "it takes {ended} steps");
}

#[test]
fn an_establish_completes_one_that_crashed_anywhere() {
    crash_anywhere(|steps| {
        let host = host(&["eu", "us"]);
        let token = generate_token(&host, "us", "eu");
        let client = call(&host, "eu", "us");
        let spec = peering_spec(&host, "us", &token);
        let work = client.within(establish::establish(&client, &spec, OPTIONS));
        let ended = host.run(crash_after(steps, work));
        let peering = done(establish_with(&host, "eu", "us", &token));
        assert!(peering.get("state").is_text("ACTIVE"), "after {steps} steps: {peering:?}");
        assert!(is_in(&host, "us", "eu", "ACTIVE"));
        ended.is_some()
    });
}

#[test]
fn a_delete_completes_one_that_crashed_anywhere() {
    crash_anywhere(|steps| {
        let host = host(&["eu", "us"]);
        peer(&host);
        let client = call(&host, "us", "eu");
        let ended = host.run(crash_after(steps, client.within(remove::remove(&client, &peer_name("eu"), true))));
        let client = call(&host, "us", "eu");
        done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true))));
        assert_eq!(read_now(&host, "us", "eu"), None, "after {steps} steps");
        ended.is_some()
    });
}

#[test]
fn two_concurrent_establishes_with_one_token_both_resolve() {
    let host = host(&["eu", "us"]);
    let token = generate_token(&host, "us", "eu");
    let spec = peering_spec(&host, "us", &token);
    let [one, other] = [(); 2].map(|()| call(&host, "eu", "us"));
    let both = host.run(join(
        one.within(establish::establish(&one, &spec, OPTIONS)),
        other.within(establish::establish(&other, &spec, OPTIONS)),
    ));
    for peering in [done(both.0), done(both.1)] {
        assert!(peering.get("state").is_text("ACTIVE"));
    }
}
