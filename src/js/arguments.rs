//! The arguments of a function on one cluster: a snapshot, validated in one pass.

use wasm_bindgen::prelude::*;

use super::cluster::ClusterInput;
use super::host::JsHost;
use super::options::Options;
use super::value::snapshot;
use crate::consul::cluster::Cluster;
use crate::operations::error::Location;
use crate::rules::finding::Finding;
use crate::rules::peer_name::PeerName;
use crate::rules::spec::{self, Checked, QueryOptions};
use crate::rules::value::Value;

/// The arguments as they are read.
pub struct Arguments {
    input: ClusterInput,
    pub options: Options,
    pub findings: Vec<Finding>,
}

/// The validated arguments of a call.
pub struct ValidatedArguments {
    pub cluster: Cluster,
    pub host: JsHost,
    pub location: Location,
    pub options: Options,
    pub findings: Vec<Finding>,
}

impl Arguments {
    pub fn read(cluster: &JsValue, options: &JsValue) -> Self {
        let mut findings = Vec::new();
        let input = ClusterInput::read(cluster, &mut findings);
        let options = Options::read(options, &mut findings);
        Self { input, options, findings }
    }

    /// Takes a validated spec or reference, whose query options override the cluster's.
    pub fn take<T>(&mut self, checked: Checked<T>, options_of: impl FnOnce(&mut T) -> &mut QueryOptions) -> Option<T> {
        self.findings.extend(checked.findings);
        let mut spec = checked.spec?;
        let options = options_of(&mut spec);
        self.input = std::mem::take(&mut self.input).at(std::mem::take(options));
        options.partition = self.input.cluster.options.partition.clone();
        Some(spec)
    }

    pub fn take_reference(&mut self, reference: &JsValue) -> Option<PeerName> {
        let checked = spec::reference(&snapshot(reference));
        self.take(checked, |reference| &mut reference.options).map(|reference| reference.peer_name)
    }

    /// The name for errors, if it is valid.
    pub fn name_of(&self, value: &Value) -> Option<PeerName> {
        let named = !self.findings.iter().any(|finding| finding.field == "peer_name");
        if named { PeerName::read(value.get("peer_name")) } else { None }
    }

    /// After all input was read: the environment's token is needed only if no argument has one.
    pub fn finish(mut self, peer_name: Option<PeerName>) -> ValidatedArguments {
        self.input.take_environment_token(&mut self.findings);
        let Self { input: ClusterInput { cluster, host, .. }, options, findings } = self;
        let location = Location { cluster: cluster.address.clone(), peer_name, of_pair: false };
        ValidatedArguments { cluster, host, location, options, findings }
    }
}
