//! JavaScript's values to the rules' and back.

use js_sys::{Array, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::rules::value::Value;

/// Deeper than any spec or token; a cycle ends here.
const MAX_DEPTH: u32 = 16;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys(object: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(js_namespace = Object, js_name = create)]
    fn create(prototype: &JsValue) -> JsValue;

    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    pub fn parse(text: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse_text(text: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = JSON, js_name = stringify)]
    pub fn stringify(value: &JsValue) -> Result<JsValue, JsValue>;
}

/// A member of an object; undefined where there is none or it cannot be read.
pub fn member(object: &JsValue, key: &str) -> JsValue {
    if object.is_object() || object.is_function() {
        Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
    } else {
        JsValue::UNDEFINED
    }
}

/// A value read once, own enumerable members only: no prototype's, and each getter runs once.
pub fn snapshot(value: &JsValue) -> Value {
    read(value, 0)
}

fn read(value: &JsValue, depth: u32) -> Value {
    if value.is_null() || value.is_undefined() {
        Value::Null
    } else if let Some(text) = value.as_string() {
        Value::Text(text)
    } else if let Some(number) = value.as_f64() {
        Value::Number(number)
    } else if let Some(bool) = value.as_bool() {
        Value::Bool(bool)
    } else if value.is_function() {
        Value::Other("a function")
    } else if !value.is_object() {
        Value::Other("a symbol or a bigint")
    } else if depth == MAX_DEPTH {
        Value::Other("too deep an object")
    } else if Array::is_array(value) {
        Value::List(Array::from(value).iter().map(|item| read(&item, depth + 1)).collect())
    } else {
        match keys(value) {
            Ok(keys) => Value::Object(keys.iter().map(|key| read_member(value, &key, depth)).collect()),
            Err(_) => Value::Other("an object that cannot be read"),
        }
    }
}

fn read_member(object: &JsValue, key: &JsValue, depth: u32) -> (String, Value) {
    let member = match Reflect::get(object, key) {
        Ok(member) => read(&member, depth + 1),
        Err(_) => Value::Other("a getter that throws"),
    };
    (key.as_string().unwrap_or_default(), member)
}

/// JSON by the host's reader; nothing for what is none.
pub fn parse_json(text: &str) -> Option<Value> {
    parse_text(text).ok().map(|value| snapshot(&value))
}

/// A request's body as the host's text.
pub fn to_json(value: &Value) -> JsValue {
    stringify(&build(value)).unwrap_or(JsValue::UNDEFINED)
}

fn build(value: &Value) -> JsValue {
    match value {
        Value::Null | Value::Other(_) => JsValue::NULL,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(build).collect::<Array>().into(),
        Value::Object(members) => {
            // Without a prototype, a key `__proto__` is a key like any other.
            let object = create(&JsValue::NULL);
            for (key, member) in members {
                let _ = Reflect::set(&object, &key.as_str().into(), &build(member));
            }
            object
        }
    }
}

/// Plain data out: absent is null.
pub fn to_js(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
