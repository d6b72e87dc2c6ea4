//! What a token may read of services and their config entries.

use super::call::Outcome;
use super::client::Client;
use super::error::Error;
use super::retry::send_with_retries;
use crate::consul::code::Code;
use crate::consul::service_request::authorize_reads;
use crate::decide::troubleshoot::Unread;
use crate::decide::troubleshoot::rights::{PermissionQuery, Rights};
use crate::host::{Host, HostValue};

/// What the ACL token may read. If that is unknown, nothing is read whose response may be incomplete.
pub async fn rights_of<H: Host>(
    client: &Client<H>,
    permission_queries: [PermissionQuery<'_>; 7],
) -> Outcome<H, Result<Rights, Unread>> {
    let questions = permission_queries
        .into_iter()
        .map(|permission_queries| (permission_queries.resource, permission_queries.segment));
    match send_with_retries(client, &authorize_reads(questions)).await {
        // Consul responds with 401 if ACLs are disabled.
        Err(error) if error.status == Some(401) && error.code == Code::UnexpectedAnswer => Ok(Ok(Rights::ALL)),
        Err(error) => refused(client, error).map(Err),
        Ok(response) => {
            let unreadable = || Error::unexpected("not a list of permissions");
            Ok(Ok(Rights::read(&response.json()?.to_data()).ok_or_else(unreadable)?))
        }
    }
}

/// The reason where the cluster responds, but refuses this request. Any other failure ends the call.
pub fn refused<H: Host>(client: &Client<H>, error: Error<H::Value>) -> Outcome<H, Unread> {
    if error.status.is_some() && error.code != Code::AclTokenUnknown {
        return Ok(Unread::Failed(client.redact(&error.reason)));
    }
    Err(error)
}
