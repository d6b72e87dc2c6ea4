//! `watch` against simulated clusters, in virtual time.

use std::cell::RefCell;
use std::rc::Rc;

use consul_peering::consul::code::Code;
use consul_peering::decide::progress::{Kind, Progress};
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::Call;
use consul_peering::operations::watch::Watch;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::{Data, SimulatedHost};
use consul_peering::simulator::{Fault, Match};
use futures_util::future::{Either, select};

use crate::calls::{connect_now, count, disconnect_now, done, generate_token, host, is_active, peer_name};
use crate::client::ms;

const INTERVAL: Duration = Duration::ms(2_000.0);

struct Watching {
    host: SimulatedHost,
    watch: Watch<SimulatedHost>,
    /// When each retry was reported, and that the cluster responds again.
    reports: Rc<RefCell<Vec<(Kind, std::time::Duration)>>>,
}

/// A watch of `us` on its peering with `eu`, or on all.
fn watching(name: Option<&str>, interval: Duration) -> Watching {
    let host = host(&["eu", "us"]);
    let reports = Rc::new(RefCell::new(Vec::new()));
    let listener = {
        let (reports, host) = (reports.clone(), host.clone());
        move |progress: &Progress<'_>| {
            if matches!(progress.kind, Kind::Retry | Kind::Recovered) {
                reports.borrow_mut().push((progress.kind, host.now()));
            }
        }
    };
    let call = Call::new(host.clone(), Duration::INFINITE, Some(Box::new(listener)));
    let watch = Watch::new(call, host.clone(), host.cluster("us"), name.map(peer_name), interval);
    Watching { host, watch, reports }
}

impl Watching {
    fn next(&mut self) -> Result<Data, Code> {
        self.host.run(self.watch.next()).map_err(|error| error.code)
    }

    /// Waits for so long. Fails if there is a value meanwhile.
    fn rest(&mut self, duration: Duration) {
        let wait = Box::pin(self.host.sleep(duration));
        let ended = self.host.run(select(wait, Box::pin(self.watch.next())));
        assert!(matches!(ended, Either::Left(_)), "a value that has not changed");
    }

    fn reads(&self) -> usize {
        count(&self.host.requests(), "GET", "/v1/peering/eu")
    }

    fn fail(&self, fault: Fault, times: u32) {
        self.host
            .world(|world| world.add_fault(fault, Match { cluster: Some("us".into()), ..Match::default() }, times));
    }

    /// The reports since: the ms from each retry to the next report.
    fn delays(&self) -> Vec<u128> {
        let reports = self.reports.take();
        if let Some((last, retries)) = reports.split_last() {
            assert!(retries.iter().all(|(kind, _)| *kind == Kind::Retry));
            assert_eq!(last.0, Kind::Recovered);
        }
        reports.windows(2).map(|pair| (pair[1].1 - pair[0].1).as_millis()).collect()
    }
}

#[test]
fn a_watch_backs_off_from_failures_twice_as_long_each_time_up_to_five_seconds() {
    let mut watching = watching(Some("eu"), INTERVAL);
    assert_eq!(watching.next(), Ok(Data::null()));
    for _ in 0..2 {
        watching.fail(Fault::ProxyPage(502), 7);
        // The next read is an interval later, and succeeds 17.75 s after that.
        watching.rest(Duration::ms(22_000.0));
        assert_eq!(watching.delays(), [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000], "a success resets the delay");
    }
    done(connect_now(&watching.host));
    assert!(is_active(&watching.next().unwrap()));
}

#[test]
fn a_watch_ends_with_a_failure_before_its_first_value_or_one_that_lasts() {
    let mut first = watching(Some("eu"), INTERVAL);
    first.fail(Fault::ProxyPage(502), 1);
    let Err(code) = first.next() else { panic!("there was no value") };
    assert!(matches!(code, Code::ServerError | Code::UnexpectedAnswer), "{code:?}");

    let mut later = watching(Some("eu"), INTERVAL);
    assert_eq!(later.next(), Ok(Data::null()));
    later.fail(Fault::ProxyPage(403), 1);
    assert_eq!(later.next(), Err(Code::PermissionDenied));
    assert!(later.delays().is_empty());
}

#[test]
fn a_watch_yields_only_what_has_changed() {
    for name in [Some("eu"), None] {
        let mut watching = watching(name, INTERVAL);
        watching.next().unwrap();
        watching.rest(Duration::ms(10_000.0));
        done(connect_now(&watching.host));
        watching.next().unwrap();
        disconnect_now(&watching.host, false);
        let gone = watching.next().unwrap();
        assert!(gone == Data::null() || gone.items().is_some_and(|items| items.is_empty()), "{gone:?}");
    }
}

#[test]
fn a_watch_reads_a_missing_peering_once_in_each_interval() {
    for (interval, rest, expected) in
        [(INTERVAL, Duration::ms(20_000.0), 9..=11), (Duration::ms(50.0), Duration::ms(1_000.0), 18..=21)]
    {
        let mut watching = watching(Some("eu"), interval);
        assert_eq!(watching.next(), Ok(Data::null()));
        let before = watching.reads();
        watching.rest(rest);
        let reads = watching.reads() - before;
        assert!(expected.contains(&reads), "{reads} reads");
    }
}

#[test]
fn a_watch_waits_for_consul_to_report_a_change() {
    let mut watching = watching(Some("eu"), Duration::ms(10_000.0));
    generate_token(&watching.host, "us", "eu");
    watching.next().unwrap();
    let before = watching.reads();
    watching.rest(Duration::ms(20_000.0));
    let reads = watching.reads() - before;
    assert!((1..=3).contains(&reads), "{reads} reads in 20 s");
}

#[test]
fn a_watch_fails_in_another_datacenter_than_the_options_name() {
    let host = host(&["us"]);
    let mut cluster = host.cluster("us");
    cluster.options.datacenter = Some("ap".into());
    let call = Call::new(host.clone(), Duration::INFINITE, None);
    let mut watch = Watch::new(call, host.clone(), cluster, Some(peer_name("eu")), INTERVAL);
    assert_eq!(host.run(watch.next()).err().map(|error| error.code), Some(Code::WrongDatacenter));
}

#[test]
fn a_watch_learns_of_a_deletion_at_once_however_long_its_interval_is() {
    for name in [Some("eu"), None] {
        let mut watching = watching(name, Duration::ms(60_000.0));
        done(connect_now(&watching.host));
        watching.next().unwrap();
        let later = watching.host.now() + ms(150_000);
        while watching.host.now() < later {
            watching.next().unwrap(); // heartbeats change it in each interval
        }
        disconnect_now(&watching.host, false);
        let began = watching.host.now();
        let gone = watching.next().unwrap();
        assert!(gone == Data::null() || gone.items().is_some_and(|items| items.is_empty()), "{gone:?}");
        assert!(watching.host.now() - began < ms(2_000), "{:?}", watching.host.now() - began);
    }
}
