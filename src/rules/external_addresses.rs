//! The addresses at which other clusters reach an acceptor: Consul accepts any text, and fails when the token is used.

use super::address::{self, Address};
use super::finding::{Finding, excerpt, wrong_type};
use super::reach;
use super::value::Value;

const FIELD: &str = "server_external_addresses";

/// Adds all findings. Null means no addresses.
pub fn check(value: &Value, findings: &mut Vec<Finding>) {
    let items = match value {
        Value::Null => return,
        Value::List(items) => items,
        other => return findings.push(wrong_type(FIELD, "an array of host:port", other.kind())),
    };
    let mut usable: Vec<(&str, Address)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let field = format!("{FIELD}[{index}]");
        let Value::Text(text) = item else {
            findings.push(wrong_type(&field, "a string host:port", item.kind()));
            continue;
        };
        let shown = excerpt(text, 60);
        match address::parse(text) {
            Err(fault) => {
                let message = format!("{field} \"{shown}\" is not host:port.");
                findings.push(Finding::error(&field, "address", &message, fault.fix()));
            }
            Ok(Address { host: "", .. }) => findings.push(Finding::error(
                &field,
                "address",
                &format!("{field} \"{shown}\" has no host."),
                "Use the host that other clusters reach.",
            )),
            Ok(address) if usable.iter().any(|(_, earlier)| is_same(*earlier, address)) => {
                findings.push(Finding::warning(
                    &field,
                    "repeated",
                    &format!("{field} \"{shown}\" repeats an earlier address."),
                    "List each address once.",
                ));
            }
            Ok(address) => {
                reach::check_given(&field, text, address, findings);
                usable.push((text, address));
            }
        }
    }
    reach::check_names(FIELD, &usable, findings);
}

fn is_same(one: Address, other: Address) -> bool {
    one.port == other.port && one.host.eq_ignore_ascii_case(other.host)
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::read_json;
    use super::*;

    fn found(json: &str) -> Vec<(String, &'static str)> {
        let mut findings = Vec::new();
        check(&read_json(json).unwrap(), &mut findings);
        findings.into_iter().map(|finding| (finding.field, finding.rule)).collect()
    }

    #[test]
    fn each_address_is_checked() {
        let expected = ["address", "address", "address", "local_address", "type", "address", "private_address"];
        let rules = found(r#"["a","http://a:1",":8503","127.0.0.1:1",7," lb:8503","10.0.0.1:1","ok.example:1"]"#);
        let expected: Vec<_> =
            expected.iter().enumerate().map(|(index, rule)| (format!("{FIELD}[{index}]"), *rule)).collect();
        assert_eq!(rules, expected);
        assert_eq!(found("[null]"), [(format!("{FIELD}[0]"), "type")]);
        for other in [r#""a:1""#, r#"{"0":"a:1"}"#, "1"] {
            assert_eq!(found(other), [(FIELD.to_owned(), "type")], "{other}");
        }
        assert_eq!(found("null"), []);
        assert_eq!(found("[]"), []);
    }

    #[test]
    fn a_repeated_address_and_several_names() {
        let repeated = |index: usize| (format!("{FIELD}[{index}]"), "repeated");
        assert_eq!(found(r#"["lb.example:8503","1.2.3.4:1","LB.example:08503"]"#), [repeated(2)]);
        assert_eq!(found(r#"["lb.example:8503","lb.example:8504"]"#), []);
        assert_eq!(found(r#"["a.example:1","b.example:1"]"#), [(FIELD.to_owned(), "host_names")]);
    }
}
