//! Hides secrets in foreign texts, for hosts without JavaScript.
//!
//! `src/js/secret.js` has the same rules for errors that never leave JavaScript; both pass `tests/redaction.json`.

use super::base64;
use super::printable::{is_hidden, push_printable};

const MASK: &str = "[secret]";
/// Shorter texts are no secrets, and hiding them would make messages unreadable.
const SECRET_MIN_CHARS: usize = 6;
const SECRET_MAX_CHARS: usize = 1_000;
/// No word of a message is as long: it is a peering token, or a part of one.
const TOKEN_MIN_CHARS: usize = 64;
/// What else is not shown: variation selectors, joiners and fillers.
const INVISIBLE: [(char, char); 6] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// `text` with each of `secrets` hidden, in any letter case, and however another program may have encoded it. Characters
/// that are not shown are escaped.
pub fn redact(text: &str, secrets: &[String]) -> String {
    let visible = visible(text);
    let masked = mask(&visible, secrets);
    let mut shown = String::new();
    for c in if masked == visible { text } else { &masked }.chars() {
        if matches!(c, '\t' | '\n' | '\r') {
            shown.push(c);
        } else {
            push_printable(&mut shown, c);
        }
    }
    shown
}

fn visible(text: &str) -> String {
    let is_invisible = |c: char| {
        is_hidden(c) && !matches!(c, '\t' | '\n' | '\r')
            || c == '\u{ffa0}'
            || INVISIBLE.iter().any(|&(first, last)| first <= c && c <= last)
    };
    text.chars().filter(|&c| !is_invisible(c)).collect()
}

fn mask(text: &str, secrets: &[String]) -> String {
    let credentials = secrets.iter().filter_map(|secret| credentials(secret));
    let all = secrets.iter().map(String::as_str).chain(credentials);
    let forms =
        all.filter(|secret| secret.chars().count() >= SECRET_MIN_CHARS).flat_map(|secret| forms(&visible(secret)));
    let hidden = forms.fold(text.to_owned(), |text, form| hide(&text, &form));
    hide_tokens(&hidden)
}

/// The part after the scheme in the value of an `Authorization` header.
fn credentials(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    let is_known = ["basic", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let rest = rest.trim_start_matches(' ');
    (is_known && !rest.is_empty()).then_some(rest)
}

/// The secret as it is, in a URL, in JSON, and in base64 at any offset, in both alphabets.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let mut forms = vec![secret.to_owned(), percent_encoded(secret)];
    forms.extend(json.get(1..json.len().saturating_sub(1)).map(str::to_owned));
    let cut: String = secret.chars().take(SECRET_MAX_CHARS).collect();
    for before in 0..3 {
        let encoded = base64::encode(&[&b"  "[..before], cut.as_bytes()].concat());
        // Only the digits that the secret alone decides.
        let (first, last) = ((before * 4).div_ceil(3), (before + cut.len()) * 4 / 3);
        forms.extend(encoded.get(first..last).map(str::to_owned));
    }
    let for_urls = forms.iter().map(|form| form.replace('+', "-").replace('/', "_"));
    let for_urls: Vec<_> = for_urls.collect();
    forms.extend(for_urls);
    forms.retain(|form| !form.is_empty());
    forms
}

/// As JavaScript's `encodeURIComponent`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase();
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// `text` with each `form` in it hidden, in any letter case.
fn hide(text: &str, form: &str) -> String {
    let lower = |text: &str| -> Vec<char> { text.chars().map(lower_case).collect() };
    let (within, wanted) = (lower(text), lower(form));
    let (mut shown, mut original, mut at) = (String::new(), text.chars(), 0);
    while at < within.len() {
        if within[at..].starts_with(&wanted) {
            shown.push_str(MASK);
            original.nth(wanted.len() - 1);
            at += wanted.len();
        } else {
            shown.extend(original.next());
            at += 1;
        }
    }
    shown
}

/// A few letters become two: these stay.
fn lower_case(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}

/// Hides what is as long as only tokens are, whether the call knows it or not.
fn hide_tokens(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "_+/=%\\-".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length.max(if length == 0 { c.len_utf8() } else { 0 }));
        shown.push_str(if length >= TOKEN_MIN_CHARS { MASK } else { run });
        rest = after;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "b1gS3cret/with+chars";

    fn redacted(text: &str) -> String {
        redact(text, &[SECRET.to_owned()])
    }

    #[test]
    fn the_cases_that_javascript_passes_too() {
        let cases: Vec<(String, Vec<String>, String)> =
            serde_json::from_str(include_str!("../../tests/redaction.json")).unwrap();
        for (text, secrets, shown) in cases {
            assert_eq!(redact(&text, &secrets), shown, "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_hidden_in_every_encoding() {
        let base64 = |before: &str| base64::encode(format!("{before}{SECRET}").as_bytes());
        for text in [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            percent_encoded(SECRET),
            base64(""),
            base64("x"),
            base64("xy"),
            base64("").replace('+', "-").replace('/', "_"),
            "b1gS3\u{200b}cret/wi\u{fe0f}th+chars".to_owned(),
        ] {
            let shown = redacted(&format!("a proxy repeats {text} here"));
            assert!(shown.starts_with("a proxy repeats ") && shown.contains(MASK), "{text}: {shown}");
        }
        assert_eq!(redacted(&format!("{SECRET}, {SECRET}.")), format!("{MASK}, {MASK}."));
    }

    #[test]
    fn credentials_are_hidden_without_their_scheme() {
        let secrets = ["Basic dXNlcjpwYXNz".to_owned()];
        assert_eq!(redact("user sent dXNlcjpwYXNz", &secrets), format!("user sent {MASK}"));
        assert_eq!(redact("Basic access", &secrets), "Basic access");
    }

    #[test]
    fn what_is_as_long_as_a_token_is_hidden() {
        assert_eq!(redacted(&format!("<{}>", "a".repeat(64))), format!("<{MASK}>"));
        let word = "a".repeat(63);
        assert_eq!(redacted(&word), word);
    }

    #[test]
    fn other_texts_stay_and_hidden_characters_are_escaped() {
        assert_eq!(redacted("äöü\n\u{1b}[31m"), "äöü\n\\u001b[31m");
        assert_eq!(redact("short: abc", &["abc".to_owned(), String::new()]), "short: abc");
    }
}
