//! A caller's value as plain data: a snapshot that can be validated repeatedly.
//!
//! Without it, a getter could return one value to the check and another to the request.

/// JSON as the rules use it. It may contain secrets, so it cannot be printed.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `null`, `undefined` or missing: Terraform writes null for "not set".
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    /// Keys in the order they were written.
    Object(Vec<(String, Value)>),
    /// Not JSON: a function, a symbol, a getter that throws. Contains its name.
    Other(&'static str),
}

static NULL: Value = Value::Null;

impl Value {
    /// The member `key` of an object, the last one if it is repeated; null if it is missing.
    pub fn get(&self, key: &str) -> &Value {
        self.members().iter().rev().find(|(name, _)| name == key).map_or(&NULL, |(_, value)| value)
    }

    /// Like [`get`](Self::get), in any letter case if the exact one is missing: how Go reads JSON.
    pub fn get_fold(&self, key: &str) -> &Value {
        match self.get(key) {
            Value::Null => self
                .members()
                .iter()
                .rev()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map_or(&NULL, |(_, value)| value),
            value => value,
        }
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[(String, Value)] {
        match self {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is this text.
    pub fn is_text(&self, text: &str) -> bool {
        self.text() == Some(text)
    }

    /// The text, if it is one and not empty.
    pub fn non_empty_text(&self) -> Option<String> {
        self.text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The texts of a list, without its other items.
    pub fn texts(&self) -> Vec<String> {
        self.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    /// The number if it is whole, not negative and exact in JavaScript; otherwise 0.
    pub fn index(&self) -> u64 {
        let Value::Number(number) = self else { return 0 };
        let whole = *number as u64;
        if whole as f64 == *number && whole < 1 << 53 { whole } else { 0 }
    }

    /// Its type, for a message: "a number".
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "missing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "an array",
            Value::Object(_) => "an object",
            Value::Other(word) => word,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Value::Null, Value::from)
    }
}

impl From<&[String]> for Value {
    fn from(texts: &[String]) -> Self {
        Value::List(texts.iter().map(|text| Value::from(&**text)).collect())
    }
}

/// An object with these members, in this order.
pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_kind() {
        let kinds = [
            Value::Null,
            Value::Bool(true),
            Value::Number(1.0),
            "".into(),
            Value::List(vec![]),
            Value::Object(vec![]),
            Value::Other("a function"),
        ];
        let words = ["missing", "a boolean", "a number", "a string", "an array", "an object", "a function"];
        assert_eq!(kinds.map(|value| value.kind()), words);
    }

    #[test]
    fn values_are_unchanged() {
        let value =
            object([("a", Some("1").into()), ("b", None::<&str>.into()), ("c", (&["x".to_owned()][..]).into())]);
        assert!(value.get("a").text() == Some("1") && *value.get("b") == Value::Null);
        assert_eq!(value.get("c").texts(), ["x"]);
        let repeated = object([("a", "1".into()), ("a", "2".into())]);
        assert!(repeated.get("a").is_text("2"), "as JSON.parse reads it");
        assert_eq!(value.members().iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
