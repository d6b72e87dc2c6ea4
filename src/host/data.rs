//! Plain data as a host's values, for hosts without values of their own: WASI, and the simulated host of native tests.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::HostValue;
use crate::consul::package_peering::{package_peering, package_peerings};
use crate::rules::value::{self, Value};

/// A value that many can hold.
#[derive(Clone, PartialEq)]
pub struct Data(Rc<Value>);

impl Data {
    pub fn new(value: Value) -> Self {
        Self(Rc::new(value))
    }

    /// An object with these members, in this order.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self::new(value::object(members))
    }

    /// As a JSON text.
    pub fn to_text(&self) -> String {
        json(&self.0)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::read_json(text).map(Self::new)
    }
}

impl Deref for Data {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

/// As JSON. What it shows may hold a secret of a test's own.
impl fmt::Debug for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&json(&self.0))
    }
}

impl HostValue for Data {
    fn null() -> Self {
        Self::new(Value::Null)
    }

    fn read_json(text: &str) -> Option<Value> {
        serde_json::from_str::<FromJson>(text).ok().map(|FromJson(value)| value)
    }

    fn to_peering(&self) -> Option<Self> {
        package_peering(self).map(Self::new)
    }

    fn to_peerings(&self) -> Result<Self, String> {
        package_peerings(self).map(Self::new)
    }

    fn items(&self) -> Option<Vec<Self>> {
        let Value::List(items) = &*self.0 else { return None };
        Some(items.iter().cloned().map(Self::new).collect())
    }

    fn to_data(&self) -> Value {
        (*self.0).clone()
    }

    fn pick(&self, keys: &[&str]) -> Value {
        value::object(keys.iter().map(|key| (*key, self.get(key).clone())))
    }

    fn to_json(&self) -> Self {
        Self::new(Value::Text(json(&self.0)))
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(&AsJson(value)).unwrap_or_default()
}

struct AsJson<'a>(&'a Value);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null | Value::Other(_) => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) if number.fract() == 0.0 => serializer.serialize_i64(*number as i64),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&AsJson(item)))?;
                list.end()
            }
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(key, member)| map.serialize_entry(key, &AsJson(member)))?;
                map.end()
            }
        }
    }
}

struct FromJson(Value);

impl<'de> Deserialize<'de> for FromJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(FromJson)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(FromJson(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, FromJson(member))) = map.next_entry()? {
            members.push((key, member));
        }
        Ok(Value::Object(members))
    }
}
