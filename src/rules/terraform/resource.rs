//! The peering resources and data sources in a document of `terraform show -json`.

use super::index::Index;
use crate::rules::finding::Finding;
use crate::rules::value::Value;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// `consul_peering`: dials.
    Peering,
    /// `consul_peering_token`: accepts.
    Token,
    /// `data.consul_peering`: reads.
    Data,
}

/// A resource as planned, or, in a state, as it is. Values that are known only after apply are null.
pub struct Resource<'a> {
    pub kind: Kind,
    pub address: &'a str,
    /// The address of its module; empty in the root module.
    pub module: &'a str,
    /// Its last name.
    pub name: &'a str,
    pub values: &'a Value,
    /// Which of the values are sensitive: `true` in place of each, or of all.
    sensitive: &'a Value,
    /// The change in a plan; null without one.
    pub change: &'a Value,
    /// The values that it had before it was deleted outside Terraform; null if it was not.
    lost: &'a Value,
    /// A deposed object of a resource.
    pub is_deposed: bool,
}

impl Resource<'_> {
    /// A finding with its address.
    pub fn located(&self, finding: Finding) -> Finding {
        Finding { path: Some(self.address.to_owned()), ..finding }
    }

    /// Whether apply does `action` to it, alone or with another one.
    pub fn is_to(&self, action: &str) -> bool {
        has_action(self.change, action)
    }

    /// Whether it is deleted and created, in either order.
    pub fn is_replaced(&self) -> bool {
        self.is_to("create") && self.is_to("delete")
    }

    /// Whether it is recreated with its existing token, while the peering stays in Consul: OpenTofu's "forget".
    pub fn sends_its_token_again(&self) -> bool {
        self.is_to("forget") && self.sends_token_of(self.change.get("before"))
    }

    /// Whether it is recreated with its existing token after it was deleted outside Terraform.
    pub fn sends_token_of_lost(&self) -> bool {
        self.sends_token_of(self.lost)
    }

    fn sends_token_of(&self, before: &Value) -> bool {
        let token = before.get("peering_token");
        self.is_to("create") && token.text().is_some() && token == self.values.get("peering_token")
    }

    /// Whether it is in the state and stays there.
    pub fn is_kept(&self) -> bool {
        !["create", "delete", "forget"].iter().any(|action| self.is_to(action))
    }

    /// Whether any value under `key` is sensitive.
    pub fn hides(&self, key: &str) -> bool {
        let marked = self.sensitive.get(key);
        is_true(self.sensitive) || is_true(marked) || marked.items().iter().any(is_true)
    }

    /// Its name; empty if unknown.
    pub fn peer_name(&self) -> &str {
        self.values.get("peer_name").text().unwrap_or_default()
    }

    /// The name that is deleted with it; empty if it is not deleted, or is created again.
    pub fn deleted_name(&self) -> &str {
        let name = self.change.get("before").get("peer_name").text().unwrap_or_default();
        if self.is_to("delete") && !self.is_to("create") { name } else { "" }
    }

    /// The peering token that it has, or had.
    pub fn token(&self) -> Option<&str> {
        let before = self.change.get("before").get("peering_token").text();
        self.values.get("peering_token").text().or(before)
    }

    /// The admin partition; None if unknown.
    pub fn partition(&self) -> Option<&str> {
        let unknown = is_true(self.change.get("after_unknown").get("partition"));
        if unknown { None } else { Some(partition(self.values)) }
    }

    /// The admin partition before the change.
    pub fn partition_before(&self) -> &str {
        partition(self.change.get("before"))
    }
}

/// Empty for none, and for Consul's name of none.
fn partition(values: &Value) -> &str {
    values.get("partition").text().filter(|name| *name != "default").unwrap_or_default()
}

fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true))
}

/// All of them, those with a change first; None if a list, a module or an address is missing or invalid.
pub fn all(document: &Value) -> Option<Vec<Resource<'_>>> {
    let mut found = Vec::new();
    for item in list(document.get("resource_changes"))? {
        let change = item.get("change");
        add(item, item.get("module_address"), change.get("after"), change.get("after_sensitive"), &mut found)?;
    }
    let changes = found.len();
    add_lost(document.get("resource_drift").items(), &mut found);
    walk(document.get("planned_values").get("root_module"), false, &mut found)?;
    walk(document.get("values").get("root_module"), false, &mut found)?;
    // A resource without a change is deleted already. A data source may have been read for the plan.
    walk(document.get("prior_state").get("values").get("root_module"), true, &mut found)?;
    let addresses: Vec<&str> = found.iter().map(|resource| resource.address).collect();
    let index = Index::of(&addresses);
    let is_new = |(place, resource): &(usize, Resource)| {
        let known = index.find(resource.address, &|other| addresses[other] == resource.address);
        *place < changes || known >= Some(*place)
    };
    Some(found.into_iter().enumerate().filter(is_new).map(|(_, resource)| resource).collect())
}

/// Notes which of them were deleted outside Terraform.
fn add_lost<'a>(drift: &'a [Value], found: &mut [Resource<'a>]) {
    let address = |item: &'a Value| item.get("address").text().unwrap_or_default();
    let index = Index::of(&drift.iter().map(address).collect::<Vec<_>>());
    for resource in found {
        let is_it = |place: usize| {
            let item = &drift[place];
            address(item) == resource.address && has_action(item.get("change"), "delete")
        };
        if let Some(place) = index.find(resource.address, &is_it) {
            resource.lost = drift[place].get("change").get("before");
        }
    }
}

fn has_action(change: &Value, action: &str) -> bool {
    change.get("actions").items().iter().any(|item| item.is_text(action))
}

fn walk<'a>(module: &'a Value, data_only: bool, found: &mut Vec<Resource<'a>>) -> Option<()> {
    if !matches!(module, Value::Object(_) | Value::Null) {
        return None;
    }
    for item in list(module.get("resources"))? {
        if !data_only || item.get("mode").is_text("data") {
            add(item, module.get("address"), item.get("values"), item.get("sensitive_values"), found)?;
        }
    }
    for child in list(module.get("child_modules"))? {
        walk(child, data_only, found)?;
    }
    Some(())
}

fn add<'a>(
    item: &'a Value,
    module: &'a Value,
    values: &'a Value,
    sensitive: &'a Value,
    found: &mut Vec<Resource<'a>>,
) -> Option<()> {
    let text = |value: &'a Value| value.text().unwrap_or_default();
    let kind = match text(item.get("type")) {
        "consul_peering" if item.get("mode").is_text("data") => Kind::Data,
        "consul_peering" => Kind::Peering,
        "consul_peering_token" => Kind::Token,
        _ => return Some(()),
    };
    found.push(Resource {
        kind,
        address: item.get("address").text()?,
        module: text(module),
        name: text(item.get("name")),
        values,
        sensitive,
        change: item.get("change"),
        lost: &Value::Null,
        is_deposed: *item.get("deposed") != Value::Null,
    });
    Some(())
}

fn list(value: &Value) -> Option<&[Value]> {
    matches!(value, Value::List(_) | Value::Null).then(|| value.items())
}
