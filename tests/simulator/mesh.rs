//! `mesh` on simulated clusters, in virtual time: directions, names, aliases, concurrency and leftovers.

use std::cell::RefCell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::NoteCode;
use consul_peering::decide::progress::{Kind, Progress, ProgressCode};
use consul_peering::host::Host;
use consul_peering::operations::call::{Call, Listener};
use consul_peering::operations::mesh::{PairResult, Status, mesh};
use consul_peering::operations::pair::connect::connect;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::finding::Finding;
use consul_peering::simulator::host::{Data, SentRequest, SimulatedHost, crash_after};
use consul_peering::simulator::{Fault, Match};
use futures_util::future::join;

use crate::calls::{TIMEOUT, act, done, generate_token, host, peer_name};
use crate::client::ms;

pub fn call(host: &SimulatedHost) -> Rc<Call<SimulatedHost>> {
    Call::new(host.clone(), TIMEOUT, None)
}

/// A cluster under an alias. In a pair of its own, `peer_name` is its name for the other.
fn member(host: &SimulatedHost, cluster: &str, alias: &str, other: &str) -> Member<SimulatedHost> {
    let mut member = Member::new(host.clone(), host.cluster(cluster), peer_name(other), peer_name(alias));
    member.external_addresses = Some(Vec::new());
    member
}

pub fn members(host: &SimulatedHost, names: &[&str]) -> Vec<Member<SimulatedHost>> {
    names.iter().map(|name| member(host, name, name, "mesh")).collect()
}

fn mesh_now(host: &SimulatedHost, members: Vec<Member<SimulatedHost>>) -> Vec<PairResult<Data>> {
    done(host.run(mesh(&call(host), members, 16, false)))
}

fn dry_run(host: &SimulatedHost, members: Vec<Member<SimulatedHost>>) -> Vec<PairResult<Data>> {
    done(host.run(mesh(&call(host), members, 16, true)))
}

/// Links two clusters under these names.
fn connect_as(host: &SimulatedHost, [acceptor, dialer]: [(&str, &str); 2]) {
    let of = |(cluster, name): (&str, &str)| member(host, cluster, cluster, name);
    let call = call(host);
    let mut pair = Pair::new(&call, [of(acceptor), of(dialer)]);
    done(host.run(connect(&call, &mut pair)));
}

/// The paths of the POST requests so far.
pub fn posts(host: &SimulatedHost) -> Vec<String> {
    let is_post = |request: &&SentRequest| request.method == "POST";
    host.requests().iter().filter(is_post).map(|request| request.path().to_owned()).collect()
}

fn names(host: &SimulatedHost, cluster: &str) -> Vec<String> {
    host.peerings(cluster).into_iter().map(|peering| peering.name).collect()
}

#[test]
fn a_cluster_with_external_addresses_accepts_and_otherwise_the_smaller_alias() {
    let host = host(&["a", "b"]);
    let roles = |members: Vec<Member<SimulatedHost>>| {
        let pairs = dry_run(&host, members);
        assert_eq!((pairs.len(), pairs[0].status), (1, Status::Planned));
        [pairs[0].acceptor.to_string(), pairs[0].dialer.to_string()]
    };
    let with_addresses = |name: &str| {
        let mut member = member(&host, name, name, "mesh");
        member.external_addresses = Some(vec!["b.example:8503".into()]);
        member
    };
    assert_eq!(roles(members(&host, &["a", "b"])), ["a", "b"]);
    assert_eq!(roles(members(&host, &["b", "a"])), ["a", "b"]);
    let [a, b] = ["a", "b"].map(|name| member(&host, name, name, "mesh"));
    assert_eq!(roles(vec![a.clone(), with_addresses("b")]), ["b", "a"]);
    assert_eq!(roles(vec![with_addresses("b"), a]), ["b", "a"]);
    assert_eq!(roles(vec![with_addresses("a"), b]), ["a", "b"]);
    assert_eq!(roles(vec![with_addresses("b"), with_addresses("a")]), ["a", "b"]);
    assert!(names(&host, "a").is_empty() && names(&host, "b").is_empty(), "a dry run changes nothing");
}

#[test]
fn a_pair_that_is_linked_under_other_names_stays_linked() {
    for sides in [[("a", "to-b"), ("b", "to-a")], [("b", "to-a"), ("a", "to-b")]] {
        let host = host(&["a", "b"]);
        // Peerings of other pairs are listed first.
        for cluster in ["a", "b"] {
            generate_token(&host, cluster, "another");
        }
        connect_as(&host, sides);
        let before = posts(&host);
        let pairs = mesh_now(&host, members(&host, &["a", "b"]));
        assert_eq!(pairs[0].status, Status::Linked, "{sides:?}");
        assert_eq!((names(&host, "a").len(), names(&host, "b").len()), (2, 2));
        assert_eq!(posts(&host), before);
    }
}

