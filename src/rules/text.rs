//! Text search and splitting.
//!
//! The standard library's search is made for long texts, and its two-way algorithm and panic messages add 4 kB (gzip)
//! to the module. These texts are short. A slice by range (`text[..n]`) adds the messages too, so use `text.get(..n)`.

/// The position of the first `part` in `text`, in bytes.
fn position(text: &str, part: &str) -> Option<usize> {
    let part = part.as_bytes();
    // By its first byte: to compare two slices is a call.
    text.as_bytes().windows(part.len().max(1)).position(|window| window.first() == part.first() && window == part)
}

/// Whether `text` contains `part`.
pub fn contains(text: &str, part: &str) -> bool {
    position(text, part).is_some()
}

/// The text before the first `part`, and the text after it.
pub fn cut<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = position(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// The text before the first `part`; all of it without one.
pub fn before<'a>(text: &'a str, part: &str) -> &'a str {
    cut(text, part).map_or(text, |(before, _)| before)
}

/// The text after the last `part`; all of it without one.
pub fn after_last<'a>(mut text: &'a str, part: &str) -> &'a str {
    while let Some((_, rest)) = cut(text, part) {
        text = rest;
    }
    text
}

/// `text` without the bytes that are `left_out`, all of them ASCII.
pub fn without(text: &str, left_out: fn(&u8) -> bool) -> String {
    // Bytes, not characters: a token has thousands.
    String::from_utf8(text.bytes().filter(|byte| !left_out(byte)).collect()).unwrap_or_default()
}

pub fn is_line_break(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first() {
        assert_eq!(cut("a--b--c", "--"), Some(("a", "b--c")));
        assert_eq!(cut("--", "--"), Some(("", "")));
        assert_eq!(cut("äöü", "ö"), Some(("ä", "ü")));
        assert_eq!(cut("abc", "x"), None);
        assert_eq!(cut("", "x"), None);
        assert_eq!(cut("abc", ""), None);
    }

    #[test]
    fn removes_bytes() {
        assert_eq!(without("\r\naé\nb\r", is_line_break), "aéb");
        assert_eq!(without("\n", is_line_break), "");
    }

    #[test]
    fn contains_before_and_after_last() {
        assert!(contains("abc", "bc") && contains("abc", "abc") && !contains("abc", "abcd") && !contains("", "a"));
        assert_eq!((before("a=b=c", "="), before("abc", "="), before("=", "=")), ("a", "abc", ""));
        assert_eq!(after_last("a=b=c", "="), "c");
        assert_eq!(after_last("abc", "="), "abc");
        assert_eq!(after_last("abc=", "="), "");
    }
}
