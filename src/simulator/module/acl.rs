//! Reads the ACL options of a cluster from JSON.

use serde_json::Value;

use super::shape::{Kind, checked, flag, text};
use crate::options::{Access, AclOptions, AclRules};

const ACL: [(&str, Kind); 3] = [("default_policy", Kind::Policy), ("management", Kind::Text), ("tokens", Kind::Object)];

const RULES: [(&str, Kind); 8] = [
    ("peering", Kind::Access),
    ("operator", Kind::Access),
    ("agent", Kind::Access),
    ("mesh", Kind::Access),
    ("service", Kind::AccessByName),
    ("node", Kind::Access),
    ("management", Kind::Flag),
    ("accessor", Kind::Text),
];

/// `place`: its name in errors.
pub fn read_acl(given: &Value, place: &str) -> Result<AclOptions, String> {
    let acl = checked(given, place, &ACL)?;
    // The secret must not be part of an error.
    let place = format!("{place}.tokens[…]");
    let tokens = acl.get("tokens").and_then(Value::as_object).into_iter().flatten();
    let token = |(secret, rules): (&String, &Value)| Ok((secret.clone(), read_rules(rules, &place)?));
    Ok(AclOptions {
        default_allow: text(acl, "default_policy").as_deref() == Some("allow"),
        management: text(acl, "management"),
        tokens: tokens.map(token).collect::<Result<_, String>>()?,
    })
}

fn read_rules(given: &Value, place: &str) -> Result<AclRules, String> {
    let rules = checked(given, place, &RULES)?;
    let access = |key| rules.get(key).filter(|access| access.is_string()).map(read_access);
    Ok(AclRules {
        peering: access("peering"),
        operator: access("operator"),
        agent: access("agent"),
        mesh: access("mesh"),
        service: access("service"),
        services: rules
            .get("service")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, access)| (name.clone(), read_access(access)))
            .collect(),
        node: access("node"),
        management: flag(rules, "management").unwrap_or(false),
        accessor: text(rules, "accessor"),
    })
}

fn read_access(access: &Value) -> Access {
    if access == "write" { Access::Write } else { Access::Read }
}
