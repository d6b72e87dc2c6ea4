//! What a plan's configuration contains about a resource: its cluster, and the source of its peering token.

use super::cluster::Cluster;
use super::index::Index;
use super::resource::{Kind, Resource};
use crate::rules::text::cut;
use crate::rules::value::Value;

/// The configuration of one resource.
pub struct Configured<'a> {
    /// The address of its module without the keys of `count` and `for_each`.
    pub path: String,
    pub has_block: bool,
    /// The cluster of its provider; None if there are several, or if it is unknown.
    pub cluster: Option<Cluster<'a>>,
    pub source: Option<Source<'a>>,
}

/// The source of a peering's token: a token resource of the same module.
pub struct Source<'a> {
    pub name: &'a str,
    /// The resource with its key; None if it is one of many, but unknown which.
    pub token: Option<&'a str>,
}

impl<'a> Configured<'a> {
    pub fn of(resource: &Resource, configuration: &'a Value, variables: &Value, blocks: &Blocks<'a>) -> Self {
        let path = without_keys(resource.module);
        let kind = if resource.kind == Kind::Token { TOKEN } else { "consul_peering" };
        let block = blocks.find(&path, kind, resource.name);
        let cluster = block.and_then(|block| Cluster::of(configuration, variables, block));
        let source = block.and_then(|block| source(block.get("expressions").get("peering_token"), &path, blocks));
        Self { path, has_block: block.is_some(), cluster, source }
    }
}

const TOKEN: &str = "consul_peering_token";

/// All managed resources of a configuration, by module path, type and name.
pub struct Blocks<'a> {
    all: Vec<(String, &'a Value)>,
    index: Index,
}

impl<'a> Blocks<'a> {
    pub fn of(configuration: &'a Value) -> Self {
        let mut all = Vec::new();
        gather(configuration.get("root_module"), "", &mut all);
        let index = Index::of(&all.iter().map(|(key, _)| &**key).collect::<Vec<_>>());
        Self { all, index }
    }

    fn find(&self, path: &str, kind: &str, name: &str) -> Option<&'a Value> {
        let key = key(path, kind, name);
        let place = self.index.find(&key, &|place| self.all[place].0 == key)?;
        Some(self.all[place].1)
    }
}

fn key(path: &str, kind: &str, name: &str) -> String {
    format!("{path} {kind}.{name}")
}

fn gather<'a>(module: &'a Value, path: &str, all: &mut Vec<(String, &'a Value)>) {
    for block in module.get("resources").items().iter().filter(|block| block.get("mode").is_text("managed")) {
        if let (Some(kind), Some(name)) = (block.get("type").text(), block.get("name").text()) {
            all.push((key(path, kind, name), block));
        }
    }
    for (name, call) in module.get("module_calls").members() {
        let dot = if path.is_empty() { "" } else { "." };
        gather(call.get("module"), &format!("{path}{dot}module.{name}"), all);
    }
}

/// The source of a token by its expression.
fn source<'a>(expression: &'a Value, path: &str, blocks: &Blocks) -> Option<Source<'a>> {
    let references = expression.get("references").items();
    // The full reference is followed by its prefixes. Any other reference may mean another token.
    let mut token = "";
    for text in references.iter().filter_map(Value::text) {
        if text.len() > token.len() && !is_key(text) {
            token = text;
        }
    }
    let is_one = |item: &Value| item.text().is_some_and(|text| is_key(text) || token.starts_with(text));
    if !references.iter().all(is_one) {
        return None;
    }
    let token = token.strip_suffix(".peering_token").unwrap_or(token);
    let name = token.strip_prefix(TOKEN)?.strip_prefix('.')?;
    let name = cut(name, "[").map_or(name, |(name, _)| name);
    let block = blocks.find(path, TOKEN, name)?;
    let many = ["count_expression", "for_each_expression"].iter().any(|key| *block.get(key) != Value::Null);
    let known = !is_keyed(expression) && (!many || token.ends_with(']'));
    Some(Source { name, token: known.then_some(token) })
}

fn is_key(reference: &str) -> bool {
    reference.starts_with("each.") || reference.starts_with("count.")
}

/// Whether an expression uses a key of `count` or `for_each`: then it has one value for each key.
pub fn is_keyed(expression: &Value) -> bool {
    expression.text().is_some_and(is_key)
        || expression.items().iter().any(is_keyed)
        || expression.members().iter().any(|(_, part)| is_keyed(part))
}

fn without_keys(address: &str) -> String {
    let (mut in_key, mut quoted, mut escaped) = (false, false, false);
    let is_outside = |c: &char| {
        if in_key {
            in_key = quoted || *c != ']';
            quoted ^= *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            return false;
        }
        in_key = *c == '[';
        !in_key
    };
    address.chars().filter(is_outside).collect()
}
