//! `watch` while requests fail, servers restart, or blocking queries do not work.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::progress::{Kind, Progress};
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::Call;
use consul_peering::operations::watch::Watch;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Conditions, Data, SentRequest, SimulatedHost};
use consul_peering::simulator::{ClusterOptions, Fault, Match};

use crate::calls::{host_of, peer_name};
use crate::client::ms;
use crate::pair_setup::Setup;
use crate::stub::{READ, Reply, answer};
use crate::stub_host::StubHost;

struct Watching {
    host: SimulatedHost,
    watch: Watch<SimulatedHost>,
    reported: Rc<RefCell<Vec<Kind>>>,
}

/// A watch of all peerings of `eu`, which has this version.
fn watching(version: Option<&str>, interval: f64) -> Watching {
    let mut eu = ClusterOptions::named("eu");
    if let Some(version) = version {
        eu.version = version.into();
    }
    let host = host_of(vec![eu, ClusterOptions::named("us")]);
    let reported: Rc<RefCell<Vec<_>>> = Rc::default();
    let noted = reported.clone();
    let listener = Box::new(move |progress: &Progress<'_>| noted.borrow_mut().push(progress.kind));
    let call = Call::new(host.clone(), Duration::INFINITE, Some(listener));
    let cluster = host.cluster("eu");
    let watch = Watch::new(call, host.clone(), cluster, None, Duration::ms(interval));
    Watching { host, watch, reported }
}

impl Watching {
    /// The reads of the list, which only the watch sends.
    fn requests(&self) -> Vec<SentRequest> {
        self.host.requests().into_iter().filter(|request| request.path() == "/v1/peerings").collect()
    }

    /// The names and states of the next value.
    fn next(&mut self) -> String {
        let Ok(value) = self.host.run(self.watch.next()) else { panic!("it ends") };
        let shown = |peering: &Data| {
            format!("{} {}", peering.get("peer_name").text().unwrap(), peering.get("state").text().unwrap())
        };
        value.items().expect("a list").iter().map(shown).collect::<Vec<_>>().join(",")
    }

    fn until(&mut self, wanted: &str) {
        for _ in 0..100 {
            if self.next() == wanted {
                return;
            }
        }
        panic!("it never yields {wanted}");
    }

    fn setup(&self) -> Setup {
        Setup { host: self.host.clone() }
    }
}

#[test]
fn a_watch_continues_after_each_temporary_failure_and_reports_it() {
    for fault in [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Cut,
        Fault::RateLimited(Some(1)),
        Fault::Unavailable(None),
        Fault::ProxyPage(502),
        Fault::GatewayTimeout,
        Fault::LeaderLost(ms(300)),
        Fault::Restart { duration: ms(300), acted: false },
    ] {
        let mut watching = watching(None, 40.0);
        assert_eq!(watching.next(), "");
        let matching = Match { path: Some("/v1/peerings".into()), ..Match::default() };
        let ordered = watching.host.world(|world| world.add_fault(fault.clone(), matching, 4));
        let host = watching.host.clone();
        let change = async {
            while host.world(|world| world.hits(ordered)) < 4 {
                host.sleep(Duration::ms(5.0)).await;
            }
            host.sleep(Duration::ms(300.0)).await;
            let spec = crate::calls::token_spec("us");
            let token = consul_peering::consul::request::token(&spec);
            assert!(host.send(&host.cluster("eu"), &token).await.is_ok());
        };
        let (value, ()) = host.run(futures_util::future::join(watching.watch.next(), change));
        assert!(value.is_ok_and(|value| value.items().is_some_and(|items| items.len() == 1)), "{fault:?}");
        let reported = watching.reported.borrow();
        // Without a leader, a server still responds with its own data.
        let Some((last, retries)) = reported.split_last() else {
            assert!(matches!(fault, Fault::LeaderLost(_)), "{fault:?} is not reported");
            continue;
        };
        assert!(*last == Kind::Recovered && retries.iter().all(|kind| *kind == Kind::Retry), "{fault:?}: {reported:?}");
    }
}

#[test]
fn a_computed_state_is_observed_within_the_interval() {
    let mut watching = watching(None, 50.0);
    watching.setup().link();
    assert_eq!(watching.next(), "us ACTIVE");
    let before = watching.host.peering("eu", "us").map(|peering| peering.modify_index);
    watching.host.world(|world| world.restart("us", ms(400)).unwrap());
    watching.until("us FAILING");
    assert_eq!(watching.host.peering("eu", "us").map(|peering| peering.modify_index), before, "nothing was stored");
}

#[test]
fn a_watch_has_one_request_open_and_each_waits_for_a_change() {
    let mut watching = watching(None, 50.0);
    watching.host.set_conditions(Conditions { delay: ms(2), ..Conditions::default() });
    watching.next();
    watching.setup().link();
    watching.until("us ACTIVE");
    let requests = watching.requests();
    assert!(requests.windows(2).all(|two| two[0].ended.is_some_and(|ended| ended <= two[1].at)), "{requests:?}");
    for request in &requests[1..] {
        assert!(request.target.starts_with("/v1/peerings?index=") && request.target.ends_with("&wait=50ms"));
    }
}

#[test]
fn without_blocking_queries_a_watch_reads_once_per_interval() {
    let mut watching = watching(Some("1.15.1"), 600.0);
    assert_eq!(watching.next(), "");
    watching.setup().link();
    watching.until("us ACTIVE");
    let requests = watching.requests();
    assert!(requests.iter().all(|request| request.target == "/v1/peerings"), "{requests:?}");
    assert!(requests.windows(2).all(|two| two[1].at - two[0].at >= ms(600)) && requests.len() > 1, "{requests:?}");
}

/// A watch of the stub's peering, or of all.
fn watch_of(host: &StubHost, name: Option<&str>, interval: f64) -> Watch<StubHost> {
    let call = Call::new(host.clone(), Duration::INFINITE, None);
    let cluster = consul_peering::consul::cluster::Cluster::default();
    Watch::new(call, host.clone(), cluster, name.map(peer_name), Duration::ms(interval))
}

/// Responds to reads of one peering or all, and returns the indexes that the watch sends.
fn note_indexes(host: &StubHost, reply: impl FnMut(usize) -> Reply + 'static) -> Rc<RefCell<Vec<Option<u64>>>> {
    let indexes: Rc<RefCell<Vec<_>>> = Rc::default();
    let noted = indexes.clone();
    let reply = Rc::new(RefCell::new(reply));
    for call in [READ, "GET /v1/peerings"] {
        let (noted, reply) = (noted.clone(), reply.clone());
        host.on(call, move |_, sent| {
            noted.borrow_mut().push(sent.index);
            reply.borrow_mut()(sent.n)
        });
    }
    indexes
}

const RECORD: &str = r#"{"ID":"1","Name":"us","State":"PENDING","CreateIndex":21,"ModifyIndex":21}"#;
const CHANGED: &str = r#"{"ID":"1","Name":"us","State":"ACTIVE","CreateIndex":21,"ModifyIndex":21}"#;

#[test]
fn a_response_without_an_index_is_read_again_after_the_interval() {
    let host = StubHost::default();
    let indexes = note_indexes(&host, |n| answer(200, if n < 4 { RECORD } else { CHANGED }));
    let mut watch = watch_of(&host, Some("us"), 600.0);
    for state in ["PENDING", "ACTIVE"] {
        assert!(host.run(watch.next()).is_ok_and(|peering| peering.get("state").is_text(state)));
    }
    assert_eq!(*indexes.borrow(), [None; 4]);
    assert!(host.times().windows(2).all(|two| two[1] - two[0] >= ms(600)), "{:?}", host.times());
}

#[test]
fn a_lower_index_restarts_the_query() {
    let host = StubHost::default();
    let list = |record: &str| format!("[{record}]");
    let indexes = note_indexes(&host, move |n| match n {
        1 | 2 => Reply::Indexed(1_000, list(RECORD)),
        3 | 4 => Reply::Indexed(5, list(RECORD)), // a rebuilt server
        _ => Reply::Indexed(6, list(CHANGED)),
    });
    let mut watch = watch_of(&host, None, 300.0);
    for state in ["PENDING", "ACTIVE"] {
        let value = host.run(watch.next()).ok().and_then(|value| value.items()).unwrap_or_default();
        assert!(value[0].get("state").is_text(state));
    }
    assert_eq!(*indexes.borrow(), [None, Some(1_000), Some(1_000), None, Some(5)]);
}

#[test]
fn after_a_failure_a_watch_reads_without_waiting_for_a_change() {
    let host = StubHost::default();
    let indexes = note_indexes(&host, |n| match n {
        1 => Reply::Indexed(21, RECORD.into()),
        2 => answer(502, ""),
        _ => Reply::Indexed(21, CHANGED.into()),
    });
    let mut watch = watch_of(&host, Some("us"), 300.0);
    for state in ["PENDING", "ACTIVE"] {
        assert!(host.run(watch.next()).is_ok_and(|peering| peering.get("state").is_text(state)));
    }
    assert_eq!(*indexes.borrow(), [None, Some(21), None]);
}

#[test]
fn a_change_is_yielded_from_the_query_that_waited_for_it() {
    let host = StubHost::default();
    let changed = CHANGED.replace(r#""ModifyIndex":21"#, r#""ModifyIndex":25"#);
    let indexes = note_indexes(&host, move |n| {
        if n == 1 { Reply::Indexed(21, RECORD.into()) } else { Reply::Indexed(25, changed.clone()) }
    });
    let mut watch = watch_of(&host, Some("us"), 300.0);
    for state in ["PENDING", "ACTIVE"] {
        assert!(host.run(watch.next()).is_ok_and(|peering| peering.get("state").is_text(state)));
    }
    assert_eq!(*indexes.borrow(), [None, Some(21)]);
}

/// As recorded of Consul 1.22.3, where a record is marked and removed before the waiting read continues.
#[test]
fn a_peering_removed_during_a_blocking_query_whose_response_still_has_it_is_yielded_as_deleted() {
    let host = StubHost::default();
    let indexes = note_indexes(&host, |n| match n {
        1 => Reply::Indexed(22, RECORD.into()), // the index of a read that did not wait proves nothing
        2 => Reply::Indexed(24, RECORD.into()),
        _ => answer(404, "Peering not found for \"us\""),
    });
    let mut watch = watch_of(&host, Some("us"), 600_000.0);
    assert!(host.run(watch.next()).is_ok_and(|peering| peering.get("state").is_text("PENDING")));
    assert!(host.run(watch.next()).is_ok_and(|peering| peering == Data::null()));
    assert_eq!(*indexes.borrow(), [None, Some(22), None]);
}

#[test]
fn a_watch_of_a_server_that_is_down_for_long_backs_off() {
    let mut watching = watching(None, 40.0);
    watching.setup().link();
    assert_eq!(watching.next(), "us ACTIVE");
    let before = watching.host.requests().len();
    watching.host.world(|world| world.restart("us", std::time::Duration::MAX).unwrap());
    watching.host.world(|world| world.restart("eu", ms(3_000)).unwrap());
    assert_ne!(watching.next(), "us ACTIVE");
    let sent = watching.host.requests().len() - before;
    assert!(sent < 20, "{sent} requests");
}

#[test]
fn a_watch_ends_with_a_refusal_that_lasts() {
    let host = StubHost::default();
    note_indexes(&host, |n| if n == 1 { Reply::Indexed(21, RECORD.into()) } else { answer(403, "Permission denied") });
    let mut watch = watch_of(&host, Some("us"), 300.0);
    assert!(host.run(watch.next()).is_ok());
    assert_eq!(host.run(watch.next()).err().map(|error| error.code), Some(Code::PermissionDenied));
}

#[test]
fn the_wait_of_a_blocking_query_is_neither_zero_nor_minutes() {
    for (interval, wait) in [(0.5, "wait=1ms"), (600_000.0, "wait=60000ms")] {
        let mut watching = watching(None, interval);
        watching.setup().link();
        watching.until("us ACTIVE");
        let host = watching.host.clone();
        let change = host.sleep(Duration::ms(1_000.0));
        host.run(futures_util::future::select(pin!(watching.watch.next()), pin!(change)));
        let requests = watching.requests();
        let blocking: Vec<_> = requests.iter().filter(|request| request.target.contains("index=")).collect();
        assert!(!blocking.is_empty() && blocking.iter().all(|request| request.target.ends_with(wait)), "{blocking:?}");
    }
}
