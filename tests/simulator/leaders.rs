//! Leaders that are lost.

use crate::client::{Client, ms};

#[test]
fn a_dialer_that_loses_its_leader_before_the_acceptor_has_answered_leaves_no_stream() {
    let mut client = Client::named(&["eu", "us"]);
    let token = client.token("us", "eu");
    client.establish("eu", "us", &token);
    client.advance(ms(7)); // it has connected, without a response yet
    assert_eq!(client.state("eu", "us"), "ACTIVE");
    client.world.lose_leader("eu", ms(1_000)).unwrap();
    client.advance(ms(100));
    assert_eq!(client.state("us", "eu"), "PENDING");
}
