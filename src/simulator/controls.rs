//! What happens to a cluster from outside: restarts, a lost leader, a rotated authority, other settings and exports.

use std::collections::BTreeMap;
use std::time::Duration;

use super::World;

/// The cluster does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no cluster {0:?}.")]
pub struct UnknownCluster(String);

impl World {
    /// Stops the server of a cluster for `duration` (zero: only pending requests fail; `Duration::MAX`: permanently), then
    /// restarts it with its peerings and without its streams.
    pub fn restart(&mut self, cluster: &str, duration: Duration) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.restart_servers(cluster_index, duration);
        Ok(())
    }

    /// Like [`restart`](Self::restart), but without data: the cluster has no peerings, a new authority and, unless the options
    /// have one, a new trust domain.
    pub fn rebuild(&mut self, cluster: &str, duration: Duration) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.empty_servers(cluster_index, duration);
        Ok(())
    }

    /// Replaces the certificate authority of a cluster by one that the earlier ones have cross-signed. The peers receive it
    /// over the open streams.
    pub fn rotate_authority(&mut self, cluster: &str) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.rotate_authority_of(cluster_index);
        Ok(())
    }

    /// Enables or disables peering in the configuration of a cluster.
    pub fn set_peering(&mut self, cluster: &str, enabled: bool) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.clusters[cluster_index].given.peering = enabled;
        Ok(())
    }

    /// Removes the leader of a cluster for `duration`. The next one starts without streams.
    pub fn lose_leader(&mut self, cluster: &str, duration: Duration) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.lose_leader_of(cluster_index, duration);
        Ok(())
    }

    /// Replaces the exported services of a cluster: the names of the peers, by service.
    pub fn export_services(
        &mut self,
        cluster: &str,
        services: BTreeMap<String, Vec<String>>,
    ) -> Result<(), UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        self.clusters[cluster_index].export(&services);
        self.services_changed(cluster_index);
        Ok(())
    }

    /// The secret with which a peering connects, or is connected with; each used token replaces it.
    pub fn stream_secret(&self, cluster: &str, name: &str) -> Option<&str> {
        let store = &self.clusters[self.cluster_index(cluster).ok()?].store;
        store.active_secret(&store.find(name)?.id)
    }

    /// The clusters whose server went down since the last call, which breaks its connections.
    pub fn take_downed_clusters(&mut self) -> Vec<String> {
        let broken = std::mem::take(&mut self.broken);
        broken.into_iter().map(|cluster_index| self.clusters[cluster_index].name.clone()).collect()
    }

    pub(super) fn cluster_index(&self, cluster: &str) -> Result<usize, UnknownCluster> {
        self.places.get(cluster).copied().ok_or_else(|| UnknownCluster(cluster.into()))
    }
}
