//! The identity of a cluster: its datacenter and its trust domain.

use std::pin::pin;

use futures_util::future::{Either, FutureExt, join, select};

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::retry::send_with_retries;
use super::send::send;
use crate::consul::code::Code;
use crate::consul::request;
use crate::consul::response;
use crate::host::{Host, HostValue};
use crate::rules::duration::Duration;
use crate::rules::identity::Identity;

/// For reads that a call can do without.
const IDENTITY_TIMEOUT: Duration = Duration::ms(2_000.0);
/// A pair depends on the identity.
const PAIR_IDENTITY_TIMEOUT: Duration = Duration::ms(15_000.0);

/// What an agent has reported in time.
pub struct Agent<V> {
    pub identity: Identity,
    /// The servers report that Connect is disabled, which peering requires.
    pub connect_disabled: Option<Error<V>>,
}

/// `identify`: the identity, without what the agent does not report. Fails if it reports nothing.
pub async fn identify<H: Host>(client: &Client<H>) -> Outcome<H, Identity> {
    let agent = read_agent_with_retry(client).await;
    if let Some(error) = agent.connect_disabled {
        return Err(error);
    }
    if agent.identity.datacenter.is_some() {
        check_datacenter(client, agent.identity.datacenter.as_deref())?;
    }
    if agent.identity == Identity::default() {
        // Nothing was reported: repeat one request with retries, so that its failure is the error of the call.
        send_with_retries(client, &request::datacenters()).await?;
    }
    Ok(agent.identity)
}

/// Reads the identity of the cluster, unless it is known. Never fails: unknown parts are left to Consul.
pub async fn read_agent<H: Host>(client: &Client<H>) -> Agent<H::Value> {
    read_within(client, IDENTITY_TIMEOUT).await
}

/// As [`read_agent`], with a second attempt for what is missing: a response may be lost, or the server slow.
pub async fn read_agent_with_retry<H: Host>(client: &Client<H>) -> Agent<H::Value> {
    let agent = read_agent(client).await;
    let Identity { datacenter, trust_domain } = &agent.identity;
    if agent.connect_disabled.is_some() || (datacenter.is_some() && trust_domain.is_some()) {
        return agent;
    }
    let Agent { identity, connect_disabled } = read_within(client, PAIR_IDENTITY_TIMEOUT).await;
    Agent { identity: identity.or(agent.identity), connect_disabled }
}

async fn read_within<H: Host>(client: &Client<H>, limit: Duration) -> Agent<H::Value> {
    if let Some(identity) = client.identity.clone() {
        return Agent { identity, connect_disabled: None };
    }
    let trust_domain = in_time(client, trust_domain(client), limit);
    let (trust_domain, datacenter) = join(trust_domain, in_time(client, datacenter(client), limit)).await;
    let (trust_domain, connect_disabled) = match trust_domain {
        Some(Ok(domain)) => (domain, None),
        Some(Err(error)) if error.code == Code::ConnectDisabled => (None, Some(error)),
        _ => (None, None),
    };
    Agent { identity: Identity { datacenter: datacenter.flatten(), trust_domain }, connect_disabled }
}

/// The result of reads that a call can do without: they may take at most half of the time that is left.
pub fn read_briefly<'a, H: Host, T: 'a>(
    client: &'a Client<H>,
    reads: impl Future<Output = T> + 'a,
) -> impl Future<Output = Option<T>> + 'a {
    in_time(client, reads, IDENTITY_TIMEOUT.min(client.remaining() * 0.5))
}

/// The responses within that time.
fn in_time<'a, H: Host, T: 'a>(
    client: &'a Client<H>,
    reads: impl Future<Output = T> + 'a,
    limit: Duration,
) -> impl Future<Output = Option<T>> + 'a {
    let reads = reads.boxed_local(); // large to move
    async move {
        match select(reads, pin!(client.host.sleep(limit))).await {
            Either::Left((response, _)) => Some(response),
            Either::Right(_) => None,
        }
    }
}

async fn trust_domain<H: Host>(client: &Client<H>) -> Result<Option<String>, Error<H::Value>> {
    let body = send(client, &request::roots()).await?.json()?;
    Ok(response::trust_domain(&body.to_data()))
}

async fn datacenter<H: Host>(client: &Client<H>) -> Option<String> {
    let body = send(client, &request::datacenters()).await.ok()?.json().ok()?;
    response::datacenter(&body.to_data())
}

/// Fails if the query options name another datacenter than the agent's `own`: Consul ignores that name, and would act
/// on its own datacenter.
pub fn check_datacenter<H: Host>(client: &Client<H>, own: Option<&str>) -> Result<(), Error<H::Value>> {
    let Some(wanted) = client.cluster.options.datacenter.as_deref() else { return Ok(()) };
    let reason = match own {
        Some(own) if own.eq_ignore_ascii_case(wanted) => return Ok(()),
        Some(own) => format!("the agent is in datacenter \"{own}\", not in \"{wanted}\""),
        None => format!("the agent did not report its datacenter, which must be \"{wanted}\", so nothing was sent"),
    };
    Err(Error::new(Code::WrongDatacenter, &reason))
}

/// For reads, which have no effect: fails only if the agent's datacenter is known to be another than the query options name.
pub async fn refuse_other_datacenter<H: Host>(client: &Client<H>) -> Result<(), Error<H::Value>> {
    let own = datacenter_if_named(client).await?;
    if own.is_some() { check_datacenter(client, own.as_deref()) } else { Ok(()) }
}

/// For writes: fails unless the agent's datacenter is the one that the query options name.
pub async fn require_datacenter<H: Host>(client: &Client<H>) -> Result<(), Error<H::Value>> {
    let own = datacenter_if_named(client).await?;
    check_datacenter(client, own.as_deref())
}

/// The agent's datacenter, read only if the query options name one; None if it does not respond in time.
async fn datacenter_if_named<H: Host>(client: &Client<H>) -> Result<Option<String>, Error<H::Value>> {
    if client.cluster.options.datacenter.is_none() {
        return Ok(None);
    }
    if let Some(identity) = &client.identity {
        return Ok(identity.datacenter.clone());
    }
    Ok(in_time(client, datacenter(client), IDENTITY_TIMEOUT).await.flatten())
}
