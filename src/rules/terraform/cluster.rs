//! The cluster of a resource: its provider's configuration, as far as a plan contains it.
//!
//! A plan lists what an expression refers to, not the expression: `var.host` and `"eu.${var.host}"` are the same. So a
//! variable counts only if its value is a whole address. Providers with equal expressions of unknown values are only
//! likely to lead to one cluster.

use super::configuration::is_keyed;
use super::reference::Scope;
use crate::rules::address;
use crate::rules::text::{before, contains, cut};
use crate::rules::value::Value;

/// What is known of a cluster.
pub struct Cluster<'a> {
    /// The provider block.
    key: &'a str,
    name: Name,
    expressions: &'a Value,
}

/// Address and datacenter, normalised.
#[derive(PartialEq)]
enum Name {
    Known(String),
    /// Computed from a variable whose value is no address: several addresses may be built from it.
    Composed,
    Unknown,
}

/// How certain it is that two are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    Certain,
    Likely,
}

impl<'a> Cluster<'a> {
    /// The cluster of a block's provider; None if there are several, or if it is unknown.
    pub fn of(configuration: &'a Value, variables: &Value, block: &'a Value) -> Option<Self> {
        let key = block.get("provider_config_key").text()?;
        let provider = configuration.get("provider_config").get(key);
        let expressions = provider.get("expressions");
        if is_keyed(expressions) {
            return None;
        }
        let module = provider.get("module_address").text().unwrap_or_default();
        // A module's provider, from a Terraform that does not record which of its parent's it is.
        let is_unresolved = *provider == Value::Null && contains(key, ":");
        let scope = Scope { configuration, variables, module };
        let name = if is_unresolved { Name::Unknown } else { name(expressions, &scope) };
        Some(Self { key, name, expressions })
    }

    pub fn sameness(&self, other: &Self) -> Option<Sameness> {
        if self.key == other.key {
            return Some(Sameness::Certain);
        }
        let are_equal = || *self.expressions != Value::Null && self.expressions == other.expressions;
        match (&self.name, &other.name) {
            (Name::Known(one), Name::Known(other)) => (one == other).then_some(Sameness::Certain),
            (Name::Unknown, Name::Unknown) => are_equal().then_some(Sameness::Likely),
            _ => None,
        }
    }
}

fn name(expressions: &Value, scope: &Scope) -> Name {
    let constant = |argument: &str| match expressions.get(argument) {
        Value::Null => Some(""),
        expression => expression.get("constant_value").text(),
    };
    let given = expressions.get("address");
    let (Some(scheme), Some(datacenter)) = (constant("scheme"), constant("datacenter")) else { return Name::Unknown };
    let address = match (constant("address"), scope.resolve(given)) {
        _ if *expressions.get("header") != Value::Null => return Name::Unknown,
        (Some(address), _) => address,
        (None, None) => return Name::Unknown,
        (None, Some(value)) => match value.text().filter(|text| is_whole(text)) {
            Some(address) => address,
            None => return Name::Composed,
        },
    };
    Name::Known(format!("{} {datacenter}", normalised(address, scheme)))
}

/// Whether a text is a whole address, not a part of one.
fn is_whole(text: &str) -> bool {
    contains(text, "://") || address::parse(text).is_ok()
}

/// An address normalised for comparison: lower case, without scheme, credentials, default port and trailing slash.
fn normalised(address: &str, default_scheme: &str) -> String {
    let address = address.trim().to_ascii_lowercase();
    let (scheme, rest) = cut(&address, "://").unwrap_or((default_scheme, &address));
    let authority = before(rest, "/");
    let path = rest.get(authority.len()..).unwrap_or_default().trim_end_matches('/');
    let host = cut(authority, "@").map_or(authority, |(_, host)| host);
    let default_port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let host = host.strip_suffix(default_port).filter(|host| !host.is_empty()).unwrap_or(host);
    let local = host.strip_prefix("localhost").filter(|port| port.is_empty() || port.starts_with(':'));
    // Of the two schemes, one is at the port; without a port, the default ports differ.
    let port = if contains(host, ":") || host.is_empty() { "" } else { default_port };
    match local {
        Some(rest) => format!("127.0.0.1{rest}{port}{path}"),
        None => format!("{host}{port}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_as_they_are_dialed() {
        let same = [
            ("https://eu:8501", "HTTPS://EU:8501/"),
            ("http://a:8500", "a:8500"),
            ("https://eu", "https://eu:443/"),
            ("http://eu/", "eu"),
            ("eu", "http://eu:80"),
            ("https://eu/consul/", "https://eu/consul"),
            ("https://user:password@eu:8501", "https://eu:8501"),
            ("http://localhost:8500", "127.0.0.1:8500"),
            (" https://eu:8501\n", "https://eu:8501"),
            ("https://[2A00::1]:8501", "https://[2a00::1]:8501"),
        ];
        for (one, other) in same {
            assert_eq!(normalised(one, ""), normalised(other, ""), "{one} {other}");
        }
        let different = [
            ("https://eu", "http://eu"),
            ("https://eu:8501", "https://us:8501"),
            ("https://eu:8501", "https://eu:8502"),
            ("https://eu/a", "https://eu/b"),
            ("https://localhosts", "https://127.0.0.1"),
            ("", "127.0.0.1:8500"),
        ];
        for (one, other) in different {
            assert_ne!(normalised(one, ""), normalised(other, ""), "{one} {other}");
        }
        assert_eq!(normalised("eu", "https"), normalised("https://eu", ""), "the provider's scheme");
    }
}
