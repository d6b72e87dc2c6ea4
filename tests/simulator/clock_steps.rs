//! Durations are measured on the monotonic clock: a step of the system's clock during a call changes nothing.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration as Time;

use consul_peering::decide::progress::Progress;
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::client::Client;
use consul_peering::operations::establish::establish;
use consul_peering::operations::mesh::mesh;
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::remove::remove;
use consul_peering::operations::watch::Watch;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::SimulatedHost;
use consul_peering::simulator::{Fault, Match};

use crate::calls::{OPTIONS, TIMEOUT, generate_token, host, peer_name, peering_spec};

const STEP_MS: f64 = 120_000.0;
/// More requests than any of these calls sends.
const MOST_REQUESTS: usize = 50;

type Work = fn(&SimulatedHost, &Rc<Call<SimulatedHost>>);

fn member(host: &SimulatedHost, name: &str, other: &str) -> Member<SimulatedHost> {
    Member::new(host.clone(), host.cluster(name), peer_name(other), peer_name(name))
}

fn client(host: &SimulatedHost, call: &Rc<Call<SimulatedHost>>, cluster: &str, name: &str) -> Client<SimulatedHost> {
    Client::new(call, host.clone(), host.cluster(cluster), Some(peer_name(name)), TIMEOUT)
}

const CALLS: [(&str, Work); 5] = [
    ("connect", |host, call| {
        let mut pair = Pair::new(call, [member(host, "eu", "us"), member(host, "us", "eu")]);
        assert!(host.run(connect(call, &mut pair)).is_ok_and(|linked| linked.changed));
    }),
    ("establish, with a retry", |host, call| {
        let token = generate_token(host, "eu", "us");
        let establishing = Match { path: Some("/v1/peering/establish".into()), ..Match::default() };
        host.world(|world| world.add_fault(Fault::RateLimited(None), establishing, 1));
        let spec = peering_spec(host, "eu", &token);
        let client = client(host, call, "us", "eu");
        assert!(host.run(client.within(establish(&client, &spec, OPTIONS))).is_ok());
    }),
    ("delete", |host, call| {
        generate_token(host, "eu", "us");
        let client = client(host, call, "eu", "us");
        assert!(host.run(client.within(remove(&client, &peer_name("us"), true))).is_ok());
    }),
    ("mesh", |host, call| {
        let members = ["eu", "us", "ap"].map(|name| member(host, name, "mesh")).into();
        let pairs = host.run(mesh(call, members, 16, false)).unwrap_or_else(|_| panic!("it fails"));
        assert!(pairs.iter().all(|pair| pair.error.is_none()));
    }),
    ("watch", |host, call| {
        let cluster = host.cluster("eu");
        let mut watch = Watch::new(call.clone(), host.clone(), cluster, None, Duration::ms(2_000.0));
        assert!(host.run(watch.next()).is_ok());
        for name in ["us", "ap"] {
            host.run(host.sleep(Duration::ms(5_000.0)));
            generate_token(host, "eu", name);
            assert!(host.run(watch.next()).is_ok());
        }
    }),
];

/// How long a call takes if the clock is set by so much at this response, and how many requests it sends.
fn duration(work: Work, step: f64, at: usize) -> (Time, usize) {
    let host = host(&["eu", "us", "ap"]);
    host.step_wall_clock_at(at, step);
    let last = Cell::new(0);
    let listener = Box::new(move |progress: &Progress<'_>| {
        assert!(progress.elapsed >= last.replace(progress.elapsed) && progress.elapsed < STEP_MS as u32 / 2);
    });
    let call = Call::new(host.clone(), TIMEOUT, Some(listener));
    work(&host, &call);
    (host.now(), host.requests().len())
}

#[test]
fn a_step_of_the_systems_clock_at_any_response_changes_nothing() {
    for (title, work) in CALLS {
        let (expected, requests) = duration(work, 0.0, 0);
        assert!((1..MOST_REQUESTS).contains(&requests), "{title}: {requests} requests");
        for step in [STEP_MS, -STEP_MS] {
            for at in 1..=requests {
                assert_eq!(duration(work, step, at), (expected, requests), "{title}, {step} ms at response {at}");
            }
        }
    }
}
