//! `POST /v1/internal/acl/authorize`: the permissions of an ACL token.

use serde::Serialize;

use super::acl::is_resource;
use super::cluster::Cluster;
use super::go::quote;
use super::http::{Headers, Response};
use super::in_flight::InFlight;
use super::json::read_first;
use super::options::Access;
use super::response::{Refusal, json, refuse};
use super::unmarshal::{Field, Unmarshal, unmarshal_list};

const AUTHORIZATIONS_MAX: usize = 64;

/// A requested permission, and whether the ACL token has it.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Authorization {
    resource: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    segment: String,
    access: String,
    allow: bool,
}

impl Unmarshal for Authorization {
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)> {
        match name {
            "resource" => Some(("Resource", Field::Text(&mut self.resource))),
            "segment" => Some(("Segment", Field::Text(&mut self.segment))),
            "access" => Some(("Access", Field::Text(&mut self.access))),
            _ => None,
        }
    }
}

impl Cluster {
    /// The permissions of the request's ACL token. Unlike a denied read, the response is immediate.
    pub(super) fn authorizations(&self, flight: &InFlight) -> Result<Response, Refusal> {
        if !self.acl.enabled {
            return Err(refuse(401, "ACL support disabled"));
        }
        let mut requested: Vec<Authorization> = read_first(&flight.request.body)
            .and_then(|value| unmarshal_list(value, "structs.ACLAuthorizationRequest", true))
            .map_err(|error| refuse(400, format!("Failed to decode request body: {error}")))?;
        if requested.len() > AUTHORIZATIONS_MAX {
            let sentence = format!("Refusing to process more than {AUTHORIZATIONS_MAX} authorizations at once");
            return Err(refuse(400, sentence));
        }
        let known = if requested.is_empty() { None } else { self.acl.identify(flight)? };
        for Authorization { resource, segment, access, allow } in &mut requested {
            if !is_resource(resource) {
                return Err(refuse(400, format!("Invalid ACL resource requested: {}", quote(resource))));
            }
            let wanted = match access.to_lowercase().as_str() {
                "read" => Access::Read,
                "write" => Access::Write,
                _ => return Err(refuse(400, format!("Invalid access level for {resource} resource: {access}"))),
            };
            *allow = self.acl.allows_on(known, resource, wanted, segment);
        }
        Ok(json(&requested, Headers::new()))
    }
}
