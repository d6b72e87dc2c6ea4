//! Recognises a value of another kind than its field requires: an ACL token in place of a peering token, a decoded
//! token, an address in place of a name.
//!
//! A form is recognised by its shape, before any other rule, and its texts are fixed: they never contain the value,
//! which may be a secret.

use std::net::IpAddr;

use super::address;
use super::text::{before, contains, is_line_break};
use super::value::Value;

mod message;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Base64 that begins like a peering token: `{"`. It may be truncated.
    PeeringToken,
    EncodedTwice,
    DecodedToken,
    /// What `POST /v1/peering/token` and `token generate --json` return.
    Response,
    Json,
    Quoted,
    Uuid,
    Jwt,
    Pem,
    Address,
    Path,
}

/// The base64 of `{"`, and the base64 of that.
const TOKEN_START: &str = "eyJ";
const ENCODED_TOKEN_START: &str = "ZXlK";
/// Shorter than any token, longer than most names.
const MIN_TOKEN_BYTES: usize = 40;
/// Longer than a path in practice, shorter than a token.
const MAX_PATH_BYTES: usize = 256;
const TOKEN_MEMBERS: [&str; 4] = ["EstablishmentSecret", "ServerAddresses", "PeerID", "ServerName"];
const RESPONSE_MEMBERS: [&str; 2] = ["PeeringToken", "peering_token"];
const FILE_EXTENSIONS: [&str; 9] = ["token", "peering-token", "txt", "json", "pem", "crt", "key", "b64", "base64"];

/// The form of a value; None if it has none. A usable peering token is a [`PeeringToken`](Form::PeeringToken) or None.
pub fn recognise(value: &Value) -> Option<Form> {
    match value {
        Value::Text(text) => of_text(text.trim()),
        Value::Object(members) => {
            // In any letter case, as Go reads them.
            let is_any = |key: &str, names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
            let has = |names: &[&str]| members.iter().any(|(key, _)| is_any(key, names));
            if has(&TOKEN_MEMBERS) {
                Some(Form::DecodedToken)
            } else {
                has(&RESPONSE_MEMBERS).then_some(Form::Response)
            }
        }
        _ => None,
    }
}

fn of_text(text: &str) -> Option<Form> {
    let form = if is_quoted(text) {
        Form::Quoted
    } else if let Some(form) = of_json(text) {
        form
    } else if text.starts_with("-----BEGIN ") {
        Form::Pem
    } else if is_uuid(text) {
        Form::Uuid
    } else if is_jwt(text) {
        Form::Jwt
    } else if is_encoded(text, ENCODED_TOKEN_START) {
        Form::EncodedTwice
    } else if is_encoded(text, TOKEN_START) {
        Form::PeeringToken
    } else if is_address(text) {
        Form::Address
    } else if is_path(text) {
        Form::Path
    } else {
        return None;
    };
    Some(form)
}

fn is_quoted(text: &str) -> bool {
    text.len() >= 2 && ['"', '\'', '`'].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote))
}

/// By its member names: parsing it would need the host, without telling more.
fn of_json(text: &str) -> Option<Form> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let names = |members: &[&str]| members.iter().any(|member| contains(text, &format!("\"{member}\"")));
    if names(&TOKEN_MEMBERS) {
        Some(Form::DecodedToken)
    } else if names(&RESPONSE_MEMBERS) {
        Some(Form::Response)
    } else {
        text.ends_with(['}', ']']).then_some(Form::Json)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Three parts of URL-safe base64, or the five of an encrypted one; the first is a JSON object.
fn is_jwt(text: &str) -> bool {
    let dots = text.bytes().filter(|byte| *byte == b'.').count();
    text.starts_with(TOKEN_START)
        && matches!(dots, 2 | 4)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn is_encoded(text: &str, start: &str) -> bool {
    text.len() >= MIN_TOKEN_BYTES
        && text.starts_with(start)
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_') || is_line_break(&byte)
        })
}

