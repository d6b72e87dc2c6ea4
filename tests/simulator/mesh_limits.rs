//! How long a mesh takes, how often it sends requests to one cluster, and how many at once.

use consul_peering::operations::mesh::{Status, mesh};
use consul_peering::simulator::{Fault, Match};

use crate::calls::{TWO_ROUNDS, count, done, host};
use crate::client::ms;
use crate::mesh::{call, members, posts};
use crate::mesh_results::World;

#[test]
fn an_identity_is_read_once_and_a_list_once_per_250_ms_for_any_number_of_pairs() {
    const NAMES: [&str; 6] = ["eu", "us", "ap", "sa", "af", "oc"];
    let world = World::named(&NAMES);
    world.mesh();
    assert!(world.host.now() < TWO_ROUNDS, "{:?}", world.host.now());
    for name in NAMES {
        let lists = world.requests_to(name, "/v1/peerings");
        assert!(lists.len() > 2 && lists.windows(2).all(|two| two[1].at - two[0].at >= ms(250)), "{name}: {lists:?}");
        for identity in ["/v1/catalog/datacenters", "/v1/connect/ca/roots"] {
            assert_eq!(world.requests_to(name, identity).len(), 1, "{name}");
        }
    }
}

#[test]
fn a_rate_limit_of_one_cluster_is_observed() {
    let world = World::named(&["eu", "us", "ap"]);
    let path = Some("/v1/peering/token".into());
    let matching = Match { cluster: Some("eu".into()), path, ..Match::default() };
    let limited = world.host.world(|world| world.add_fault(Fault::RateLimited(Some(1)), matching, 2));
    assert!(world.mesh().iter().all(|pair| pair.error.is_none()));
    assert_eq!(world.host.world(|world| world.hits(limited)), 2);
    world.assert_meshed(&["eu", "us", "ap"]);
    let tokens = world.requests_to("eu", "/v1/peering/token");
    assert_eq!(tokens.len(), 3);
    assert!(tokens[2].at - tokens[0].at >= ms(1_000), "{tokens:?}");
}

#[test]
fn only_so_many_pairs_write_at_once() {
    // A cluster's gateways are read once, except by pairs that are about to write at the same time.
    for (concurrency, at_once, gateways) in [(1, 1, 2), (2, 2, 3), (16, 3, 3)] {
        let host = host(&["a", "b", "c"]);
        let pairs = done(host.run(mesh(&call(&host), members(&host, &["a", "b", "c"]), concurrency, false)));
        assert!(pairs.iter().all(|pair| pair.status == Status::Changed));
        let (mut writing, mut most) = (0, 0);
        for path in posts(&host) {
            writing += if path == "/v1/peering/token" { 1 } else { -1 };
            most = most.max(writing);
        }
        assert_eq!((writing, most), (0, at_once));
        assert_eq!(count(&host.requests(), "GET", "/v1/config/mesh/mesh"), gateways);
    }
}
