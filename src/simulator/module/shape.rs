//! Validates the members of JSON objects.

use serde_json::{Map, Value};

pub type Object = Map<String, Value>;

/// The type of a member.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Texts,
    TextByName,
    TextsByName,
    Flag,
    Access,
    /// One for all names, or one for each name.
    AccessByName,
    Policy,
    Object,
    /// `true`, or an object.
    Acl,
    /// Names, or objects.
    Clusters,
    /// True if JavaScript has validated it.
    Clock,
    WholeNumber,
    /// A number above 0.
    Speed,
    /// Milliseconds, with infinity as a string because JSON has none.
    Span,
    /// An HTTP status.
    Status,
    /// Whole seconds.
    Seconds,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "a non-empty string",
            Self::Texts => "an array of strings",
            Self::TextByName => "an object of strings",
            Self::TextsByName => "an object of arrays of strings",
            Self::Flag => "true or false",
            Self::Access => "\"read\" or \"write\"",
            Self::AccessByName => "\"read\" or \"write\", or an object of these by name",
            Self::Policy => "\"allow\" or \"deny\"",
            Self::Object => "an object",
            Self::Acl => "true or an object",
            Self::Clusters => "an array of names, or of options with a name, such as [\"east\", \"west\"]",
            Self::Clock => "a clock",
            Self::WholeNumber => "a whole number",
            Self::Speed => "a number above 0",
            Self::Span => "a number of milliseconds",
            Self::Status => "an HTTP status",
            Self::Seconds => "a whole number of seconds",
        }
    }

    fn matches(self, value: &Value) -> bool {
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let is_texts = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
        let number = value.as_f64();
        match self {
            Self::Text => is_text(value),
            Self::Texts => is_texts(value),
            Self::TextByName => value.as_object().is_some_and(|texts| texts.values().all(is_text)),
            Self::TextsByName => value.as_object().is_some_and(|lists| lists.values().all(is_texts)),
            Self::Flag => value.is_boolean(),
            Self::Access => matches!(value.as_str(), Some("read" | "write")),
            Self::AccessByName => match value {
                Value::Object(rules) => rules.values().all(|access| Self::Access.matches(access)),
                access => Self::Access.matches(access),
            },
            Self::Policy => matches!(value.as_str(), Some("allow" | "deny")),
            Self::Object => value.is_object(),
            Self::Acl => value.as_bool() == Some(true) || value.is_object(),
            Self::Clusters => value.as_array().is_some_and(|clusters| !clusters.is_empty()),
            Self::Clock => value.as_bool() == Some(true),
            Self::WholeNumber => number.is_some_and(|number| number.fract() == 0.0),
            Self::Speed => number.is_some_and(|number| number > 0.0),
            Self::Span => number.is_some_and(|number| number >= 0.0) || value.as_str() == Some(INFINITY),
            Self::Status => value.as_u64().is_some_and(|status| (200..=599).contains(&status)),
            Self::Seconds => value.as_u64().is_some_and(|seconds| u32::try_from(seconds).is_ok()),
        }
    }
}

/// JavaScript passes infinity as this string, because JSON has none.
pub const INFINITY: &str = "Infinity";

/// Returns the object if it has only known members of the right type. `place`: its name in errors.
pub fn checked<'a>(value: &'a Value, place: &str, known: &[(&str, Kind)]) -> Result<&'a Object, String> {
    let Some(object) = value.as_object() else { return Err(format!("{place} must be an object")) };
    for (key, value) in object {
        let Some((_, kind)) = known.iter().find(|(name, _)| name == key) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            return Err(format!("unknown option {place}.{key}; use {}", names.join(", ")));
        };
        if !kind.matches(value) {
            return Err(format!("{place}.{key} must be {}", kind.name()));
        }
    }
    Ok(object)
}

/// The error for a member of another type.
pub fn mismatch(name: &str, kind: Kind) -> String {
    format!("{name} must be {}", kind.name())
}

/// Refuses a value of another type.
pub fn require(value: &Value, name: &str, kind: Kind) -> Result<(), String> {
    if kind.matches(value) { Ok(()) } else { Err(mismatch(name, kind)) }
}

pub fn text(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).map(str::to_owned)
}

pub fn flag(object: &Object, key: &str) -> Option<bool> {
    object.get(key).and_then(Value::as_bool)
}

pub fn number(object: &Object, key: &str) -> Option<f64> {
    object.get(key).and_then(Value::as_f64)
}

pub fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
