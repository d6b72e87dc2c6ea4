//! The permissions of an ACL token to read. Consul omits from most lists what the token may not read, so an empty list proves
//! nothing. A header reports omissions, but not to the anonymous token, and a browser may hide it.

use super::{Reading, Unread};
use crate::rules::value::Value;

/// What a request needs, so that its response is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// No permission.
    None,
    Peering,
    /// Exported services.
    Mesh,
    /// Config entries of services, and the default of intentions.
    Entries,
    Intentions,
    /// Any service and its nodes. Proxies need it, which have names of their own, and so do imported instances, whatever
    /// their names: Consul shows those to tokens that may read every local service and node, or write any service.
    Catalog,
    /// The services that are checked, and their nodes.
    Service,
}

/// A permission to ask Consul about: a resource, and a segment of it. The empty segment is the prefix of all.
pub struct PermissionQuery<'a> {
    pub resource: &'static str,
    pub segment: &'a str,
}

/// The permissions that [`Rights::read`] needs, in this order.
pub fn permission_queries(service: Option<&str>) -> [PermissionQuery<'_>; 7] {
    let all = |resource| PermissionQuery { resource, segment: "" };
    [
        all("peering"),
        all("mesh"),
        all("operator"),
        all("intention"),
        all("node"),
        all("service"),
        PermissionQuery { resource: "service", segment: service.unwrap_or_default() },
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    peering: bool,
    mesh: bool,
    intentions: bool,
    nodes: bool,
    services: bool,
    /// The one that is checked.
    service: bool,
}

impl Rights {
    /// ACLs are disabled.
    pub const ALL: Self =
        Self { peering: true, mesh: true, intentions: true, nodes: true, services: true, service: true };

    /// Reads the response about [`permission_queries`]. None if it is invalid.
    pub fn read(answers: &Value) -> Option<Self> {
        let allowed: Vec<_> = answers.items().iter().map(|answer| *answer.get("Allow") == Value::Bool(true)).collect();
        let [peering, mesh, operator, intentions, nodes, services, service] = allowed[..] else { return None };
        Some(Self { peering, mesh: mesh || operator, intentions, nodes, services, service })
    }

    /// Whether this may be read; otherwise the rules that are missing.
    pub fn check(&self, right: Right, service: Option<&str>) -> Reading<()> {
        if right == Right::Intentions && self.services && !self.intentions {
            return Err(Unread::Denied("service_prefix \"\" { policy = \"read\" intentions = \"read\" }".into()));
        }
        match rules(right, service, |rule| !self.has(rule)) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(Unread::Denied(missing)),
        }
    }

    fn has(&self, rule: Rule) -> bool {
        match rule {
            Rule::Peering => self.peering,
            Rule::Mesh => self.mesh,
            Rule::Intentions => self.intentions,
            Rule::Services => self.services,
            Rule::Service => self.service,
            Rule::Nodes => self.nodes,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Peering,
    Mesh,
    Intentions,
    Services,
    Service,
    Nodes,
}

/// The rules of a right, one per line.
pub fn all_rules(right: Right, service: Option<&str>) -> String {
    rules(right, service, |_| true)
}

fn rules(right: Right, service: Option<&str>, is_listed: impl Fn(Rule) -> bool) -> String {
    let rules: &[Rule] = match right {
        Right::None => &[],
        Right::Peering => &[Rule::Peering],
        Right::Mesh => &[Rule::Mesh],
        Right::Entries => &[Rule::Services],
        Right::Intentions => &[Rule::Intentions],
        Right::Catalog => &[Rule::Services, Rule::Nodes],
        Right::Service => &[Rule::Service, Rule::Nodes],
    };
    let mut text = String::new();
    for rule in rules.iter().filter(|rule| is_listed(**rule)) {
        if !text.is_empty() {
            text.push('\n');
        }
        match (rule, service) {
            (Rule::Peering, _) => text.push_str("peering = \"read\""),
            (Rule::Mesh, _) => text.push_str("mesh = \"read\""),
            (Rule::Nodes, _) => text.push_str("node_prefix \"\" { policy = \"read\" }"),
            (Rule::Service, Some(name)) => text.push_str(&format!("service \"{name}\" {{ policy = \"read\" }}")),
            // The permission to read a service includes that to read its intentions.
            (Rule::Services | Rule::Service | Rule::Intentions, _) => {
                text.push_str("service_prefix \"\" { policy = \"read\" }");
            }
        }
    }
    text
}
