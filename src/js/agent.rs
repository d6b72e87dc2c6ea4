//! Asking, with patience: retries, and a denied read that is told at once.
//!
//! Consul answers a read without the right to it only after some 12 s. What a token may do it says in 1 ms, so that is
//! asked beside a read that stays silent.

use std::future::pending;
use std::pin::{Pin, pin};

use futures_util::future::{Either, join, select};

use super::call::Call;
use super::clock;
use super::error::Failure;
use super::fetch::{Answer, send};
use super::value::snapshot;
use crate::consul::answer;
use crate::consul::code::Code;
use crate::consul::request::{self, Effect, Request};
use crate::decide::retry::{self, Attempts, Trouble};
use crate::rules::identity::Identity;

/// A read that is silent for this long may be a denied one.
const SILENT_MS: f64 = 400.0;
/// A read that is silent for this long, and not denied, may have met an agent without peering.
const STILL_SILENT_MS: f64 = 2_000.0;
/// Knowing who the cluster is helps a check that Consul makes too: it is not worth more time.
const IDENTITY_MS: f64 = 2_000.0;

/// Sends a request that changes nothing, again where that helps.
///
/// What changes something is not sent from here: what stands may be another by the time that it goes out again, so who
/// sends it looks anew in between (`again`).
pub async fn ask(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let mut attempts = Attempts::default();
    loop {
        let answer = if request.denied_slowly { watched(call, request).await } else { send(call, request).await };
        match answer {
            Err(failure) if again(call, request.effect, &failure, &mut attempts).await => {}
            answer => {
                if attempts.have_failed() && answer.is_ok() {
                    call.meets(None);
                }
                return answer;
            }
        }
    }
}

/// Whether a request that failed is to be sent again: then this has waited as long as that takes.
pub async fn again(call: &Call, effect: Effect, failure: &Failure, attempts: &mut Attempts) -> bool {
    let trouble = Trouble {
        code: failure.code,
        status: failure.status,
        delivery: failure.delivery,
        retry_after: failure.retry_after,
    };
    match retry::delay(effect, trouble, attempts.before(failure.code), clock::jitter()) {
        // A wait that ends after the call does would only turn this answer into a timeout.
        Some(delay) if delay < call.remaining() && !failure.lasting => {
            call.retry(&format!("{}: trying again in {} ms", failure.message, delay as u64), failure.code);
            if effect == Effect::None {
                call.meets(Some(failure.copy()));
            }
            clock::sleep(delay).await;
            attempts.fail(failure.code);
            true
        }
        _ => false,
    }
}

/// Sends a request, and where it stays silent, asks beside it whether it is denied.
async fn watched(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let answer = pin!(send(call, request));
    match select(answer, pin!(clock::sleep(SILENT_MS))).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => {
            // Boxed, because it asks in its turn.
            let no: Pin<Box<dyn Future<Output = Failure> + '_>> = Box::pin(why_silent(call));
            match select(answer, no).await {
                Either::Left((answer, _)) => answer,
                Either::Right((no, _)) => Err(no),
            }
        }
    }
}

/// Comes back only with a clear no: the right is missing, the token is unknown, peering is disabled.
async fn why_silent(call: &Call) -> Failure {
    let denied = pin!(async {
        match denied(call).await {
            Some(failure) => failure,
            None => pending().await,
        }
    });
    let disabled = pin!(async {
        clock::sleep(STILL_SILENT_MS - SILENT_MS).await;
        match send(call, &request::refused_token()).await {
            Err(failure) if failure.code == Code::PeeringDisabled => failure,
            _ => pending().await,
        }
    });
    match select(denied, disabled).await {
        Either::Left((failure, _)) | Either::Right((failure, _)) => failure,
    }
}

/// What the bearer may do with peerings, read and write.
pub async fn permissions(call: &Call) -> Result<(bool, bool), Failure> {
    permissions_by(call, &request::authorize()).await
}

async fn permissions_by(call: &Call, request: &Request) -> Result<(bool, bool), Failure> {
    let body = snapshot(&ask(call, request).await?.json()?);
    answer::permissions(&body)
        .ok_or_else(|| super::fetch::unexpected("an answer about permissions that cannot be read"))
}

async fn denied(call: &Call) -> Option<Failure> {
    match permissions_by(call, &Request { aside: true, ..request::authorize() }).await {
        Ok((false, _)) => Some(
            Failure::new(Code::PermissionDenied, "this ACL token, or being without one, does not give peering:read")
                .with_status(Some(403)),
        ),
        Err(failure) if failure.code == Code::AclTokenUnknown => Some(failure),
        _ => None,
    }
}

/// Who the cluster is, as far as it says so in time.
pub struct Agent {
    pub identity: Identity,
    /// The servers say that Connect is off, without which nothing can be peered.
    pub connect_disabled: Option<Failure>,
}

/// Asks who the cluster is. Never fails: what is not known is left to Consul.
pub async fn identify(call: &Call) -> Agent {
    identify_within(call, IDENTITY_MS).await
}

/// The same, with as much time as is to be waited for it.
pub async fn identify_within(call: &Call, ms: f64) -> Agent {
    let (trust_domain, datacenter) = join(in_time(trust_domain(call), ms), in_time(datacenter(call), ms)).await;
    let (trust_domain, connect_disabled) = match trust_domain {
        Some(Ok(domain)) => (domain, None),
        Some(Err(failure)) if failure.code == Code::ConnectDisabled => (None, Some(failure)),
        _ => (None, None),
    };
    Agent { identity: Identity { datacenter: datacenter.flatten(), trust_domain }, connect_disabled }
}

/// What comes within that time.
async fn in_time<T>(asked: impl Future<Output = T>, ms: f64) -> Option<T> {
    match select(pin!(asked), pin!(clock::sleep(ms))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}

async fn trust_domain(call: &Call) -> Result<Option<String>, Failure> {
    let body = send(call, &request::roots()).await?.json()?;
    Ok(answer::trust_domain(&snapshot(&body)))
}

async fn datacenter(call: &Call) -> Option<String> {
    let body = send(call, &request::datacenters()).await.ok()?.json().ok()?;
    answer::datacenter(&snapshot(&body))
}

/// Where a datacenter is named: Consul itself does not look at it, and would act on whatever datacenter it is in.
pub fn check_datacenter(call: &Call, own: Option<&str>) -> Result<(), Failure> {
    let Some(wanted) = call.cluster.place.datacenter.as_deref() else { return Ok(()) };
    match own {
        Some(own) if own.eq_ignore_ascii_case(wanted) => Ok(()),
        Some(own) => {
            Err(Failure::new(Code::WrongDatacenter, &format!("this agent is in datacenter {own}, not in {wanted}")))
        }
        None => Err(Failure::new(
            Code::WrongDatacenter,
            &format!("whether this agent is in datacenter {wanted} cannot be learnt, so nothing was sent"),
        )),
    }
}

/// The agent's datacenter, asked only where one is named; nothing where it does not say so in time.
pub async fn datacenter_if_named(call: &Call) -> Result<Option<String>, Failure> {
    if call.cluster.place.datacenter.is_none() {
        return Ok(None);
    }
    Ok(in_time(datacenter(call), IDENTITY_MS).await.flatten())
}
