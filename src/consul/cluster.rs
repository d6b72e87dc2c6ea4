//! A cluster as requests reach it.

use crate::rules::secret::Secret;
use crate::rules::spec::Place;

/// Where requests go to, and with which credentials.
#[derive(Clone, Default)]
pub struct Cluster {
    /// Scheme, host, port and path prefix, without a slash at the end. Shown in errors: it has no credentials.
    pub address: String,
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
