//! JSON as values of a component, by their types, and back.

use serde_json::{Value, json};
use wasmtime::component::{Type, Val};
use wasmtime::error::Context;
use wasmtime::{Result, bail};

pub fn to_val(given: &Value, ty: &Type) -> Result<Val> {
    Ok(match ty {
        Type::Bool => Val::Bool(given.as_bool().context("a boolean")?),
        Type::U64 => Val::U64(given.as_u64().context("a number")?),
        Type::String => Val::String(text(given)?),
        Type::Enum(_) => Val::Enum(text(given)?),
        Type::List(list) => {
            Val::List(items(given)?.iter().map(|item| to_val(item, &list.ty())).collect::<Result<_>>()?)
        }
        Type::Tuple(tuple) => {
            let types = tuple.types();
            Val::Tuple(items(given)?.iter().zip(types).map(|(item, ty)| to_val(item, &ty)).collect::<Result<_>>()?)
        }
        Type::Option(_) if given.is_null() => Val::Option(None),
        Type::Option(option) => Val::Option(Some(Box::new(to_val(given, &option.ty())?))),
        Type::Record(record) => {
            let member = |name: &str, ty| Ok((name.to_owned(), to_val(&given[name.replace('-', "_")], &ty)?));
            Val::Record(record.fields().map(|field| member(field.name, field.ty)).collect::<Result<_>>()?)
        }
        Type::Variant(variant) => {
            let tag = text(&given["tag"])?;
            let case = variant.cases().find(|case| case.name == tag).context("a case")?;
            let payload = case.ty.map(|ty| to_val(&given["val"], &ty).map(Box::new)).transpose()?;
            Val::Variant(tag, payload)
        }
        _ => bail!("no argument has the type {ty:?}"),
    })
}

fn text(given: &Value) -> Result<String> {
    Ok(given.as_str().context("a text")?.to_owned())
}

fn items(given: &Value) -> Result<&Vec<Value>> {
    given.as_array().context("a list")
}

/// As the npm package has it: members in snake_case; `path` is left out if it is missing.
pub fn to_json(val: &Val) -> Value {
    match val {
        Val::Bool(value) => json!(value),
        Val::U16(value) => json!(value),
        Val::U32(value) => json!(value),
        Val::String(text) => json!(text),
        Val::List(items) => items.iter().map(to_json).collect(),
        Val::Record(members) => {
            let members = members.iter().map(|(name, member)| (name.replace('-', "_"), to_json(member)));
            Value::Object(members.filter(|(name, member)| name != "path" || !member.is_null()).collect())
        }
        Val::Option(Some(value)) | Val::Result(Ok(Some(value)) | Err(Some(value))) => to_json(value),
        Val::Option(None) => Value::Null,
        _ => unreachable!("no result has this type"),
    }
}
