//! Looking for one text in another.
//!
//! The standard library's search is made for long texts and brings its two-way machinery and the words of its panics
//! along: 4 kB of the module, gzipped. These texts are short.

/// Where `part` first stands in `text`, in bytes.
fn position(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|window| window == part.as_bytes())
}

/// Whether `part` stands anywhere in `text`.
pub fn contains(text: &str, part: &str) -> bool {
    position(text, part).is_some()
}

/// What stands before the first `part`, and what after it.
pub fn cut<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = position(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// What stands after the last `part`; all of it where there is none.
pub fn after_last<'a>(mut text: &'a str, part: &str) -> &'a str {
    while let Some((_, rest)) = cut(text, part) {
        text = rest;
    }
    text
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
    fn contains_and_after_last() {
        assert!(contains("abc", "bc") && contains("abc", "abc") && !contains("abc", "abcd") && !contains("", "a"));
        assert_eq!(after_last("a=b=c", "="), "c");
        assert_eq!(after_last("abc", "="), "abc");
        assert_eq!(after_last("abc=", "="), "");
    }
}
