//! JavaScript's values to the rules' and back.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::rules::host::Host;
use crate::rules::value::Value;

/// Deeper than any spec or token.
const MAX_DEPTH: u32 = 16;
/// More than any spec or token holds; a web of objects that name each other ends here.
const MAX_VALUES: u32 = 20_000;
const TOO_LARGE: Value = Value::Other("too large or too deep an object");

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    #[wasm_bindgen(js_name = member)]
    fn member_of(object: &JsValue, key: &str) -> JsValue;
    /// A symbol where it cannot be read.
    #[wasm_bindgen(js_name = ownMember)]
    fn own_member(object: &JsValue, key: &JsValue) -> JsValue;
    fn keys(object: &JsValue) -> Option<Array>;
    fn tag(value: &JsValue) -> Option<String>;
    #[wasm_bindgen(js_name = isPlain)]
    fn is_plain(object: &JsValue) -> bool;
    #[wasm_bindgen(js_name = decodeBase64)]
    fn atob(text: &str) -> Option<String>;

    /// A value in words of its own, where it has any.
    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(value: &JsValue) -> Option<String>;
    /// What a JSON text says; undefined where it is none.
    pub fn parse(text: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = parse)]
    fn parse_text(text: &str) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    // Not by setting one after another: a key may be `__proto__`.
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: &Array) -> JsValue;
    #[wasm_bindgen(js_namespace = JSON, js_name = stringify)]
    fn stringify(value: &JsValue) -> JsValue;
}

/// A member of an object; undefined where there is none or it cannot be read.
pub fn member(object: &JsValue, key: &str) -> JsValue {
    if object.is_object() || object.is_function() { member_of(object, key) } else { JsValue::UNDEFINED }
}

/// Puts a member into an object of ours.
pub fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &key.into(), value);
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
    if *left == 0 {
        return TOO_LARGE;
    }
    *left -= 1;
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
    if depth == MAX_DEPTH {
        return TOO_LARGE;
    }
    match tag(value).as_deref() {
        Some("[object Array]") => {
            let length = member(value, "length").as_f64().unwrap_or_default() as u32;
            if length > *left {
                return TOO_LARGE;
            }
            let mut items = Vec::new();
            for index in 0..length {
                items.push(read_member(value, &index.into(), depth, left));
            }
            Value::List(items)
        }
        Some("[object Object]") => match keys(value) {
            Some(keys) if keys.length() > *left => TOO_LARGE,
            // It may hold all it has in accessors, and would pass for one without members.
            Some(keys) if keys.length() == 0 && !is_plain(value) => Value::Other("an instance of a class"),
            Some(keys) => {
                let mut members = Vec::new();
                for key in keys.iter() {
                    let member = read_member(value, &key, depth, left);
                    members.push((key.as_string().unwrap_or_default(), member));
                }
                Value::Object(members)
            }
            None => Value::Other("an object that cannot be read"),
        },
        Some("[object Function]" | "[object AsyncFunction]") => Value::Other("a function"),
        Some(_) => Value::Other("not plain data"),
        None => Value::Other("an object that cannot be read"),
    }
}

fn read_member(object: &JsValue, key: &JsValue, depth: u32, left: &mut u32) -> Value {
    read(&own_member(object, key), depth + 1, left)
}

/// The rules' host: `JSON.parse` and `atob`.
pub const HOST: Host = Host { json: parse_json, base64: decode_base64 };

fn parse_json(text: &str) -> Option<Value> {
    Some(parse_text(text)).filter(|value| !value.is_undefined()).map(|value| snapshot(&value))
}

/// `atob` gives one character for each byte.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    atob(text).map(|binary| binary.chars().map(|c| c as u8).collect())
}

/// A request's body as the host's text.
pub fn to_json(value: &Value) -> JsValue {
    stringify(&to_js(value))
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
