//! Access control lists: the permissions of ACL tokens, and Consul's refusals.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::go::encode_base64;
use super::in_flight::InFlight;
use super::options::{Access, AclOptions, AclRules};
use super::random::Random;
use super::response::{Refusal, refuse};
use super::time::timestamp;

const RESOURCES: [&str; 14] = [
    "acl",
    "agent",
    "event",
    "identity",
    "intention",
    "key",
    "keyring",
    "mesh",
    "node",
    "operator",
    "peering",
    "query",
    "service",
    "session",
];

/// Whether Consul has ACL rules for a resource.
pub fn is_resource(resource: &str) -> bool {
    RESOURCES.contains(&resource)
}

#[derive(Debug)]
pub struct Acl {
    pub enabled: bool,
    allows_by_default: bool,
    tokens: BTreeMap<String, Token>,
}

/// An ACL token as Consul stores it.
#[derive(Debug)]
pub struct Token {
    pub secret: String,
    pub rules: AclRules,
    pub accessor: String,
    pub policy: Policy,
    pub created: String,
    pub hash: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    #[serde(rename = "ID")]
    id: String,
    name: &'static str,
}

impl Acl {
    /// `now`: the creation time of the ACL tokens, since 1970.
    pub fn new(options: Option<&AclOptions>, random: &mut Random, now: Duration) -> Self {
        let Some(AclOptions { default_allow, tokens, .. }) = options else {
            return Self { enabled: false, allows_by_default: true, tokens: BTreeMap::new() };
        };
        let mut create = |secret: &String, rules: &AclRules| {
            let accessor = random.uuid();
            let name = if rules.management { "global-management" } else { "rules" };
            let policy = Policy { id: random.uuid(), name };
            let created = timestamp(now, random.between(1.0, 999_999.0));
            let hash = encode_base64(&random.bytes::<32>());
            let accessor = rules.accessor.clone().unwrap_or(accessor);
            (secret.clone(), Token { secret: secret.clone(), rules: rules.clone(), accessor, policy, created, hash })
        };
        let tokens = tokens.iter().map(|(secret, rules)| create(secret, rules)).collect();
        Self { enabled: true, allows_by_default: *default_allow, tokens }
    }

    pub fn default_policy(&self) -> &'static str {
        if self.allows_by_default { "allow" } else { "deny" }
    }

    /// The ACL token of a request, None for the anonymous one. The query takes precedence over `X-Consul-Token`, and that
    /// over `Authorization: Bearer`.
    pub fn identify(&self, flight: &InFlight) -> Result<Option<&Token>, Refusal> {
        let InFlight { request, query, .. } = flight;
        let header = || request.header("x-consul-token");
        let bearer = || request.header("authorization").and_then(bearer_of);
        let given = [query.get("token"), header(), bearer()].into_iter().flatten().find(|secret| !secret.is_empty());
        match given {
            Some(secret) if self.enabled => {
                self.tokens.get(secret).map(Some).ok_or_else(|| refuse(403, "ACL not found"))
            }
            _ => Ok(None),
        }
    }

    /// Whether an ACL token has access to all instances of a resource.
    pub fn allows(&self, token: Option<&Token>, resource: &str, access: Access) -> bool {
        self.allows_on(token, resource, access, "")
    }

    /// Whether an ACL token may read imported services, which requires permission to read all services, or to write any.
    pub fn reads_imported_services(&self, token: Option<&Token>) -> bool {
        self.writes_any_service(token) || self.allows(token, "service", Access::Read)
    }

    /// Whether an ACL token may read instances of imported services, which also requires permission to read all nodes.
    pub fn reads_imports(&self, token: Option<&Token>) -> bool {
        let all = |resource| self.allows(token, resource, Access::Read);
        self.writes_any_service(token) || (all("service") && all("node"))
    }

    fn writes_any_service(&self, token: Option<&Token>) -> bool {
        let rules = token.map(|token| &token.rules);
        rules.is_some_and(|rules| rules.services.values().any(|access| *access == Access::Write))
            || self.allows(token, "service", Access::Write)
    }

    /// Whether an ACL token has access to the resource of this name.
    pub fn allows_on(&self, token: Option<&Token>, resource: &str, access: Access, name: &str) -> bool {
        let rules = token.map(|token| &token.rules);
        if !self.enabled || rules.is_some_and(|rules| rules.management) {
            return true;
        }
        let access_level = rules.and_then(|rules| match resource {
            // Without a rule for peering, the operator rule applies.
            "peering" => rules.peering.or(rules.operator),
            "operator" => rules.operator,
            "agent" => rules.agent,
            "mesh" => rules.mesh.or(rules.operator),
            // Access to a service includes reading its intentions.
            "service" => rules.services.get(name).copied().or(rules.service),
            "intention" => rules.services.get(name).copied().or(rules.service).map(|_| Access::Read),
            "node" => rules.node,
            _ => None,
        });
        access_level
            .map_or(self.allows_by_default, |access_level| access_level == Access::Write || access_level == access)
    }

    /// Refuses an ACL token without access. `on`: the name of the resource, for the error text.
    pub fn require(
        &self,
        token: Option<&Token>,
        resource: &str,
        access: Access,
        on: Option<&str>,
    ) -> Result<(), Refusal> {
        if self.allows_on(token, resource, access, on.unwrap_or_default()) {
            return Ok(());
        }
        let on = on.map(|on| format!(" on \"{on}\"")).unwrap_or_default();
        let permission = format!("'{resource}:{}'{on}", access.name());
        let what = match token {
            Some(Token { accessor, .. }) => format!("token with AccessorID '{accessor}' lacks permission {permission}"),
            None => format!(
                "anonymous token lacks permission {permission}. The anonymous token is used implicitly when a request \
                 does not specify a token."
            ),
        };
        Err(refuse(403, format!("Permission denied: {what}")))
    }
}

fn bearer_of(authorization: &str) -> Option<&str> {
    let (scheme, secret) = authorization.split_once(' ')?;
    let secret = secret.trim_start_matches(' ').split_ascii_whitespace().next()?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret)
}
