//! Seeded flaws: bugs that the package could have, which the model has to detect. A flaw wraps the package, and behaves like
//! a package with the bug.

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
            /// Each flaw with the rule and a seed that detect it.
            pub const ALL: &[(Self, Rule, u64)] = &[$((Self::$flaw, Rule::$rule, $seed),)*];
        }
    };
}

flaws! {
    /// Errors and progress do not report leftovers.
    SilentLeftovers breaks AllIsReported at 7,
    /// Errors always claim that an acceptor exists.
    MadeUpLeftover breaks ClaimsAreTrue at 7,
    /// An aborted establish deletes the peering that it has written.
    DeletesOnAbort breaks NeverDestroyed at 50,
    /// A refused establish deletes the peering, even if other calls have written it.
    CleansUpBlindly breaks NeverDestroyed at 9,
    /// A call deletes the peering after a lost write.
    DeletesAfterLoss breaks NeverDestroyed at 324,
    /// Establish writes without reading.
    BlindEstablish breaks NeverDestroyed at 23,
    /// Generate writes without reading.
    BlindGenerate breaks NeverDestroyed at 865,
    /// Connect writes without reading.
    BlindConnect breaks NeverDestroyed at 2,
    /// `replace` deletes usable peerings.
    ReplacesAnything breaks NeverDestroyed at 117,
    /// Writes are delayed, and sent without another read.
    PostponesWrites breaks NeverDestroyed at 208,
    /// Plans are executed.
    PlansAreActions breaks NeverDestroyed at 27,
    /// A write is sent again after its response was lost.
    RepeatsWrites breaks SentOnce at 26,
    /// Accepted counts as ACTIVE.
    AcceptedIsActive breaks DoneIsDone at 1,
    /// Accepted counts as deleted.
    AcceptedIsDeleted breaks DoneIsDone at 266,
    /// Rotate replaces no secret.
    RotatesNothing breaks DoneIsDone at 52,
    /// Reads return the first result again.
    RemembersReads breaks DoneIsDone at 284,
    /// A watch does not notice changes.
    WatchesOnce breaks DoneIsDone at 1,
    /// The permissions are always those of the management token.
    AssumesPermissions breaks DoneIsDone at 434,
    /// Pauses take longer than the remaining time.
    SleepsLonger breaks InTime at 2,
    /// The remaining time is ignored.
    IsLate breaks InTime at 2,
    /// A call never ends after a lost response.
    HangsAfterLoss breaks InTime at 1,
    /// Requests continue after the end of their call.
    NeverCancels breaks EndsOnce at 2,
    /// Texts are not redacted.
    RepeatsSecrets breaks NoSecrets at 1,
    /// Errors have a wrong code.
    RenamesCodes breaks ErrorsAreTrue at 9,
    /// Connect fails if a peering exists on either side.
    ConnectGivesUp breaks IntentIsReached at 1,
    /// A response that breaks within its body causes a panic.
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
            let is_cut = matches!(&sent, Err(SendError::Failed(error)) if error.get("code").is_text("UND_ERR_SOCKET"));
            assert!(!is_cut, "a response that breaks within its body");
            sent
        }
        _ => caller.deliver(cluster, request).await,
    }
}

fn name_of(request: &Request) -> String {
    let body = request.body.as_deref().and_then(Data::read_json);
    body.unwrap_or(Value::Null).get("PeerName").non_empty_text().unwrap_or_default()
}

async fn erase(caller: &Caller, cluster: &Cluster, name: &str) {
    let _ = caller.deliver(cluster, &request::delete(&peer_name(name), None)).await;
}

/// Pretends that no peering exists until the call has written.
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
    let Request { method, blocking, effect, denial_is_slow, is_probe, .. } = *request;
    let (path, partition, body) = (request.path.clone(), request.partition.clone(), request.body.clone());
    Request { method, path, partition, blocking, body, effect, denial_is_slow, is_probe }
}

/// The call that is made instead of the planned one.
pub fn alter_plan(flaw: Option<Flaw>, planned: Planned) -> Planned {
    let op = match (flaw, planned.op) {
        (Some(Flaw::AcceptedIsActive), Op::Establish { token, replace, .. }) => {
            Op::Establish { token, replace, wait: false }
        }
        (Some(Flaw::AcceptedIsDeleted), Op::Delete { .. }) => Op::Delete { wait: false },
        (Some(Flaw::RotatesNothing), Op::Rotate) => Op::Connect,
        (Some(Flaw::PlansAreActions), Op::Plan) => Op::Connect,
        (Some(Flaw::PlansAreActions), Op::PlanDisconnect) => Op::Disconnect { force: true },
        (_, op) => op,
    };
    let timeout = if flaw == Some(Flaw::IsLate) { planned.timeout + LATE_MS } else { planned.timeout };
    Planned { op, timeout, ..planned }
}

/// Acts before a call. Returns whether the call ends here.
pub async fn preempt_call(caller: &Caller, flaw: Flaw, planned: &Planned) -> bool {
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

/// Acts after a call, and changes its result.
pub async fn alter_result(caller: &Caller, flaw: Flaw, planned: &Planned, finished: &mut Finished) {
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

/// Changes the reported leftovers.
pub fn alter_claims(flaw: Option<Flaw>, mut claims: Vec<Claim>) -> Vec<Claim> {
    match flaw {
        Some(Flaw::SilentLeftovers) => return Vec::new(),
        Some(Flaw::MadeUpLeftover) => claims.iter_mut().for_each(|claim| claim.code = LeftoverCode::TokenLost),
        _ => {}
    }
    claims
}
