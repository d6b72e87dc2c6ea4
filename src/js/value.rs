//! JavaScript's values to the rules' and back.

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;

use crate::rules::host::Host;
use crate::rules::value::Value;

/// Deeper than any spec or token.
const MAX_DEPTH: u32 = 16;
/// More than any spec or token holds; a web of objects that name each other ends here.
const MAX_VALUES: u32 = 20_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys(object: &JsValue) -> Result<Array, JsValue>;

    // Tells arrays and plain objects from maps, dates and the like, in any realm.
    #[wasm_bindgen(catch, js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn tag(value: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(catch)]
    fn atob(text: &str) -> Result<String, JsValue>;

    // Not by setting one after another: a key may be `__proto__`.
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: &Array) -> JsValue;

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

/// Puts a member into an object of ours.
pub fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}

/// A value read once, own enumerable members only: no prototype's, and each getter runs once. Whatever a caller may
/// hand in comes out as something the rules can speak of; what it throws stays here.
pub fn snapshot(value: &JsValue) -> Value {
    read(value, 0, &mut MAX_VALUES.clone())
}

/// As [`snapshot`], of these members of an object alone.
pub fn pick(object: &JsValue, keys: &[&str]) -> Value {
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), snapshot(&member(object, key)))).collect())
}

fn read(value: &JsValue, depth: u32, left: &mut u32) -> Value {
    if value.is_null() || value.is_undefined() {
        return Value::Null;
    }
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    if let Some(number) = value.as_f64() {
        return Value::Number(number);
    }
    if let Some(bool) = value.as_bool() {
        return Value::Bool(bool);
    }
    if depth == MAX_DEPTH || *left == 0 {
        return Value::Other("too large or too deep an object");
    }
    *left -= 1;
    match tag(value).ok().as_deref() {
        Some("[object Array]") => {
            let length = member(value, "length").as_f64().unwrap_or_default() as u32;
            let mut items = Vec::new();
            for index in 0..length.min(*left) {
                items.push(read_member(value, &index.into(), depth, left));
            }
            Value::List(items)
        }
        Some("[object Object]") => match keys(value) {
            Ok(keys) => {
                let mut members = Vec::new();
                for key in keys.iter() {
                    let member = read_member(value, &key, depth, left);
                    members.push((key.as_string().unwrap_or_default(), member));
                }
                Value::Object(members)
            }
            Err(_) => Value::Other("an object that cannot be read"),
        },
        Some("[object Function]" | "[object AsyncFunction]") => Value::Other("a function"),
        Some(_) => Value::Other("not plain data"),
        None => Value::Other("an object that cannot be read"),
    }
}

fn read_member(object: &JsValue, key: &JsValue, depth: u32, left: &mut u32) -> Value {
    match Reflect::get(object, key) {
        Ok(member) => read(&member, depth + 1, left),
        Err(_) => Value::Other("a getter that throws"),
    }
}

/// The rules' host: `JSON.parse` and `atob`.
pub const HOST: Host = Host { json: parse_json, base64: decode_base64 };

fn parse_json(text: &str) -> Option<Value> {
    parse_text(text).ok().map(|value| snapshot(&value))
}

/// `atob` gives one character for each byte.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    atob(text).ok().map(|binary| binary.chars().map(|c| c as u8).collect())
}

/// A request's body as the host's text.
pub fn to_json(value: &Value) -> JsValue {
    stringify(&to_js(value)).unwrap_or(JsValue::UNDEFINED)
}

/// Plain data out.
pub fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null | Value::Other(_) => JsValue::NULL,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(to_js).collect::<Array>().into(),
        Value::Object(members) => {
            let entries: Array = members
                .iter()
                .map(|(key, member)| [key.as_str().into(), to_js(member)].into_iter().collect::<Array>())
                .collect();
            from_entries(&entries)
        }
    }
}
