//! What a call reads before a token is generated: permissions, and mesh gateways. On simulated clusters.

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::NoteCode;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::generate::generate;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::plan;
use consul_peering::operations::permissions::{Permissions, permissions};
use consul_peering::rules::peer_name::PeerName;
use consul_peering::simulator::host::{Data, SimulatedHost};
use consul_peering::simulator::{AclOptions, ClusterOptions, Fault, Match};

use crate::calls::{TIMEOUT, count, done, host, host_of, pair, token_spec};
use crate::client::ms;

fn with_options(us: ClusterOptions) -> SimulatedHost {
    host_of(vec![ClusterOptions::named("eu"), us])
}

fn client(host: &SimulatedHost, is_anonymous: bool) -> Client<SimulatedHost> {
    let mut cluster = host.cluster("us");
    if is_anonymous {
        cluster.options.token = None;
    }
    let call = Call::new(host.clone(), TIMEOUT, None);
    Client::new(&call, host.clone(), cluster, PeerName::new("eu"), TIMEOUT)
}

fn permissions_now(host: &SimulatedHost, is_anonymous: bool) -> Outcome<SimulatedHost, Permissions> {
    let client = client(host, is_anonymous);
    host.run(client.within(permissions(&client)))
}

/// How generating a token fails, if it does.
fn failed_token(host: &SimulatedHost) -> Option<Error<Data>> {
    let client = client(host, false);
    host.run(client.within(generate(&client, &token_spec("eu"), false))).err()
}

#[test]
fn without_acls_everything_is_allowed_and_otherwise_what_the_token_allows() {
    let [all, none] = [true, false].map(|allowed| Permissions { read: allowed, write: allowed });
    let host = host(&["eu", "us"]);
    assert_eq!(done(permissions_now(&host, true)), all);
    let page = Match { path: Some("/v1/internal/acl/authorize".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::ProxyPage(200), page, u32::MAX));
    let unreadable = permissions_now(&host, true).err().map(|error| error.code);
    assert_eq!(unreadable, Some(Code::UnexpectedAnswer), "a proxy's page allows nothing");

    let host = with_options(ClusterOptions { acl: Some(AclOptions::default()), ..ClusterOptions::named("us") });
    assert_eq!((done(permissions_now(&host, false)), done(permissions_now(&host, true))), (all, none));
}

#[test]
fn that_the_gateways_cannot_be_read_is_not_the_reason_of_a_timeout() {
    let host = host(&["eu", "us"]);
    let path = |path: &str| Match { path: Some(path.into()), ..Match::default() };
    host.world(|world| {
        world.add_fault(Fault::ProxyPage(502), path("/v1/config/mesh/mesh"), 1);
        world.add_fault(Fault::Delay(ms(120_000)), path("/v1/peering/token"), 1);
    });
    let error = failed_token(&host).unwrap();
    assert_eq!((error.code, &*error.reason), (Code::Timeout, ""));
}

#[test]
fn a_missing_mesh_gateway_is_found_before_a_token_is_requested() {
    for (gateways, is_missing) in [(vec![], true), (vec!["10.0.0.9:8443".to_owned()], false)] {
        let host = with_options(ClusterOptions { mesh_gateways: Some(gateways), ..ClusterOptions::named("us") });
        let call = Call::new(host.clone(), TIMEOUT, None);
        let mut pair = Pair::new(&call, pair(&host));
        let planned = done(host.run(plan(&call, &mut pair, false)));
        let notes: Vec<_> = planned.notes.iter().map(|note| note.code).collect();
        assert_eq!(notes, if is_missing { vec![NoteCode::NoGateway] } else { vec![] });

        assert_eq!(failed_token(&host).map(|error| error.code), is_missing.then_some(Code::ServerMisconfigured));
        assert_eq!(count(&host.requests(), "POST", "/v1/peering/token"), usize::from(!is_missing));
        assert_eq!(host.peering("us", "eu").is_some(), !is_missing);
    }
}
