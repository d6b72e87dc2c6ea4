//! The result of each pair of a mesh: planned, linked, changed or failed; and a mesh that ends early.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use consul_peering::consul::cluster::ClusterAddress;
use consul_peering::consul::code::Code;
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::decide::plan::Action;
use consul_peering::decide::progress::{Progress, ProgressCode};
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Listener};
use consul_peering::operations::mesh::{PairResult, Status, mesh};
use consul_peering::operations::pair::Member;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Data, SentRequest, SimulatedHost};
use consul_peering::simulator::{ClusterOptions, Fault, Match};

use crate::calls::{TIMEOUT, host_of, peer_name};
use crate::client::ms;
use crate::pair_setup::Setup;

pub struct World {
    pub host: SimulatedHost,
    members: Vec<Member<SimulatedHost>>,
}

impl World {
    fn new(clusters: Vec<ClusterOptions>) -> Self {
        let names: Vec<_> = clusters.iter().map(|cluster| cluster.name.clone()).collect();
        let host = host_of(clusters);
        let member = |name: &String| Member::new(host.clone(), host.cluster(name), peer_name("mesh"), peer_name(name));
        let members = names.iter().map(member).collect();
        Self { host, members }
    }

    pub fn named(names: &[&str]) -> Self {
        Self::new(names.iter().map(|name| ClusterOptions::named(name)).collect())
    }

    /// The clusters as the setup of a pair has them.
    fn setup(&self) -> Setup {
        Setup { host: self.host.clone() }
    }

    pub fn requests_to(&self, cluster: &str, path: &str) -> Vec<SentRequest> {
        let is_wanted = |request: &SentRequest| request.cluster == cluster && request.path() == path;
        self.host.requests().into_iter().filter(is_wanted).collect()
    }

    fn writes(&self) -> usize {
        self.host.requests().iter().filter(|request| request.is_write()).count()
    }

    fn add(&mut self, alias: &str, address: &str) {
        let cluster = consul_peering::consul::cluster::Cluster {
            address: ClusterAddress::new(address.into()),
            ..Default::default()
        };
        self.members.push(Member::new(self.host.clone(), cluster, peer_name("mesh"), peer_name(alias)));
    }

    pub fn perform(&self, timeout: Duration, concurrency: u32, dry_run: bool) -> Vec<PairResult<Data>> {
        let call = Call::new(self.host.clone(), timeout, None);
        let outcome = self.host.run(mesh(&call, self.members.clone(), concurrency, dry_run));
        outcome.unwrap_or_else(|error| panic!("{}", error.message("mesh")))
    }

    pub fn mesh(&self) -> Vec<PairResult<Data>> {
        self.perform(TIMEOUT, 16, false)
    }

    /// Each of these is ACTIVE with exactly each other, under its alias.
    pub fn assert_meshed(&self, names: &[&str]) {
        for name in names {
            let mut found: Vec<_> =
                self.host.peerings(name).iter().map(|it| format!("{} {}", it.name, it.state)).collect();
            found.sort();
            let mut others: Vec<_> =
                names.iter().filter(|other| *other != name).map(|other| format!("{other} ACTIVE")).collect();
            others.sort();
            assert_eq!(found, others, "{name}");
        }
    }
}

/// The leftovers that a call reports: the cluster, the name of the peering, the code.
#[derive(Clone, Default)]
struct Reported(Rc<RefCell<Vec<(String, String, LeftoverCode)>>>);

impl Reported {
    fn listener(&self) -> Listener {
        let noted = self.0.clone();
        Box::new(move |progress: &Progress<'_>| {
            if let ProgressCode::Leftover(code) = progress.code {
                let name = progress.peer_name.map(str::to_owned).unwrap_or_default();
                noted.borrow_mut().push((progress.cluster.to_owned(), name, code));
            }
        })
    }

    fn leftovers(&self) -> Vec<(String, String, LeftoverCode)> {
        self.0.borrow().clone()
    }
}

fn shown(pairs: &[PairResult<Data>]) -> Vec<String> {
    let shown = |pair: &PairResult<_>| format!("{}<{} {}", &*pair.acceptor, &*pair.dialer, pair.status.name());
    let mut shown: Vec<_> = pairs.iter().map(shown).collect();
    shown.sort();
    shown
}

fn pair<'a>(pairs: &'a [PairResult<Data>], a: &str, b: &str) -> &'a PairResult<Data> {
    pairs.iter().find(|pair| (&*pair.acceptor, &*pair.dialer) == (a, b)).expect("the pair")
}

