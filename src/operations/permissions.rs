//! What the bearer of a token may do with peerings.

use serde::Serialize;

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::identify::refuse_other_datacenter;
use super::retry::send_with_retries;
use crate::consul::code::Code;
use crate::consul::request::{self, Request};
use crate::consul::response;
use crate::host::{Host, HostValue};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Permissions {
    pub read: bool,
    pub write: bool,
}

/// `permissions`: without ACLs everything is allowed.
pub async fn permissions<H: Host>(client: &Client<H>) -> Outcome<H, Permissions> {
    refuse_other_datacenter(client).await?;
    match authorize(client, &request::authorize()).await {
        // Consul responds with 401 if ACLs are disabled.
        Err(error) if error.status == Some(401) && error.code == Code::UnexpectedAnswer => {
            Ok(Permissions { read: true, write: true })
        }
        authorized => Ok(authorized?),
    }
}

/// The error of a denied read; None if it is allowed, or unknown.
pub async fn denied<H: Host>(client: &Client<H>) -> Option<Error<H::Value>> {
    match authorize(client, &Request { is_probe: true, ..request::authorize() }).await {
        Ok(Permissions { read: false, .. }) => {
            let reason = if client.cluster_now().sends_acl_token() {
                "permission denied: the ACL token lacks peering:read"
            } else {
                "permission denied: no ACL token was sent, and anonymous requests lack peering:read"
            };
            Some(Error::new(Code::PermissionDenied, reason).with_status(Some(403)).with_hint(response::NEEDS_READ))
        }
        Err(error) if error.code == Code::AclTokenUnknown => Some(error),
        _ => None,
    }
}

async fn authorize<H: Host>(client: &Client<H>, request: &Request) -> Result<Permissions, Error<H::Value>> {
    let body = send_with_retries(client, request).await?.json()?.to_data();
    let allowed = response::permissions(&body).map(|(read, write)| Permissions { read, write });
    allowed.ok_or_else(|| Error::unexpected("not a list of permissions"))
}
