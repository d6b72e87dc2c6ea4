//! What comes after a link: a peering carries nothing until a service is exported.

use serde::Serialize;

use crate::codes::codes;
use crate::rules::value::Value;

codes! {
    NextCode {
        /// Neither cluster exports a service to the other.
        NothingExported = "nothing_exported",
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    pub code: NextCode,
    pub message: String,
}

/// Nothing where a service crosses the peering. Both `sides` are as the caller gets them: once they are ACTIVE, they list
/// what was exported before.
pub fn next(sides: &[Value]) -> Option<Next> {
    let crosses = |side: &Value| {
        let stream = side.get("stream");
        ["imported_services", "exported_services"].iter().any(|key| !stream.get(key).items().is_empty())
    };
    if sides.iter().any(crosses) {
        return None;
    }
    let message = "nothing is exported yet: write an exported-services config entry, then run troubleshoot";
    Some(Next { code: NextCode::NothingExported, message: message.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    #[test]
    fn nothing_is_exported_until_a_side_lists_a_service() {
        for (one, other, nothing) in [("[]", "[]", true), (r#"["web"]"#, "[]", false), ("[]", r#"["db"]"#, false)] {
            let lists = format!(r#"{{"stream":{{"imported_services":{one},"exported_services":{other}}}}}"#);
            let sides = ["{}", &lists].map(|side| read_json(side).unwrap());
            assert_eq!(next(&sides).map(|next| next.code), nothing.then_some(NextCode::NothingExported), "{lists}");
        }
    }
}
