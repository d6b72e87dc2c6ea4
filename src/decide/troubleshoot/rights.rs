//! What may be read. Consul leaves out of most lists what the token has no right to, so an empty list alone says nothing.

use super::{Told, Unread};
use crate::rules::value::Value;

/// What a request needs, so that its answer is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Open to everyone.
    None,
    Peering,
    /// Exported services.
    Mesh,
    /// Config entries of services.
    Entries,
    Intentions,
    /// Any service and its nodes.
    Catalog,
    /// The services that are followed, and their nodes.
    Service,
}

/// A question to Consul: the resource, and the part of it. An empty part is a prefix: all of it.
pub struct Asked<'a> {
    pub resource: &'static str,
    pub segment: &'a str,
}

/// The questions whose answers [`Rights::read`] takes.
pub fn asked(service: Option<&str>) -> [Asked<'_>; 7] {
    let all = |resource| Asked { resource, segment: "" };
    [
        all("peering"),
        all("mesh"),
        all("operator"),
        all("intention"),
        all("node"),
        all("service"),
        Asked { resource: "service", segment: service.unwrap_or_default() },
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    peering: bool,
    mesh: bool,
    intentions: bool,
    nodes: bool,
    services: bool,
    /// The one that is followed.
    service: bool,
}

impl Rights {
    /// Without ACLs.
    pub const ALL: Self =
        Self { peering: true, mesh: true, intentions: true, nodes: true, services: true, service: true };

    /// Reads the answers to [`asked`]; nothing where they are not those.
    pub fn read(answers: &Value) -> Option<Self> {
        let allowed: Vec<_> = answers.items().iter().map(|answer| *answer.get("Allow") == Value::Bool(true)).collect();
        let [peering, mesh, operator, intentions, nodes, services, service] = allowed[..] else { return None };
        Some(Self { peering, mesh: mesh || operator, intentions, nodes, services, service: services || service })
    }

    /// That this may be read, or the rules that are missing.
    pub fn check(&self, right: Right, service: Option<&str>) -> Told<()> {
        let all = "service_prefix \"\" { policy = \"read\" }";
        let of_service = match service {
            Some(name) => format!("service \"{name}\" {{ policy = \"read\" }}"),
            None => all.into(),
        };
        let services = (self.services, all);
        let nodes = (self.nodes, "node_prefix \"\" { policy = \"read\" }");
        let rules: &[(bool, &str)] = match right {
            Right::None => &[],
            Right::Peering => &[(self.peering, "peering = \"read\"")],
            Right::Mesh => &[(self.mesh, "mesh = \"read\"")],
            Right::Entries => &[services],
            // The right to read a service is that to read its intentions.
            Right::Intentions => &[(self.intentions, all)],
            Right::Catalog => &[services, nodes],
            Right::Service => &[(self.service, &of_service), nodes],
        };
        let missing: Vec<_> = rules.iter().filter(|(given, _)| !given).map(|(_, rule)| *rule).collect();
        if missing.is_empty() { Ok(()) } else { Err(Unread::Denied(missing.join("\n"))) }
    }
}