#[test]
fn a_dry_run_plans_each_pair_in_which_the_smaller_alias_accepts() {
    let world = World::named(&["eu", "us", "ap", "sa"]);
    let planned = world.perform(TIMEOUT, 16, true);
    let pairs = ["ap<eu", "ap<sa", "ap<us", "eu<sa", "eu<us", "sa<us"];
    assert_eq!(shown(&planned), pairs.map(|pair| format!("{pair} planned")));
    assert!(planned.iter().all(|pair| pair.plan.steps[0].action == Action::Generate && !pair.plan.linked));
    assert_eq!(world.writes(), 0);

    let done = world.mesh();
    assert!(done.iter().all(|pair| pair.status == Status::Changed && !pair.plan.steps.is_empty()));
    world.assert_meshed(&["eu", "us", "ap", "sa"]);
    assert_eq!(world.writes(), 12);
    for again in [world.mesh(), world.perform(TIMEOUT, 16, true)] {
        assert!(
            again.iter().all(|pair| pair.status == Status::Linked && pair.plan.linked && pair.plan.steps.is_empty())
        );
    }
    assert_eq!(world.writes(), 12, "nothing more is written");
}

#[test]
fn a_cluster_with_external_addresses_accepts_and_a_link_keeps_its_direction() {
    let behind = |name: &str, server: &str, lb: &str| ClusterOptions {
        server_address: Some(server.into()),
        reachable: Some(vec![lb.into()]),
        ..ClusterOptions::named(name)
    };
    let mut world = World::new(vec![
        behind("ap", "10.0.0.1:8503", "lb.ap:443"),
        ClusterOptions::named("eu"),
        behind("us", "10.0.0.2:8503", "lb.us:443"),
        ClusterOptions::named("sa"),
    ]);
    world.members[0].external_addresses = Some(vec!["lb.ap:443".into()]);
    world.members[0].meta = Some(vec![("a".into(), "1".into())]);
    world.members[2].external_addresses = Some(vec!["lb.us:443".into()]);
    let setup = world.setup();
    setup.dial(&setup.token("sa", "eu"), "eu", "sa", true);
    let pairs = world.mesh();
    let expected =
        ["ap<eu changed", "ap<sa changed", "ap<us changed", "eu<sa linked", "us<eu changed", "us<sa changed"];
    assert_eq!(shown(&pairs), expected);
    assert!(pair(&pairs, "eu", "sa").plan.reversed);
    world.assert_meshed(&["eu", "us", "ap", "sa"]);
    let acceptor = world.host.peering("ap", "eu").expect("a peering");
    assert_eq!(acceptor.meta, [("a".into(), "1".into())]);
}

#[test]
fn a_pair_that_fails_does_not_affect_others() {
    let us = ClusterOptions { reachable: Some(Vec::new()), ..ClusterOptions::named("us") };
    let world =
        World::new(vec![ClusterOptions::named("eu"), us, ClusterOptions::named("ap"), ClusterOptions::named("zz")]);
    // us accepts only from zz, and is unreachable; ap has another peer "eu".
    let setup = world.setup();
    setup.dial(&setup.token("zz", "other"), "ap", "eu", true);
    let pairs = world.mesh();
    let expected = ["ap<eu failed", "ap<us changed", "ap<zz linked", "eu<us changed", "eu<zz changed", "us<zz failed"];
    assert_eq!(shown(&pairs), expected);
    for (acceptor, dialer, code, cluster) in
        [("ap", "eu", Code::RoleConflict, "ap"), ("us", "zz", Code::Unreachable, "zz")]
    {
        let error = pair(&pairs, acceptor, dialer).error.as_ref().expect("an error");
        assert_eq!(error.code, code);
        assert_eq!(error.location.as_ref().map(|at| &at.cluster), Some(&world.host.cluster(cluster).address));
        assert!(error.left_behind.is_empty(), "its acceptor is deleted");
    }
    assert!(world.host.peering("us", "zz").is_none());
}

#[test]
fn a_cluster_that_does_not_respond_fails_only_its_own_pairs() {
    let mut world = World::named(&["eu", "us", "ap"]);
    world.add("down", "http://down.invalid");
    let pairs = world.mesh();
    let failed: Vec<_> = pairs.iter().filter_map(|pair| pair.error.as_ref()).collect();
    assert_eq!(failed.len(), 3);
    for error in failed {
        let at = error.location.as_ref().map(|at| at.cluster.to_string());
        assert_eq!((error.code, at.as_deref()), (Code::Network, Some("http://down.invalid")));
    }
    world.assert_meshed(&["eu", "us", "ap"]);
}

