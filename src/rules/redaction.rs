//! Hides secrets in foreign texts: a proxy's error page may repeat the request.

use std::str::Chars;

use super::base64;
use super::printable::{is_hidden, push_printable};

const MASK: &str = "[secret]";
/// Shorter texts are no secrets, and hiding them would make messages unreadable.
const SECRET_MIN_BYTES: usize = 6;
const SECRET_MAX_BYTES: usize = 1_000;
/// No word of a message is as long: it is a peering token, or a part of one.
const TOKEN_MIN_CHARS: usize = 64;
/// What else is not shown: variation selectors, joiners and fillers.
const INVISIBLE: [(char, char); 7] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
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
    let is_invisible = |c: char| match c {
        ' '..='~' | '\t' | '\n' | '\r' => false,
        _ => is_hidden(c) || INVISIBLE.iter().any(|&(first, last)| first <= c && c <= last),
    };
    text.chars().filter(|&c| !is_invisible(c)).collect()
}

fn mask(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    let chars = text.chars().count();
    for secret in secrets {
        for part in [Some(&**secret), credentials(secret)].into_iter().flatten() {
            let secret = visible(part);
            // No form is shorter than the secret, or than the part of it that is encoded.
            if part.len() >= SECRET_MIN_BYTES && secret.chars().take(SECRET_MAX_BYTES).count() <= chars {
                forms(&secret).iter().for_each(|form| text = hide(&text, form));
            }
        }
    }
    hide_tokens(&text)
}

/// The part after the scheme in the value of an `Authorization` header.
fn credentials(value: &str) -> Option<&str> {
    let after = |scheme: &str| {
        let (start, rest) = value.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| rest.trim_start())
    };
    after("basic ").or_else(|| after("bearer "))
}

/// The secret as it is, in a URL, in JSON, and in base64 at any offset, in both alphabets.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let mut add = |form: &str| {
        let for_urls = form.chars().map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        });
        for form in [form.to_owned(), for_urls.collect()] {
            if !form.is_empty() && !forms.contains(&form) {
                forms.push(form);
            }
        }
    };
    add(secret);
    add(&percent_encoded(secret));
    let json = serde_json::to_string(secret).unwrap_or_default();
    add(json.get(1..json.len().saturating_sub(1)).unwrap_or_default());
    let mut bytes: Vec<u8> = secret.bytes().take(SECRET_MAX_BYTES).collect();
    for before in 0..3_usize {
        let encoded = base64::encode(&bytes);
        // Only the digits that the secret alone decides.
        add(encoded.get((before * 4).div_ceil(3)..bytes.len() * 4 / 3).unwrap_or_default());
        bytes.insert(0, b' ');
    }
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
    let mut shown = String::new();
    let mut rest = text.chars();
    loop {
        if let Some(after) = after(rest.clone(), form) {
            shown.push_str(MASK);
            rest = after;
        } else if let Some(c) = rest.next() {
            shown.push(c);
        } else {
            return shown;
        }
    }
}

/// What follows `form`, where `text` begins with it.
fn after<'a>(mut text: Chars<'a>, form: &str) -> Option<Chars<'a>> {
    form.chars().all(|wanted| text.next().is_some_and(|c| is_letter(c, wanted))).then_some(text)
}

/// Whether `c` is `wanted` in some letter case. Only hand-made secrets have letters beyond ASCII: any other may be the
/// same there, since the tables of letter cases would weigh more in the module than all of this file.
fn is_letter(c: char, wanted: char) -> bool {
    const KELVIN: char = '\u{212a}';
    match wanted {
        'k' | 'K' if c == KELVIN => true,
        _ if wanted.is_ascii() => c.eq_ignore_ascii_case(&wanted),
        _ => !c.is_ascii(),
    }
}

/// Hides what is as long as only tokens are, whether the call knows it or not.
fn hide_tokens(text: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for c in text.chars().map(Some).chain([None]) {
        if c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '/' | '=' | '%' | '\\' | '-')) {
            length += 1;
        } else {
            if length >= TOKEN_MIN_CHARS {
                shown.truncate(shown.len() - length);
                shown.push_str(MASK);
            }
            length = 0;
        }
        shown.extend(c);
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
    fn what_is_shown_of_texts_with_secrets() {
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
    fn a_secret_is_hidden_in_every_letter_case() {
        let redacted = |text: &str| redact(text, &["token-k-\u{e9}t\u{e9}".to_owned()]);
        for text in ["token-k-\u{e9}t\u{e9}", "TOKEN-K-\u{c9}T\u{c9}", "Token-\u{212a}-\u{c9}t\u{e9}"] {
            assert_eq!(redacted(text), MASK, "{text}");
        }
        assert_eq!(redacted("token-k-ete, token-k"), "token-k-ete, token-k");
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
