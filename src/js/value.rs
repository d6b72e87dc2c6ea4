//! JavaScript's values to the rules' and back.

use js_sys::Array;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::rules::value::Value;

/// Limits for reading a caller's value.
struct Reader {
    depth: u32,
    /// How many more values are read, since objects may reference each other.
    left: u32,
    /// Whether to skip Terraform resources other than Consul's peerings.
    sifts: bool,
}

/// Deeper and larger than any spec or token.
const SPEC: Reader = Reader { depth: 16, left: 20_000, sifts: false };
/// Enough for many thousand peerings in nested modules.
const DOCUMENT: Reader = Reader { depth: 100, left: 1_000_000, sifts: true };
const TOO_LARGE: Value = Value::Other("an object that is too large or too deep");

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    #[wasm_bindgen(js_name = member)]
    fn member_of(object: &JsValue, key: &str) -> JsValue;
    /// A symbol if it cannot be read.
    #[wasm_bindgen(js_name = ownMember)]
    fn own_member(object: &JsValue, key: &JsValue) -> JsValue;
    /// Its own enumerable keys; undefined if they cannot be read.
    pub fn keys(object: &JsValue) -> Option<Array>;
    /// The type of a value: one of [`kinds`].
    fn kind(value: &JsValue) -> u32;
    #[wasm_bindgen(js_name = isPlain)]
    fn is_plain(object: &JsValue) -> bool;
    /// Whether it is a Terraform resource other than Consul's peerings.
    #[wasm_bindgen(js_name = isForeign)]
    fn is_foreign(item: &JsValue) -> bool;

    /// The value of a JSON text; undefined if it is not JSON.
    pub fn parse(text: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = parse)]
    fn parse_text(text: &str) -> JsValue;
}

/// The numbers of `kind` in value.js.
mod kinds {
    pub const NULL: u32 = 0;
    pub const STRING: u32 = 1;
    pub const NUMBER: u32 = 2;
    pub const BOOLEAN: u32 = 3;
    pub const ARRAY: u32 = 4;
    pub const OBJECT: u32 = 5;
    pub const FUNCTION: u32 = 6;
    pub const NOT_PLAIN: u32 = 7;
}

/// Whether it is an object with members.
pub fn is_object(value: &JsValue) -> bool {
    kind(value) == kinds::OBJECT
}

/// A member of an object; undefined if it is missing or cannot be read.
pub fn member(object: &JsValue, key: &str) -> JsValue {
    if object.is_object() || object.is_function() { member_of(object, key) } else { JsValue::UNDEFINED }
}

/// A value read once, own enumerable members only: none of a prototype, and each getter runs once. The result is plain
/// data for any input; exceptions are caught.
pub fn snapshot(value: &JsValue) -> Value {
    read(value, 0, &mut { SPEC })
}

/// As [`snapshot`], for an object without one of its members.
pub fn snapshot_except(object: &JsValue, key: &str) -> Value {
    let keys = keys(object).unwrap_or_default();
    let others = keys.iter().filter_map(|own| own.as_string().filter(|own| own != key).map(|text| (text, own)));
    Value::Object(others.map(|(text, own)| (text, snapshot(&own_member(object, &own)))).collect())
}

/// As [`snapshot`], for a Terraform document, without its many unrelated resources.
pub fn document(value: &JsValue) -> Value {
    let mut reader = DOCUMENT;
    let document = read(value, 0, &mut reader);
    if reader.left == 0 { TOO_LARGE } else { document }
}

/// As [`snapshot`], for only these members of an object.
pub fn pick(object: &JsValue, keys: &[&str]) -> Value {
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), snapshot(&member(object, key)))).collect())
}

fn read(value: &JsValue, depth: u32, reader: &mut Reader) -> Value {
    if reader.left == 0 {
        return TOO_LARGE;
    }
    reader.left -= 1;
    match kind(value) {
        kinds::NULL => Value::Null,
        kinds::STRING => Value::Text(value.as_string().unwrap_or_default()),
        kinds::NUMBER => Value::Number(value.as_f64().unwrap_or_default()),
        kinds::BOOLEAN => Value::Bool(value.is_truthy()),
        _ if depth == reader.depth => {
            // A document is read completely or not at all.
            reader.left *= u32::from(!reader.sifts);
            TOO_LARGE
        }
        kinds::ARRAY => {
            let length = member(value, "length").as_f64().unwrap_or_default() as u32;
            if length > reader.left {
                return TOO_LARGE;
            }
            let mut items = Vec::new();
            for index in 0..length {
                let item = own_member(value, &index.into());
                if !(reader.sifts && is_foreign(&item)) {
                    items.push(read(&item, depth + 1, reader));
                }
            }
            Value::List(items)
        }
        kinds::OBJECT => match keys(value) {
            Some(keys) if keys.length() > reader.left => TOO_LARGE,
            // An object of accessors only would look empty.
            Some(keys) if keys.length() == 0 && !is_plain(value) => Value::Other("an instance of a class"),
            Some(keys) => {
                let mut members = Vec::new();
                for key in keys.iter() {
                    let member = read(&own_member(value, &key), depth + 1, reader);
                    members.push((key.as_string().unwrap_or_default(), member));
                }
                Value::Object(members)
            }
            None => Value::Other("an object that cannot be read"),
        },
        kinds::FUNCTION => Value::Other("a function"),
        kinds::NOT_PLAIN => Value::Other("something other than plain data"),
        _ => Value::Other("an object that cannot be read"),
    }
}

/// Parses JSON for the rules.
pub fn read_json(text: &str) -> Option<Value> {
    Some(parse_text(text)).filter(|value| !value.is_undefined()).map(|value| snapshot(&value))
}

/// Plain data for the caller. Not for a map with the caller's keys: one of them may be `__proto__`.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
