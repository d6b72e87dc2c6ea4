//! Reading one peering, or all of them.

use futures_util::future::try_join;

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::refuse_other_datacenter;
use super::retry::send_with_retries;
use super::send::Received;
use crate::consul::peering::Peering;
use crate::consul::request;
use crate::host::{Host, HostValue};
use crate::rules::duration::Duration;
use crate::rules::finding::excerpt;
use crate::rules::peer_name::PeerName;

/// Another call may have written since a read that is older than this.
const STALE_AFTER: Duration = Duration::ms(100.0);
/// The limit of a name in the message about an invalid list.
const FAULT_MAX_CHARS: usize = 300;

/// A peering as it was read: for the caller, and for decisions.
#[derive(Clone)]
pub struct FetchedPeering<V> {
    /// For the path of a deletion: older names may be in upper case.
    pub name: PeerName,
    pub object: V,
    pub peering: Peering,
}

/// Reads the peering of this name; None if it does not exist.
pub async fn fetch<H: Host>(
    client: &Client<H>,
    name: &PeerName,
) -> Result<Option<Box<FetchedPeering<H::Value>>>, Error<H::Value>> {
    let found = fetch_raw(client, name).await?;
    client.is_missing.set(found.is_none());
    let Some(raw) = found else { return Ok(None) };
    let (Some(peering), Some(object)) = (Peering::from_consul(&raw.pick(&Peering::KEYS)), raw.to_peering()) else {
        return Err(no_peering());
    };
    match PeerName::of_existing(&peering.name).filter(|own| own.eq_ignore_ascii_case(name)) {
        Some(name) => Ok(Some(Box::new(FetchedPeering { name, object, peering }))),
        None => Err(Error::unexpected("a peering with another name")),
    }
}

/// As [`fetch`], before a write, together with other reads for it: they do not make the peering older.
pub async fn fetch_for_write<H: Host, T>(
    client: &Client<H>,
    name: &PeerName,
    others: impl Future<Output = Result<T, Error<H::Value>>>,
) -> Result<(Option<Box<FetchedPeering<H::Value>>>, T), Error<H::Value>> {
    let fetched = async { Ok((fetch(client, name).await?, client.call.now())) };
    let ((existing, at), others) = try_join(fetched, others).await?;
    let is_stale = client.call.now() - at >= STALE_AFTER;
    Ok((if is_stale { fetch(client, name).await? } else { existing }, others))
}

async fn fetch_raw<H: Host>(client: &Client<H>, name: &PeerName) -> Result<Option<H::Value>, Error<H::Value>> {
    let request = request::read(name, client.cluster.options.partition.as_deref());
    match send_with_retries(client, &request).await? {
        Received::Absent => Ok(None),
        response => response.json().map(Some),
    }
}

/// `read`: the peering; None if it does not exist.
pub async fn read<H: Host>(client: &Client<H>, name: &PeerName) -> Outcome<H, Option<H::Value>> {
    let (raw, ()) = try_join(fetch_raw(client, name), refuse_other_datacenter(client)).await?;
    let Some(raw) = raw else { return Ok(None) };
    Ok(Some(raw.to_peering().ok_or_else(no_peering)?))
}

/// `list`: all peerings.
pub async fn list<H: Host>(client: &Client<H>) -> Outcome<H, H::Value> {
    let (raw, ()) = try_join(fetch_list(client), refuse_other_datacenter(client)).await?;
    to_list(&raw)
}

/// Consul's list of all peerings, in any datacenter.
pub async fn fetch_list<H: Host>(client: &Client<H>) -> Result<H::Value, Error<H::Value>> {
    let request = request::list(client.cluster.options.partition.as_deref());
    send_with_retries(client, &request).await?.json()
}

/// The value of a watch, the peering or the list, and the index to continue from. Without an index, this Consul has no
/// blocking queries, or the response does not show it (a 404, CORS).
pub struct Watched<V> {
    pub index: Option<u64>,
    /// Null if the peering does not exist.
    pub value: V,
}

/// One read of a watch: returns once the index changes, or after `wait`. With index 0, at once.
pub async fn watched<H: Host>(
    client: &Client<H>,
    name: Option<&PeerName>,
    index: u64,
    wait: Duration,
) -> Outcome<H, Watched<H::Value>> {
    let partition = client.cluster.options.partition.as_deref();
    let mut request = name.map_or_else(|| request::list(partition), |name| request::read(name, partition));
    if index > 0 {
        request = request::blocking(request, index, wait);
    } else {
        refuse_other_datacenter(client).await?;
    }
    let response = send_with_retries(client, &request).await?;
    let index = response.index();
    let value = match response {
        Received::Absent => H::Value::null(),
        response => {
            let raw = response.json()?;
            if name.is_some() { raw.to_peering().ok_or_else(no_peering)? } else { to_list(&raw)? }
        }
    };
    Ok(Watched { index, value })
}

fn no_peering<V>() -> Error<V> {
    Error::unexpected("not a peering")
}

/// Consul's list as the package's.
pub fn to_list<V: HostValue>(raw: &V) -> Result<V, Error<V>> {
    raw.to_peerings().map_err(|what| Error::unexpected(&excerpt(&what, FAULT_MAX_CHARS)))
}
