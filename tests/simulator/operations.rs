//! The package's operations against simulated clusters, in virtual time.

use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::wait::Until;
use consul_peering::operations::{generate, read, remove, wait};
use consul_peering::rules::duration;
use consul_peering::simulator::host::SimulatedHost;

use crate::calls::{
    call, done, establish_with, failed, generate_token, host, is_in, peer, peer_name, read_now, token_spec,
};
use crate::client::ms;

fn sleep(host: &SimulatedHost, duration: duration::Duration) {
    host.run(host.sleep(duration));
}

#[test]
fn establish_resolves_when_the_peering_is_active() {
    let host = host(&["eu", "us"]);
    let token = generate_token(&host, "us", "eu");
    let began = host.now();
    let peering = done(establish_with(&host, "eu", "us", &token));
    assert!(peering.get("state").is_text("ACTIVE") && peering.get("role").is_text("dialer"), "{peering:?}");
    assert!(host.now() - began < ms(5_100), "a leader's round");
    assert!(is_in(&host, "us", "eu", "ACTIVE"));
}

#[test]
fn establish_deletes_the_leftover_of_a_spent_token() {
    let host = host(&["eu", "us"]);
    let spent = generate_token(&host, "us", "eu");
    generate_token(&host, "us", "eu");
    let error = failed(establish_with(&host, "eu", "us", &spent), Code::TokenSpent);
    assert!(error.left_behind.is_empty());
    assert_eq!(read_now(&host, "eu", "us"), None);
}

#[test]
fn generate_token_refuses_a_dialer_and_waits_for_a_removal() {
    let host = host(&["eu", "us"]);
    peer(&host);
    let client = call(&host, "eu", "us");
    failed(host.run(client.within(generate::generate(&client, &token_spec("us"), false))), Code::RoleConflict);

    let client = call(&host, "us", "eu");
    done(host.run(client.within(remove::remove(&client, &peer_name("eu"), false))));
    let token = generate_token(&host, "us", "eu");
    assert!(is_in(&host, "us", "eu", "PENDING"));
    sleep(&host, duration::Duration::ms(6_000.0)); // until the other side is TERMINATED
    assert!(done(establish_with(&host, "eu", "us", &token)).get("state").is_text("ACTIVE"));
}

#[test]
fn read_and_list() {
    let host = host(&["eu", "us"]);
    assert_eq!(read_now(&host, "us", "eu"), None);
    let listed = |host: &SimulatedHost| {
        let client = call(host, "us", "");
        done(host.run(client.within(read::list(&client)))).items().unwrap()
    };
    assert!(listed(&host).is_empty());
    for name in ["eu", "ap"] {
        generate_token(&host, "us", name);
    }
    let peering = read_now(&host, "us", "eu").unwrap();
    assert!(peering.get("peer_name").is_text("eu") && peering.get("role").is_text("acceptor"), "{peering:?}");
    let names: Vec<_> =
        listed(&host).iter().map(|peering| peering.get("peer_name").non_empty_text().unwrap()).collect();
    assert_eq!(names, ["ap", "eu"]);
}

#[test]
fn delete_resolves_when_the_peering_is_gone_and_ends_the_other_side() {
    let host = host(&["eu", "us"]);
    peer(&host);
    let client = call(&host, "us", "eu");
    let deleted = done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))).unwrap();
    assert!(deleted.get("state").is_text("ACTIVE"), "as it was");
    assert_eq!(read_now(&host, "us", "eu"), None);
    let client = call(&host, "eu", "us");
    let ended = host.run(client.within(wait::wait(&client, &peer_name("us"), Until::State(State::Terminated))));
    assert!(done(ended).unwrap().get("state").is_text("TERMINATED"));
    assert!(host.now() < ms(11_000), "two of the leaders' rounds");

    let client = call(&host, "us", "eu");
    assert_eq!(
        done(host.run(client.within(remove::remove(&client, &peer_name("eu"), true)))),
        None,
        "it did not exist"
    );
}

#[test]
fn wait_times_out_at_its_deadline() {
    let host = host(&["eu", "us"]);
    generate_token(&host, "us", "eu");
    let began = host.now();
    let client = call(&host, "us", "eu");
    host.step_wall_clock(-3_600_000.0); // has no effect
    let error = failed(host.run(client.within(wait::wait(&client, &peer_name("eu"), Until::Gone))), Code::Timeout);
    assert_eq!(host.now() - began, Duration::from_secs(60));
    assert!(error.peering.as_ref().is_some_and(|peering| peering.get("state").is_text("PENDING")));
}
