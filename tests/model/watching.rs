//! Verifies watches: a value is the last read, and the last value is the state at the end.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::peering::Peering;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::watch::Watch;
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::host::Data;
use futures_util::future::{Either, select};

use crate::caller::Caller;
use crate::flaws::Flaw;
use crate::history::{Op, Planned, Watched};
use crate::log::{Rule, describe};
use crate::operation::peer_name;
use crate::perform::Running;

const INTERVAL: Duration = Duration::ms(2_000.0);
/// Within the interval and the 15 s for a response; without a first value, a watch fails.
pub const FIRST_VALUE_MS: u64 = 17_000;
const RESTART: Duration = Duration::ms(1_000.0);

/// Watches until the timeout of the call.
pub async fn watch(
    running: &Running,
    call: &Rc<Call<Caller>>,
    caller: &Caller,
    cluster: &Cluster,
    planned: &Planned,
) -> Outcome<Caller, ()> {
    let all = matches!(planned.op, Op::Watch { all: true });
    let name = (!all).then(|| peer_name(planned.other));
    let mut watch = Watch::new(call.clone(), caller.clone(), cluster.clone(), name, INTERVAL);
    let mut end: Pin<Box<dyn Future<Output = ()>>> = Box::pin(running.host.sleep(Duration::ms(planned.timeout as f64)));
    let mut last = None;
    loop {
        let value = match select(pin!(watch.next()), end.as_mut()).await {
            Either::Left((value, _)) => value?,
            Either::Right(_) => return Ok(()),
        };
        let json = value.to_json();
        if last.as_ref() == Some(&json) {
            let text = format!("call {} returns the same value twice", caller.call);
            running.log.violate(Rule::DoneIsDone, text);
        }
        last = Some(json);
        if !all {
            check(running, caller.call, planned, &value);
        }
    }
}

/// A value has to be the last read.
fn check(running: &Running, call: usize, planned: &Planned, value: &Data) {
    let Some(read) = running.log.last_read(call, planned.at, planned.other).map(|read| read.peering) else { return };
    let digest = |peering: &Peering| (peering.id.clone(), peering.state.clone(), peering.modify_index);
    let shown = Peering::from_package(value);
    if shown.as_ref().map(digest) != read.as_ref().map(digest) {
        let text = format!("call {call} shows {}, and has read {}", describe(shown.as_ref()), describe(read.as_ref()));
        running.log.violate(Rule::DoneIsDone, text);
    }
}

/// Watches continuously, and restarts after a failure. Never returns; `shown` is the last value.
pub async fn follow(running: &Running, (at, name): Watched, shown: &RefCell<Option<Data>>) {
    let planned = Planned::new(at, name.unwrap_or(at), Op::Watch { all: name.is_none() });
    let id = running.register(&planned, None);
    let caller = Caller { host: running.host.clone(), log: running.log.clone(), call: id, flaw: running.flaw };
    let call = running.call(&caller, &planned, &Rc::default());
    loop {
        let (cluster, name) = (running.host.cluster(at), name.map(peer_name));
        let mut watch = Watch::new(call.clone(), caller.clone(), cluster, name, INTERVAL);
        while let Ok(value) = watch.next().await {
            shown.replace(Some(value));
            if running.flaw == Some(Flaw::WatchesOnce) {
                std::future::pending::<()>().await;
            }
        }
        running.host.sleep(RESTART).await;
    }
}

/// The last value of a watch has to match the peerings that exist at the end.
pub fn check_shown(running: &Running, (at, name): Watched, shown: &RefCell<Option<Data>>) {
    let Some(value) = &*shown.borrow() else {
        return running.log.violate(Rule::DoneIsDone, format!("a watch on {at} shows nothing"));
    };
    let digest = |peering: Peering| (peering.name, peering.id, peering.state.to_string(), peering.modify_index);
    let is_watched = |peering: &Peering| name.is_none_or(|name| name == peering.name);
    let mut exists: Vec<_> = running.host.peerings(at).into_iter().filter(is_watched).map(digest).collect();
    let listed = value.items().unwrap_or_else(|| vec![value.clone()]);
    let mut shown: Vec<_> = listed.iter().filter_map(|one| Peering::from_package(one)).map(digest).collect();
    exists.sort();
    shown.sort();
    if exists != shown {
        running.log.violate(Rule::DoneIsDone, format!("a watch on {at} shows {shown:?}, and {exists:?} exists"));
    }
}
