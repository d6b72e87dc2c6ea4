//! Decodes JSON to structs like Go, with its error texts.

use std::collections::BTreeMap;

use super::go::{GoError, quote};
use super::json::Value;

/// A field of a struct.
pub enum Field<'a> {
    Text(&'a mut String),
    /// None for null.
    Texts(&'a mut Option<Vec<String>>),
    /// None for null.
    Map(&'a mut Option<BTreeMap<String, String>>),
    /// A nested struct, with the name of its type.
    Struct(&'static str, &'a mut dyn Unmarshal),
}

/// A struct that can be decoded from JSON.
pub trait Unmarshal {
    /// A field by its name in lower case, with its spelling in Go.
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)>;
}

/// Decodes a struct of the type `name`, such as `api.PeeringEstablishRequest`. `strict`: unknown fields are errors.
pub fn unmarshal(value: Value, name: &str, strict: bool, target: &mut dyn Unmarshal) -> Result<(), GoError> {
    match value {
        Value::Null => Ok(()),
        Value::Object(pairs) => fill(pairs, name, "", strict, target),
        other => Err(format!("json: cannot unmarshal {} into Go value of type {name}", other.kind())),
    }
}

/// Decodes a list of structs.
pub fn unmarshal_list<T: Unmarshal + Default>(value: Value, name: &str, strict: bool) -> Result<Vec<T>, GoError> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::List(items) => items,
        other => return Err(format!("json: cannot unmarshal {} into Go value of type []{name}", other.kind())),
    };
    let one = |item| {
        let mut target = T::default();
        unmarshal(item, name, strict, &mut target).map(|()| target)
    };
    items.into_iter().map(one).collect()
}

/// `path`: the parent fields, each followed by a dot.
fn fill(
    pairs: Vec<(String, Value)>,
    struct_name: &str,
    path: &str,
    strict: bool,
    target: &mut dyn Unmarshal,
) -> Result<(), GoError> {
    let short = struct_name.split_once('.').map_or(struct_name, |(_, short)| short);
    for (key, value) in pairs {
        let Some((name, field)) = target.field(&key.to_lowercase()) else {
            if strict {
                return Err(format!("json: unknown field {}", quote(&key)));
            }
            continue;
        };
        let mismatch = |value: &Value, wanted: &str| {
            let kind = value.kind();
            format!("json: cannot unmarshal {kind} into Go struct field {short}.{path}{name} of type {wanted}")
        };
        let text = |value| match value {
            Value::Null => Ok(String::new()),
            Value::Text(text) => Ok(text),
            other => Err(mismatch(&other, "string")),
        };
        match (field, value) {
            (Field::Text(_) | Field::Struct(..), Value::Null) => {}
            (Field::Text(into), value) => *into = text(value)?,
            (Field::Texts(into), Value::Null) => *into = None,
            (Field::Texts(into), Value::List(items)) => {
                *into = Some(items.into_iter().map(text).collect::<Result<_, _>>()?);
            }
            (Field::Texts(_), other) => return Err(mismatch(&other, "[]string")),
            (Field::Map(into), Value::Null) => *into = None,
            (Field::Map(into), Value::Object(pairs)) => {
                let map = into.get_or_insert_default();
                for (key, value) in pairs {
                    map.insert(key, text(value)?);
                }
            }
            (Field::Map(_), other) => return Err(mismatch(&other, "map[string]string")),
            (Field::Struct(inner_name, inner), Value::Object(pairs)) => {
                fill(pairs, inner_name, &format!("{path}{name}."), strict, inner)?;
            }
            (Field::Struct(wanted, _), other) => return Err(mismatch(&other, wanted)),
        }
    }
    Ok(())
}
