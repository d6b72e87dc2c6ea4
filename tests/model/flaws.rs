//! Ways in which the package could go wrong if a guard in it were missing: the model has to find each of them. A flaw is
//! between a caller and the package, and does what the package would do then.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::code::Code;
use consul_peering::consul::request::{self, Method, Request};
use consul_peering::decide::leftover::LeftoverCode;
use consul_peering::host::{Host, HostValue, SendError};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::value::Value;
use consul_peering::simulator::host::{Data, SimulatedResponse};
use consul_peering::simulator::{Headers, Response};

use crate::caller::Caller;
use crate::claims::Claim;
use crate::history::{Op, Planned};
use crate::log::Rule;
use crate::operation::peer_name;
use crate::perform::Finished;

const POSTPONED: Duration = Duration::ms(9_000.0);
const LATE_MS: u64 = 3_000;

macro_rules! flaws {
    ($($(#[$doc:meta])* $flaw:ident breaks $rule:ident at $seed:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            $($(#[$doc])* $flaw,)*
        }

        impl Flaw {
            /// Each, the rule that finds it, and a seed by which it does.
            pub const ALL: &[(Self, Rule, u64)] = &[$((Self::$flaw, Rule::$rule, $seed),)*];
        }
    };
}

flaws! {
    /// Errors and progress do not list what is left behind.
    SilentLeftovers breaks NothingUnsaid at 7,
    /// Errors claim that an acceptor exists, whatever they know.
    MadeUpLeftover breaks ClaimsAreTrue at 7,
    /// What an aborted establish has written is deleted.
    DeletesOnAbort breaks NeverDestroyed at 50,
    /// What a refused establish leaves is deleted, whatever wrote to it.
    CleansUpBlindly breaks NeverDestroyed at 9,
    /// A lost write is followed by a deletion.
    DeletesAfterLoss breaks NeverDestroyed at 324,
    /// Establish does not read what exists before it writes.
    BlindEstablish breaks NeverDestroyed at 23,
    /// Generate does not read what exists before it writes.
    BlindGenerate breaks NeverDestroyed at 865,
    /// Connect does not read what exists before it writes.
    BlindConnect breaks NeverDestroyed at 2,
    /// `replace` deletes what is usable.
    ReplacesAnything breaks NeverDestroyed at 117,
    /// A write waits for its turn, and is sent without another read.
    PostponesWrites breaks NeverDestroyed at 208,
    /// A plan is carried out.
    PlansAreActions breaks NeverDestroyed at 27,
    /// A write is sent again after its response was lost.
    RepeatsWrites breaks SentOnce at 26,
    /// Accepted counts as ACTIVE.
    AcceptedIsActive breaks DoneIsDone at 1,
    /// Accepted counts as deleted.
    AcceptedIsDeleted breaks DoneIsDone at 266,
    /// A read returns what the first one has.
    RemembersReads breaks DoneIsDone at 284,
    /// A watch does not notice changes.
    WatchesOnce breaks DoneIsDone at 1,
    /// The permissions are those of the token that may do everything.
    AssumesPermissions breaks DoneIsDone at 434,
    /// A part of a call takes longer than its time.
    SleepsLonger breaks InTime at 2,
    /// The time that is left is not considered.
    IsLate breaks InTime at 2,
    /// A call goes on for ever after a lost response.
    HangsAfterLoss breaks InTime at 1,
    /// A request goes on after the end of its call.
    NeverCancels breaks EndsOnce at 2,
    /// A text is not redacted, and repeats what it should hide.
    RepeatsSecrets breaks NoSecrets at 1,
    /// An error's code is another one.
    RenamesCodes breaks ErrorsTell at 9,
    /// A connect that finds something on either side gives up.
    ConnectGivesUp breaks IntentIsReached at 1,
    /// A response that breaks off is a panic.
    PanicsOnCut breaks NoPanic at 2,
}

fn is_write(request: &Request) -> bool {
    match request.method {
        Method::Get => false,
        Method::Delete => true,
        Method::Post => request.path.starts_with("/v1/peering/"),
    }
}

/// A request that is never dropped.
pub type Endless = Rc<RefCell<Pin<Box<dyn Future<Output = Sent>>>>>;

pub type Sent = Result<SimulatedResponse, SendError<Data>>;

/// A request, as a call with the flaw sends it.
pub async fn send(caller: &Caller, flaw: Flaw, cluster: &Cluster, request: &Request) -> Sent {
    let op = caller.log.made.borrow()[caller.call].op;
    match flaw {
        Flaw::BlindEstablish if matches!(op, Op::Establish { .. }) => blind(caller, cluster, request).await,
        Flaw::BlindGenerate if matches!(op, Op::Generate { .. }) => blind(caller, cluster, request).await,
        Flaw::BlindConnect if op == Op::Connect => blind(caller, cluster, request).await,
        Flaw::PostponesWrites if is_write(request) => {
            caller.host.sleep(POSTPONED).await;
            caller.deliver(cluster, request).await
        }
        Flaw::RepeatsWrites if is_write(request) => match caller.deliver(cluster, request).await {
            Err(_) => caller.deliver(cluster, request).await,
            sent => sent,
        },
        Flaw::DeletesAfterLoss if is_write(request) => {
            let sent = caller.deliver(cluster, request).await;
            if sent.is_err() && request.method == Method::Post {
                erase(caller, cluster, &name_of(request)).await;
            }
            sent
        }
        Flaw::NeverCancels => {
            let (own, cluster, request) = (caller.clone(), cluster.clone(), copy(request));
            let sending: Endless =
                Rc::new(RefCell::new(Box::pin(async move { own.deliver(&cluster, &request).await })));
            caller.log.endless.borrow_mut().push(sending.clone());
            poll_fn(|context| sending.borrow_mut().as_mut().poll(context)).await
        }
        Flaw::PanicsOnCut => {
            let sent = caller.deliver(cluster, request).await;
            let is_cut = matches!(&sent, Err(SendError::Failed(error)) if error.get("code").is("UND_ERR_SOCKET"));
            assert!(!is_cut, "a response that breaks off");
            sent
        }
        _ => caller.deliver(cluster, request).await,
    }
}

fn name_of(request: &Request) -> String {
    let body = request.body.as_deref().and_then(Data::read_json);
    body.unwrap_or(Value::Null).get("PeerName").filled().unwrap_or_default()
}

async fn erase(caller: &Caller, cluster: &Cluster, name: &str) {
    let _ = caller.deliver(cluster, &request::delete(&peer_name(name), None)).await;
}

/// Until something was written, nothing exists.
async fn blind(caller: &Caller, cluster: &Cluster, request: &Request) -> Sent {
    let has_written = caller.log.writes.borrow().iter().any(|write| write.call == caller.call);
    let name = request.path.strip_prefix("/v1/peering").filter(|_| request.method == Method::Get && !has_written);
    let Some(name) = name else { return caller.deliver(cluster, request).await };
    caller.deliver(cluster, request).await?;
    let (status, body) = match name.strip_prefix('/') {
        Some(name) => (404, format!("Peering not found for \"{name}\"")),
        None => (200, "[]".to_owned()),
    };
    Ok(Response { status, headers: Headers::new(), body }.into())
}

fn copy(request: &Request) -> Request {
    let Request { method, blocking, effect, denied_slowly, aside, .. } = *request;
    let (path, partition, body) = (request.path.clone(), request.partition.clone(), request.body.clone());
    Request { method, path, partition, blocking, body, effect, denied_slowly, aside }
}

/// What a call with the flaw does in place of the planned one.
pub fn plan(flaw: Option<Flaw>, planned: Planned) -> Planned {
    let op = match (flaw, planned.op) {
        (Some(Flaw::AcceptedIsActive), Op::Establish { token, replace, .. }) => {
            Op::Establish { token, replace, wait: false }
        }
        (Some(Flaw::AcceptedIsDeleted), Op::Delete { .. }) => Op::Delete { wait: false },
        (Some(Flaw::PlansAreActions), Op::Plan) => Op::Connect,
        (Some(Flaw::PlansAreActions), Op::PlanDisconnect) => Op::Disconnect { force: true },
        (_, op) => op,
    };
    let timeout = if flaw == Some(Flaw::IsLate) { planned.timeout + LATE_MS } else { planned.timeout };
    Planned { op, timeout, ..planned }
}

/// What a call with the flaw does first; true where it is over then.
pub async fn before(caller: &Caller, flaw: Flaw, planned: &Planned) -> bool {
    let Planned { at, other, .. } = planned;
    let exists = |at: &str, other: &str| caller.host.peerings(at).iter().any(|peering| peering.name == other);
    match (flaw, planned.op) {
        (Flaw::ReplacesAnything, Op::Generate { replace: true }) => {
            erase(caller, &caller.host.cluster(at), other).await;
            false
        }
        (Flaw::ConnectGivesUp, Op::Connect) => exists(at, other) || exists(other, at),
        _ => false,
    }
}

/// What a call with the flaw does after the work that it was to do.
pub async fn after(caller: &Caller, flaw: Flaw, planned: &Planned, finished: &mut Finished) {
    let Planned { at, other, op, .. } = planned;
    let cluster = caller.host.cluster(at);
    let code = finished.errors.first().map(|error| error.code);
    match flaw {
        Flaw::DeletesOnAbort if finished.was_aborted && matches!(op, Op::Establish { .. }) => {
            erase(caller, &cluster, other).await;
        }
        Flaw::CleansUpBlindly if matches!(op, Op::Establish { .. }) => {
            if matches!(code, Some(Code::TokenSpent | Code::Unreachable | Code::TlsFailed | Code::NotActive)) {
                erase(caller, &cluster, other).await;
            }
        }
        Flaw::HangsAfterLoss if code == Some(Code::Network) => pending().await,
        Flaw::RenamesCodes => finished.errors.iter_mut().for_each(|error| {
            if error.code == Code::TokenSpent {
                error.code = Code::RateLimited;
            }
        }),
        Flaw::RemembersReads if *op == Op::Read => {
            let mut first = caller.log.first_reads.borrow_mut();
            let place = ((*at).to_owned(), (*other).to_owned());
            finished.given.clone_from(first.entry(place).or_insert_with(|| finished.given.clone()));
        }
        Flaw::AssumesPermissions => finished.permissions = finished.permissions.map(|_| (true, true)),
        _ => {}
    }
}

/// What is heard of leftovers.
pub fn claims(flaw: Option<Flaw>, mut claims: Vec<Claim>) -> Vec<Claim> {
    match flaw {
        Some(Flaw::SilentLeftovers) => return Vec::new(),
        Some(Flaw::MadeUpLeftover) => claims.iter_mut().for_each(|claim| claim.code = LeftoverCode::TokenLost),
        _ => {}
    }
    claims
}
