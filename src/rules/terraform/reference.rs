//! The value of a reference to a variable: from a plan's variables, and through module calls.

use crate::rules::text::{before, cut};
use crate::rules::value::Value;

/// The scope of an expression.
pub struct Scope<'a> {
    pub configuration: &'a Value,
    /// The values of the root module's variables.
    pub variables: &'a Value,
    /// The address of its module, without keys; empty in the root module.
    pub module: &'a str,
}

impl<'a> Scope<'a> {
    /// The value of an expression that is a constant or one variable; None for any other, or if unknown.
    pub fn resolve(&self, expression: &'a Value) -> Option<&'a Value> {
        let constant = expression.get("constant_value");
        if *constant != Value::Null {
            return Some(constant);
        }
        let path = longest(expression.get("references"))?.strip_prefix("var.")?;
        let name = before(before(path, "."), "[");
        path.get(name.len()..).and_then(|rest| member(self.variable(name)?, rest))
    }

    fn variable(&self, name: &str) -> Option<&'a Value> {
        if self.module.is_empty() {
            let value = self.variables.get(name).get("value");
            let default = self.configuration.get("root_module").get("variables").get(name).get("default");
            return [value, default].into_iter().find(|value| **value != Value::Null);
        }
        // `module.a.module.b`: the call of `b` is in `module.a`.
        let (parent, call) = cut_last_module(self.module)?;
        let call = module(self.configuration, parent)?.get("module_calls").get(call);
        let expression = call.get("expressions").get(name);
        if *expression == Value::Null {
            let default = call.get("module").get("variables").get(name).get("default");
            return Some(default).filter(|default| **default != Value::Null);
        }
        Scope { module: parent, ..*self }.resolve(expression)
    }
}

/// The address of the parent, and the name of the last module.
fn cut_last_module(address: &str) -> Option<(&str, &str)> {
    let name = crate::rules::text::after_last(address, "module.");
    let parent = address.strip_suffix(name)?.strip_suffix("module.")?;
    Some((parent.strip_suffix('.').unwrap_or(parent), name))
}

/// The configuration of the module at an address.
fn module<'a>(configuration: &'a Value, address: &str) -> Option<&'a Value> {
    let mut module = configuration.get("root_module");
    let mut rest = address;
    while let Some(path) = rest.strip_prefix("module.") {
        let name = before(path, ".");
        module = module.get("module_calls").get(name).get("module");
        rest = cut(path, ".").map_or("", |(_, rest)| rest);
    }
    rest.is_empty().then_some(module)
}

/// The one reference of an expression: Terraform lists it in full, then its prefixes.
fn longest(references: &Value) -> Option<&str> {
    let first = references.items().first()?.text()?;
    references.items().iter().all(|item| item.text().is_some_and(|text| first.starts_with(text))).then_some(first)
}

/// The member selected by `.name`, `["key"]` and `[0]`.
fn member<'a>(mut value: &'a Value, mut path: &str) -> Option<&'a Value> {
    while !path.is_empty() {
        let (step, rest) = match path.strip_prefix("[\"") {
            Some(quoted) => cut(quoted, "\"]")?,
            None => match path.strip_prefix('[') {
                Some(index) => cut(index, "]")?,
                None => {
                    let name = path.strip_prefix('.')?;
                    name.split_at_checked(before(before(name, "."), "[").len())?
                }
            },
        };
        value = match value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
            object => object.get(step),
        };
        path = rest;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::super::super::host::tests::read_json;
    use super::*;

    fn resolved(module: &str, references: &str) -> Option<String> {
        let configuration = read_json(
            r#"{"root_module":{"variables":{"d":{"default":"default"}},"module_calls":{"m":{
                "expressions":{"address":{"references":["var.clusters[\"eu.1\"].address","var.clusters[\"eu.1\"]","var.clusters"]},
                               "port":{"constant_value":"8501"}},
                "module":{"variables":{"o":{"default":"own"}},"module_calls":{"n":{
                    "expressions":{"inner":{"references":["var.address"]}},"module":{}}}}}}}}"#,
        )
        .unwrap();
        let variables = read_json(
            r#"{"eu":{"value":"https://eu"},"clusters":{"value":{"eu.1":{"address":"a:1"},"list":["x",{"y":"z"}]}}}"#,
        )
        .unwrap();
        let expression = read_json(&format!(r#"{{"references":{references}}}"#)).unwrap();
        let scope = Scope { configuration: &configuration, variables: &variables, module };
        scope.resolve(&expression).and_then(Value::non_empty_text)
    }

    #[test]
    fn variables_and_their_members() {
        for (references, value) in [
            (r#"["var.eu"]"#, Some("https://eu")),
            (r#"["var.d"]"#, Some("default")),
            (r#"["var.clusters[\"eu.1\"].address","var.clusters[\"eu.1\"]","var.clusters"]"#, Some("a:1")),
            (r#"["var.clusters.list[1].y","var.clusters.list[1]","var.clusters.list","var.clusters"]"#, Some("z")),
            (r#"["var.clusters","local.key"]"#, None),
            (r#"["var.clusters"]"#, None),
            (r#"["var.eu","var.d"]"#, None),
            (r#"["local.eu"]"#, None),
            (r#"["var.unknown"]"#, None),
            (r#"["var.eu.more","var.eu"]"#, None),
            ("[]", None),
        ] {
            assert_eq!(resolved("", references).as_deref(), value, "{references}");
        }
    }

    #[test]
    fn what_module_calls_pass_on() {
        for (module, references, value) in [
            ("module.m", r#"["var.address"]"#, Some("a:1")),
            ("module.m", r#"["var.port"]"#, Some("8501")),
            ("module.m", r#"["var.o"]"#, Some("own")),
            ("module.m", r#"["var.eu"]"#, None),
            ("module.m.module.n", r#"["var.inner"]"#, Some("a:1")),
            ("module.x", r#"["var.address"]"#, None),
        ] {
            assert_eq!(resolved(module, references).as_deref(), value, "{module} {references}");
        }
    }
}
