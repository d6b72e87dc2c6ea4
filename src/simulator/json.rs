//! Parses JSON like Go, with its error texts, which Consul returns unchanged.

use super::go::{GoError, quote};

/// The limit of Go, which prevents stack overflows.
const DEPTH_MAX: usize = 10_000;
/// Consul reads nothing deeper. Values below are parsed, but not kept.
const DEPTH_KEPT: usize = 4;

/// A value, as far as Consul needs it.
#[derive(Debug, PartialEq)]
pub enum Value {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Value>),
    /// In the original order, with duplicate keys.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The name of the type in Go's errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Parses the first value like Go's `Decoder`, which ignores the rest.
pub fn read_first(bytes: &[u8]) -> Result<Value, GoError> {
    Reader { bytes, at: 0, whole: false }.document()
}

/// Parses the only value like Go's `Unmarshal`.
pub fn read_whole(bytes: &[u8]) -> Result<Value, GoError> {
    let mut reader = Reader { bytes, at: 0, whole: true };
    let value = reader.document()?;
    reader.space();
    if reader.at < bytes.len() { reader.fail("after top-level value") } else { Ok(value) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    whole: bool,
}

/// An incomplete array or object; for an object, with the key of its next value.
struct Open {
    value: Value,
    key: String,
}

impl Reader<'_> {
    fn fail<T>(&self, context: &str) -> Result<T, GoError> {
        let quoted = quote(&char::from(self.bytes[self.at]).to_string());
        let shown = match self.bytes[self.at] {
            b'\'' => "\\'",
            b'"' => "\"",
            _ => &quoted[1..quoted.len() - 1],
        };
        Err(format!("invalid character '{shown}' {context}"))
    }

    fn next_byte(&self) -> Result<u8, GoError> {
        let is_blank = || self.bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        self.bytes.get(self.at).copied().ok_or_else(|| {
            if self.whole {
                "unexpected end of JSON input".into()
            } else if is_blank() {
                "EOF".into()
            } else {
                "unexpected EOF".into()
            }
        })
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// Parses a value without recursion.
    fn document(&mut self) -> Result<Value, GoError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let Some(mut value) = self.opened(&mut open)? else { continue };
            loop {
                let depth = open.len();
                let Some(parent) = open.last_mut() else { return Ok(value) };
                let (end, context) = match &mut parent.value {
                    Value::Object(pairs) => {
                        let key = std::mem::take(&mut parent.key);
                        if depth <= DEPTH_KEPT {
                            pairs.push((key, value));
                        }
                        (b'}', "after object key:value pair")
                    }
                    Value::List(items) => {
                        if depth <= DEPTH_KEPT {
                            items.push(value);
                        }
                        (b']', "after array element")
                    }
                    _ => unreachable!("only these are opened"),
                };
                self.space();
                let next = self.next_byte()?;
                if next != end && next != b',' {
                    return self.fail(context);
                }
                self.at += 1;
                if next == b',' {
                    if end == b'}' {
                        parent.key = self.key()?;
                    }
                    break;
                }
                value = open.pop().map_or(Value::Null, |parent| parent.value);
            }
        }
    }

    /// Parses the value that starts here. For an array or an object that is not empty, opens it and returns None.
    fn opened(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, GoError> {
        self.space();
        let first = self.next_byte()?;
        let (value, end) = match first {
            b'[' => (Value::List(Vec::new()), b']'),
            b'{' => (Value::Object(Vec::new()), b'}'),
            _ => return self.scalar(first).map(Some),
        };
        if open.len() == DEPTH_MAX {
            return self.fail("exceeded max depth");
        }
        self.at += 1;
        self.space();
        if self.next_byte()? == end {
            self.at += 1;
            return Ok(Some(value));
        }
        let key = if first == b'{' { self.key()? } else { String::new() };
        open.push(Open { value, key });
        Ok(None)
    }

    fn key(&mut self) -> Result<String, GoError> {
        self.space();
        if self.next_byte()? != b'"' {
            return self.fail("looking for beginning of object key string");
        }
        let key = self.text()?;
        self.space();
        if self.next_byte()? != b':' {
            return self.fail("after object key");
        }
        self.at += 1;
        Ok(key)
    }

    fn scalar(&mut self, first: u8) -> Result<Value, GoError> {
        match first {
            b'"' => self.text().map(Value::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true", Value::Bool),
            b'f' => self.literal("false", Value::Bool),
            b'n' => self.literal("null", Value::Null),
            _ => self.fail("looking for beginning of value"),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, GoError> {
        for letter in word.bytes() {
            if self.next_byte()? != letter {
                return self.fail(&format!("in literal {word} (expecting '{}')", char::from(letter)));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self, context: &str) -> Result<(), GoError> {
        if !self.next_byte()?.is_ascii_digit() {
            return self.fail(context);
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, GoError> {
        if self.next_byte()? == b'-' {
            self.at += 1;
        }
        if self.next_byte()? == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let b'+' | b'-' = self.next_byte()? {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(Value::Number)
    }

    fn text(&mut self) -> Result<String, GoError> {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            text.extend_from_slice(&self.bytes[start..self.at]);
            match self.next_byte()? {
                b'"' => break,
                b'\\' => self.at += 1,
                _ => return self.fail("in string literal"),
            }
            match self.next_byte()? {
                plain @ (b'"' | b'\\' | b'/') => text.push(plain),
                b'b' => text.push(8),
                b'f' => text.push(12),
                b'n' => text.push(b'\n'),
                b'r' => text.push(b'\r'),
                b't' => text.push(b'\t'),
                b'u' => text.extend_from_slice(self.unicode()?.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => return self.fail("in string escape code"),
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The character of `\uXXXX`, or of a surrogate pair.
    fn unicode(&mut self) -> Result<char, GoError> {
        let unit = self.hexadecimal()?;
        if (0xd800..0xdc00).contains(&unit) && self.is_low_surrogate_next() {
            self.at += 2;
            let low = self.hexadecimal()?;
            return Ok(char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}'));
        }
        Ok(char::from_u32(unit).unwrap_or('\u{fffd}'))
    }

    fn is_low_surrogate_next(&self) -> bool {
        let next = self.bytes.get(self.at + 1..self.at + 7).unwrap_or_default();
        matches!(next, [b'\\', b'u', b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', rest @ ..] if rest.iter().all(u8::is_ascii_hexdigit))
    }

    fn hexadecimal(&mut self) -> Result<u32, GoError> {
        let mut unit = 0;
        for _ in 0..4 {
            self.at += 1;
            let Some(digit) = char::from(self.next_byte()?).to_digit(16) else {
                return self.fail("in \\u hexadecimal character escape");
            };
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }
}