#[test]
fn an_aborted_mesh_reports_what_exists_and_the_next_one_completes_it() {
    const NAMES: [&str; 4] = ["eu", "us", "ap", "sa"];
    for stop in 0..12 {
        let world = World::named(&NAMES);
        let reported = Reported::default();
        let call = Call::new(world.host.clone(), TIMEOUT, Some(reported.listener()));
        let aborted = async {
            poll_fn(|_| if world.writes() > stop { Poll::Ready(()) } else { Poll::Pending }).await;
            Data::object([("aborted", "yes".into())])
        };
        let work = mesh(&call, world.members.clone(), 2, false);
        let ended = world.host.run(call.run(aborted, Box::pin(work)));
        assert!(ended.err().is_some_and(|error| error.thrown.is_some()), "aborted at write {stop}");
        let sent = world.host.requests().len();
        world.host.run(world.host.sleep(Duration::ms(20_000.0)));
        assert_eq!(world.host.requests().len(), sent, "nothing is sent afterwards");
        for name in NAMES {
            let address = world.host.cluster(name).address.to_string();
            for peering in world.host.peerings(name) {
                let left = reported.leftovers();
                let is_reported = left.iter().any(|left| left.0 == address && left.1 == peering.name);
                let is_done = peering.state == consul_peering::consul::peering::State::Active;
                assert!(is_reported || is_done, "{} on {name}, aborted at write {stop}", peering.name);
            }
        }
        assert!(world.mesh().iter().all(|pair| pair.error.is_none()));
        world.assert_meshed(&NAMES);
    }
}

/// The pairs of `ap` fail while the third pair waits: then only the abort can report what they left behind.
#[test]
fn an_aborted_mesh_reports_what_its_failed_pairs_have_left_behind() {
    let ap = ClusterOptions { reachable: Some(Vec::new()), ..ClusterOptions::named("ap") };
    let world = World::new(vec![ap, ClusterOptions::named("eu"), ClusterOptions::named("us")]);
    // The unused acceptors cannot be deleted.
    let delete = Match { cluster: Some("ap".into()), method: Some("DELETE".into()), ..Match::default() };
    let token = Match { cluster: Some("eu".into()), path: Some("/v1/peering/token".into()), ..Match::default() };
    world.host.world(|world| {
        world.add_fault(Fault::ProxyPage(403), delete, 2);
        world.add_fault(Fault::Delay(ms(30_000)), token, 1);
    });
    let reported = Reported::default();
    let call = Call::new(world.host.clone(), TIMEOUT, Some(reported.listener()));
    let aborted = async {
        world.host.sleep(Duration::ms(20_000.0)).await;
        assert!(reported.leftovers().is_empty(), "the results of failed pairs contain their leftovers");
        Data::object([("aborted", "yes".into())])
    };
    let work = mesh(&call, world.members.clone(), 16, false);
    let ended = world.host.run(call.run(aborted, Box::pin(work)));
    assert!(ended.is_err());
    let address = world.host.cluster("ap").address.to_string();
    for name in ["eu", "us"] {
        assert!(world.host.peering("ap", name).is_some());
        let left = reported.leftovers().into_iter().filter(|left| left.0 == address && left.1 == name);
        assert_eq!(left.map(|left| left.2).collect::<Vec<_>>(), [LeftoverCode::NotDeleted], "{name}");
    }
}

#[test]
fn a_mesh_that_times_out_fails_only_the_unfinished_pairs() {
    let world = World::named(&["eu", "us", "ap"]);
    let matching = Match { cluster: Some("us".into()), method: Some("POST".into()), ..Match::default() };
    world.host.world(|world| world.add_fault(Fault::Delay(ms(60_000)), matching, 1));
    let pairs = world.perform(Duration::ms(12_000.0), 16, false); // the others complete long before
    let failed: Vec<_> = pairs.iter().filter_map(|pair| pair.error.as_ref()).collect();
    let [error] = failed[..] else { panic!("{} have failed", failed.len()) };
    assert_eq!(error.code, Code::Timeout);
    assert!(error.message("mesh").ends_with(": timed out after 12 s"), "{}", error.message("mesh"));
    assert!(world.mesh().iter().all(|pair| pair.error.is_none()));
    world.assert_meshed(&["eu", "us", "ap"]);
}

#[test]
fn a_mesh_restores_one_deleted_peering() {
    let world = World::named(&["eu", "us", "ap"]);
    world.mesh();
    world.setup().remove("ap", "us");
    let pairs = world.mesh();
    assert_eq!(shown(&pairs), ["ap<eu linked", "ap<us changed", "eu<us linked"]);
    world.assert_meshed(&["eu", "us", "ap"]);
}