#[test]
fn a_pair_whose_link_under_other_names_lost_a_side_is_linked_under_its_aliases() {
    for deleted in [("a", "/v1/peering/to-b"), ("b", "/v1/peering/to-a")] {
        let host = host(&["a", "b"]);
        connect_as(&host, [("a", "to-b"), ("b", "to-a")]);
        act(&host, deleted.0, "DELETE", deleted.1, "");
        host.run(host.sleep(Duration::ZERO));
        let pairs = mesh_now(&host, members(&host, &["a", "b"]));
        assert_eq!(pairs[0].status, Status::Changed);
        assert!(names(&host, "a").contains(&"b".to_owned()) && names(&host, "b").contains(&"a".to_owned()));
    }
}

/// Two clusters may dial one acceptor; Consul accepts the later one.
#[test]
fn an_acceptor_that_two_clusters_have_dialed_belongs_to_one_pair() {
    for name in ["b", "c", "shared"] {
        let host = host(&["a", "b", "c"]);
        connect_as(&host, [("a", name), ("b", "a")]);
        let token = generate_token(&host, "a", name);
        let body = format!(r#"{{"PeerName":"a","PeeringToken":"{token}"}}"#);
        act(&host, "c", "POST", "/v1/peering/establish", &body);
        host.run(host.sleep(Duration::ms(100.0)));
        let pairs = mesh_now(&host, members(&host, &["a", "b", "c"]));
        let failed: Vec<_> = pairs.iter().filter_map(|pair| Some((&*pair.dialer, pair.error.as_ref()?.code))).collect();
        assert_eq!(failed, [("c", Code::PeerMismatch)], "{name}");
    }
}

/// The cluster that uses a token need not be the one that its acceptor is named after.
#[test]
fn an_acceptor_that_is_named_after_another_cluster_than_its_dialer_belongs_to_one_pair() {
    for run in [mesh_now, dry_run] {
        let host = host(&["a", "b", "c"]);
        let token = generate_token(&host, "a", "b");
        act(&host, "c", "POST", "/v1/peering/establish", &format!(r#"{{"PeerName":"b","PeeringToken":"{token}"}}"#));
        host.run(host.sleep(Duration::ms(3.0)));
        let mut members = members(&host, &["a", "b", "c"]);
        members[2].meta = Some(vec![("team".into(), "net".into())]);
        let codes: Vec<_> = run(&host, members)[..2].iter().map(|pair| Some(pair.error.as_ref()?.code)).collect();
        assert!(codes.contains(&Some(Code::PeerMismatch)), "two pairs would change it: {codes:?}");
    }
}

#[test]
fn a_linked_pair_with_other_meta_is_planned_and_changed() {
    let host = host(&["a", "b"]);
    mesh_now(&host, members(&host, &["a", "b"]));
    let with_meta = || {
        let mut members = members(&host, &["a", "b"]);
        members[1].meta = Some(vec![("team".into(), "net".into())]);
        members
    };
    let planned = dry_run(&host, with_meta());
    assert_eq!(planned[0].status, Status::Planned);
    assert!(planned[0].plan.linked && !planned[0].plan.steps.is_empty());
    assert_eq!(host.peering("b", "a").unwrap().meta, []);
    assert_eq!(mesh_now(&host, with_meta())[0].status, Status::Changed);
    assert_eq!(host.peering("b", "a").unwrap().meta, [("team".to_owned(), "net".to_owned())]);
}

#[test]
fn two_aliases_of_one_cluster_create_each_peering_once_and_are_noted() {
    let host = host(&["a", "b"]);
    let aliases =
        || vec![member(&host, "a", "a", "mesh"), member(&host, "b", "b", "mesh"), member(&host, "a", "x", "mesh")];
    let reported = Rc::new(RefCell::new(Vec::new()));
    let listener: Listener = {
        let reported = reported.clone();
        Box::new(move |progress: &Progress<'_>| {
            if progress.code == ProgressCode::Note(NoteCode::SameCluster) {
                reported.borrow_mut().push((progress.cluster.to_string(), progress.text.to_owned()));
            }
        })
    };
    let call = Call::new(host.clone(), TIMEOUT, Some(listener));
    let pairs = done(host.run(mesh(&call, aliases(), 16, false)));
    let text = "the aliases \"a\" and \"x\" are the same cluster";
    for pair in &pairs {
        let of_x = pair.acceptor == peer_name("x") || pair.dialer == peer_name("x");
        let notes: Vec<_> = pair.plan.notes.iter().filter(|note| note.code == NoteCode::SameCluster).collect();
        assert_eq!(notes.len(), usize::from(of_x), "{}, {}", pair.acceptor, pair.dialer);
        assert!(notes.iter().all(|note| note.text == text), "{notes:?}");
    }
    assert_eq!(*reported.borrow(), [(host.cluster("a").address.to_string(), text.to_owned())]);

    // Both pairs with b would create the peering "b" on the cluster a.
    let statuses: Vec<_> = pairs.iter().map(|pair| pair.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == Status::Changed).count(), 1, "{statuses:?}");
    let failures: Vec<_> = pairs.iter().filter_map(|pair| pair.error.as_ref()).collect();
    assert!(failures.iter().all(|error| error.code == Code::SameCluster && error.left_behind.is_empty()));
    let claimed = failures.iter().find(|error| error.reason == text).expect("the name is claimed once");
    assert_eq!(claimed.location.as_ref().unwrap().cluster, host.cluster("a").address);
    assert_eq!((names(&host, "a"), names(&host, "b").len()), (vec!["b".to_owned()], 1));
}

#[test]
fn an_identity_that_could_not_be_read_at_first_is_read_again() {
    let host = host(&["a", "b"]);
    let path = Some("/v1/connect/ca/roots".into());
    // The first read of each alias takes two attempts.
    let matching = Match { path, cluster: Some("a".into()), ..Match::default() };
    host.world(|world| world.add_fault(Fault::ProxyPage(403), matching, 4));
    let aliases =
        vec![member(&host, "a", "a", "mesh"), member(&host, "b", "b", "mesh"), member(&host, "a", "x", "mesh")];
    let pairs = mesh_now(&host, aliases);
    let noted = pairs.iter().flat_map(|pair| &pair.plan.notes).filter(|note| note.code == NoteCode::SameCluster);
    assert_eq!(noted.count(), 2);
}

/// An acceptor in place of the requested dialer, whose token is unused, may belong to a concurrent call.
#[test]
fn waits_for_a_concurrent_call_in_the_opposite_direction() {
    let host = host(&["a", "b"]);
    generate_token(&host, "b", "a");
    let planned = dry_run(&host, members(&host, &["a", "b"]));
    let error = planned[0].error.as_ref().expect("it is a conflict now");
    assert_eq!((planned[0].status, error.code, error.retryable), (Status::Failed, Code::RoleConflict, true));
    assert_eq!(host.now(), ms(0), "a dry run does not wait");

    let opposite = async {
        host.sleep(Duration::ms(2_000.0)).await;
        let call = call(&host);
        let mut pair = Pair::new(&call, [member(&host, "b", "b", "a"), member(&host, "a", "a", "b")]);
        done(connect(&call, &mut pair).await);
    };
    let (pairs, ()) = host.run(join(mesh(&call(&host), members(&host, &["a", "b"]), 16, false), opposite));
    assert_eq!(done(pairs)[0].status, Status::Linked, "by the other call");
    assert_eq!((names(&host, "a").len(), names(&host, "b").len()), (1, 1));
}

#[test]
fn an_unused_acceptor_in_place_of_the_dialer_fails_after_eight_seconds() {
    let host = host(&["a", "b"]);
    generate_token(&host, "b", "a");
    let retries = Rc::new(RefCell::new(0));
    let listener: Listener = {
        let retries = retries.clone();
        Box::new(move |progress: &Progress<'_>| *retries.borrow_mut() += u32::from(progress.kind == Kind::Retry))
    };
    let call = Call::new(host.clone(), TIMEOUT, Some(listener));
    let pairs = done(host.run(mesh(&call, members(&host, &["a", "b"]), 16, false)));
    assert_eq!(pairs[0].error.as_ref().map(|error| (error.code, error.retryable)), Some((Code::RoleConflict, true)));
    assert!((ms(8_000)..ms(9_000)).contains(&host.now()), "{:?}", host.now());
    assert_eq!(*retries.borrow(), 1, "reported once");
    assert_eq!((names(&host, "a").len(), names(&host, "b")), (0, vec!["a".to_owned()]));
}

#[test]
fn warnings_of_the_clusters_are_reported_once() {
    let host = host(&["a", "b", "c"]);
    let mut members = members(&host, &["a", "b", "c"]);
    let warning = Finding::warning("server_external_addresses", "address", "The address is odd.", "Use another.");
    members[0].warnings.push(warning);
    let warnings = Rc::new(RefCell::new(Vec::new()));
    let listener: Listener = {
        let warnings = warnings.clone();
        Box::new(move |progress: &Progress<'_>| {
            if progress.kind == Kind::Warning {
                warnings.borrow_mut().push((progress.cluster.to_string(), progress.text.to_owned()));
            }
        })
    };
    let call = Call::new(host.clone(), TIMEOUT, Some(listener));
    done(host.run(mesh(&call, members, 16, true)));
    let expected = (host.cluster("a").address.to_string(), "The address is odd. Use another.".to_owned());
    assert_eq!(*warnings.borrow(), [expected]);
}

/// A read that is under way holds the list of its cluster, which holds the read.
#[test]
fn a_cancelled_mesh_releases_its_call() {
    let mut steps = 0;
    loop {
        let host = host(&["a", "b", "c"]);
        let call = call(&host);
        let ended = host.run(crash_after(steps, mesh(&call, members(&host, &["a", "b", "c"]), 16, false)));
        let is_complete = ended.is_some();
        drop(ended);
        assert_eq!(Rc::strong_count(&call), 1, "after {steps} steps");
        if is_complete {
            break;
        }
        steps += 1;
    }
    assert!(steps > 20);
}
