//! The findings for values of another form than their field requires.

use super::Form;
use crate::rules::finding::{Finding, Severity};

impl Form {
    /// The form, for a message.
    fn text(self) -> &'static str {
        match self {
            Form::PeeringToken => "a peering token",
            Form::EncodedTwice => "a token encoded twice in base64, as in a Kubernetes Secret",
            Form::DecodedToken => "a decoded token (JSON)",
            Form::Response => "a JSON response with a token in it",
            Form::Json => "a JSON document",
            Form::Quoted => "a text in quotes",
            Form::Uuid => "a UUID, as an ACL token is",
            Form::Jwt => "a JSON Web Token (JWT)",
            Form::Pem => "a PEM block: a certificate or a key",
            Form::Address => "an address",
            Form::Path => "the path of a file",
        }
    }

    /// The finding for a value of this form as a peering token; None if it is one.
    pub fn in_place_of_peering_token(self) -> Option<Finding> {
        let fix = match self {
            Form::PeeringToken => return None,
            Form::EncodedTwice => "Decode it once, for example with `base64 -d`, and give the result.",
            Form::DecodedToken => "Use the base64 text that Consul generated; `base64` makes it from this JSON again.",
            Form::Response => "Use the token in it alone, as `jq -r '.PeeringToken // .peering_token'` prints it.",
            Form::Quoted => {
                "Use the text between the quotes; `jq -r` and `terraform output -raw` print it without them."
            }
            Form::Json => "Use the base64 text that Consul generated, alone.",
            Form::Uuid => {
                "Generate a peering token on the accepting cluster and give that; an ACL token goes into token."
            }
            Form::Jwt => "Generate a peering token on the accepting cluster; a JWT is for `consul login`.",
            Form::Pem => "Use the peering token itself, which contains the CA certificates.",
            Form::Address => "Generate a peering token on the cluster at that address and pass it here.",
            Form::Path => "Use the content of the file.",
        };
        Some(self.finding("peering_token", "a peering token", fix, Severity::Error))
    }

    /// The finding for a value of this form as an ACL token. Consul accepts any text as one, so an unlikely one is a
    /// warning.
    pub fn in_place_of_acl_token(self) -> Option<Finding> {
        const PEERING_TOKEN: &str = "Use the cluster's ACL token, a UUID; a peering token goes into peering_token.";
        let (severity, fix) = match self {
            Form::Uuid => return None,
            Form::PeeringToken | Form::EncodedTwice | Form::DecodedToken | Form::Response => {
                (Severity::Error, PEERING_TOKEN)
            }
            Form::Json => (Severity::Error, "Use the SecretID alone, as `jq -r .SecretID` prints it."),
            Form::Quoted => (Severity::Error, "Use the text between the quotes."),
            Form::Pem => (Severity::Error, "Use the SecretID of an ACL token."),
            Form::Jwt => (Severity::Warning, "Use the SecretID of the ACL token that `consul login` returns for it."),
            Form::Address => (Severity::Warning, "Use the SecretID of an ACL token."),
            Form::Path => (Severity::Warning, "Use the content of the file."),
        };
        Some(self.finding("token", "an ACL token", fix, severity))
    }

    /// The finding for a name of this form, for which the rules of names would show a secret or be less specific.
    pub fn in_place_of_peer_name(self) -> Option<Finding> {
        const FIX: &str = "Choose a name for the other cluster, such as \"eu-west\".";
        let is_left_to_the_rules = matches!(self, Form::Path | Form::Quoted);
        (!is_left_to_the_rules).then(|| self.finding("peer_name", "a peer name", FIX, Severity::Error))
    }

    fn finding(self, field: &str, wanted: &str, fix: &str, severity: Severity) -> Finding {
        let message = format!("{field} is {}, not {wanted}.", self.text());
        Finding { severity, ..Finding::error(field, "form", &message, fix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acl_token_that_is_merely_unlikely_is_a_warning() {
        let severity = |form: Form| form.in_place_of_acl_token().map(|finding| finding.severity);
        assert_eq!(severity(Form::Uuid), None);
        assert_eq!(severity(Form::Jwt), Some(Severity::Warning));
        assert_eq!(severity(Form::Path), Some(Severity::Warning));
        assert_eq!(severity(Form::PeeringToken), Some(Severity::Error));
        assert_eq!(severity(Form::Quoted), Some(Severity::Error));
    }
}