fn is_address(text: &str) -> bool {
    let is_host = |host: &str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'))
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    contains(text, "://") && is_scheme(before(text, "://"))
        || address::parse(text).is_ok_and(|address| is_host(address.host))
        || text.parse::<IpAddr>().is_ok()
}

fn is_path(text: &str) -> bool {
    let is_drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let extension = text.rsplit('.').next().filter(|extension| extension.len() < text.len());
    text.len() <= MAX_PATH_BYTES
        && !text.bytes().any(|byte| byte.is_ascii_control() || matches!(byte, b'+' | b'='))
        && (["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start))
            || is_drive
            || extension.is_some_and(|extension| FILE_EXTENSIONS.contains(&extension)))
}

#[cfg(test)]
mod tests {
    use super::super::peering_token::tests::plain;
    use super::super::value::object;
    use super::*;

    fn of(text: &str) -> Option<Form> {
        recognise(&text.into())
    }

    #[test]
    fn each_form_is_recognised() {
        let token = plain(r#"["a.example:8503"]"#);
        let quoted = format!("\"{token}\"");
        let uuid = "AAAAAAAA-0000-0000-0000-00000000000f";
        for (text, form) in [
            (&*token, Form::PeeringToken),
            (&token[..64], Form::PeeringToken),
            (uuid, Form::Uuid),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", Form::Jwt),
            ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_", Form::Jwt),
            ("eyJlbmMiOiJBMTI4R0NNIn0.a.b.c.d", Form::Jwt),
            (r#"{"CA":null,"ServerAddresses":["a:1"],"PeerID":"p"}"#, Form::DecodedToken),
            (r#"{ "ServerAddresses" : ["a:1"], "Pee"#, Form::DecodedToken),
            (r#"{"PeeringToken":"x"}"#, Form::Response),
            (r#"{"peering_token":"x"}"#, Form::Response),
            (r#"{"SecretID":"x"}"#, Form::Json),
            ("[]", Form::Json),
            (&quoted, Form::Quoted),
            ("'a b'", Form::Quoted),
            ("\"\"", Form::Quoted),
            (&format!("'{uuid}'"), Form::Quoted),
            (&crate::rules::peering_token::tests::encode(&token), Form::EncodedTwice),
            ("-----BEGIN CERTIFICATE-----\nMII", Form::Pem),
            ("http://eu.example", Form::Address),
            ("consul://x", Form::Address),
            ("eu.example:8503", Form::Address),
            ("[2001:db8::1]:8503", Form::Address),
            ("10.0.0.1", Form::Address),
            ("fe80::1", Form::Address),
            ("/run/secrets/token", Form::Path),
            ("./a", Form::Path),
            ("..\\..\\a.txt", Form::Path),
            ("~/eu", Form::Path),
            ("C:\\tokens\\eu", Form::Path),
            ("eu.peering-token", Form::Path),
        ] {
            for text in [text.to_owned(), format!(" {text}\n")] {
                assert_eq!(of(&text), Some(form), "{text}");
            }
        }
    }

    #[test]
    fn what_has_no_form() {
        let long_path = format!("/{}", "a/".repeat(200));
        for text in ["", "\"", "eu-west", "token", "eyJ", "a.b", "{", "abc-_w==", "not base64!", "a b:1", &long_path] {
            assert_eq!(of(text), None, "{text}");
        }
        for value in [Value::Null, Value::Number(1.0), Value::List(vec![]), object([("a", Value::Null)])] {
            assert_eq!(recognise(&value), None);
        }
    }

    #[test]
    fn objects_are_recognised_by_their_members() {
        assert_eq!(recognise(&object([("PeeringToken", "x".into())])), Some(Form::Response));
        let decoded = object([("PeeringToken", "x".into()), ("EstablishmentSecret", "x".into())]);
        assert_eq!(recognise(&decoded), Some(Form::DecodedToken));
    }
}
