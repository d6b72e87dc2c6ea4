//! The state of one cluster of a pair: all of its peerings, and its identity.

use std::cell::OnceCell;

use futures_util::future::try_join;

use crate::consul::peering::Peering;
use crate::decide::side::{self, Side};
use crate::host::{Host, HostValue};
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::identify::{check_datacenter, read_agent_with_retry};
use crate::operations::read::{fetch_list, to_list};
use crate::rules::certificate;
use crate::rules::identity::Identity;

pub struct ClusterPeerings<V> {
    pub identity: Identity,
    pub peerings: Vec<ListedPeering<V>>,
}

/// A peering of Consul's list.
pub struct ListedPeering<V> {
    raw: V,
    pub peering: Peering,
    /// The remote cluster's.
    pub datacenter: Option<String>,
    /// Read when needed: the list may be long.
    trust_domains: OnceCell<Vec<String>>,
}

impl<V: HostValue> ListedPeering<V> {
    pub fn read(raw: V) -> Option<Self> {
        let data = raw.pick(&Self::KEYS);
        let peering = Peering::from_consul(&data)?;
        let datacenter = data.get("Remote").get("Datacenter").non_empty_text();
        Some(Self { raw, peering, datacenter, trust_domains: OnceCell::new() })
    }

    const KEYS: [&'static str; 11] = {
        let mut keys = ["Remote"; 11];
        let mut index = 0;
        while index < Peering::KEYS.len() {
            keys[index] = Peering::KEYS[index];
            index += 1;
        }
        keys
    };

    /// For the caller.
    pub fn object(&self) -> V {
        self.raw.to_peering().unwrap_or_else(V::null)
    }
}

impl<V: HostValue> side::Listed for ListedPeering<V> {
    fn peering(&self) -> &Peering {
        &self.peering
    }

    fn datacenter(&self) -> Option<&str> {
        self.datacenter.as_deref()
    }

    fn side(&self) -> Side {
        let trust_domains = self.trust_domains.get_or_init(|| {
            let pems = self.raw.pick(&["PeerCAPems"]).get("PeerCAPems").texts();
            pems.iter().filter_map(|pem| certificate::read(pem)?.trust_domain).collect()
        });
        Side::from_peering(self.peering.clone(), trust_domains.clone(), self.datacenter.clone())
    }
}

/// Reads all peerings, and the identity unless it is known.
pub async fn fetch_cluster_peerings<H: Host>(client: &Client<H>) -> Outcome<H, ClusterPeerings<H::Value>> {
    let (raw, agent) = try_join(fetch_list(client), async { Ok(read_agent_with_retry(client).await) }).await?;
    check_datacenter(client, agent.identity.datacenter.as_deref())?;
    if let Some(error) = agent.connect_disabled {
        return Err(error);
    }
    let identity = agent.identity;
    match raw.items().and_then(|items| items.into_iter().map(ListedPeering::read).collect()) {
        Some(peerings) => Ok(ClusterPeerings { identity, peerings }),
        // Fails, with what is wrong.
        None => to_list(&raw).and_then(|_| Err(Error::unexpected("not a list of peerings"))),
    }
}
