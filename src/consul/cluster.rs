//! A cluster as requests reach it.

use core::fmt;
use core::ops::Deref;

use serde::Serialize;

use crate::rules::secret::Secret;
use crate::rules::spec::Place;

/// Scheme, host, port and path prefix, without a slash at the end, as the host's URL parser writes them. Shown in errors: it
/// has no credentials. Empty where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterAddress(String);

impl ClusterAddress {
    /// From an address that was checked.
    pub fn new(checked: String) -> Self {
        Self(checked)
    }
}

impl Deref for ClusterAddress {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where requests go to, and with which credentials.
#[derive(Clone, Default)]
pub struct Cluster {
    pub address: ClusterAddress,
    pub place: Place,
    /// Further headers, names and values checked.
    pub headers: Vec<(String, String)>,
}

impl Cluster {
    /// The same cluster, where a spec's or reference's query options win.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Place {
            datacenter: place.datacenter.or(self.place.datacenter),
            partition: place.partition.or(self.place.partition),
            token: place.token.or(self.place.token),
        };
        self
    }

    /// What no text may repeat: the ACL token, and the values of headers.
    pub fn secrets(&self) -> Vec<String> {
        let token = self.place.token.iter().map(Secret::expose);
        token.chain(self.headers.iter().map(|(_, value)| &**value)).map(str::to_owned).collect()
    }
}
