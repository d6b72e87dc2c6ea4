//! Requests that skip one check if they fail, instead of ending the call.

use futures_util::future::FutureExt;

use crate::consul::request::Request;
use crate::decide::troubleshoot::rights::{Right, Rights, all_rules};
use crate::decide::troubleshoot::{Reading, Unread};
use crate::host::{Host, HostValue};
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::join_all::join_all;
use crate::operations::retry::send_with_retries;
use crate::operations::send::Received;
use crate::operations::service_rights::refused;
use crate::rules::value::Value;

/// Requests under way at once.
const CONCURRENT: usize = 16;

/// Reads from one cluster, within the permissions of the ACL token.
pub struct Reader<'a, H: Host> {
    pub client: &'a Client<H>,
    pub rights: &'a Result<Rights, Unread>,
    /// The only service that is checked.
    pub service: Option<&'a str>,
}

impl<H: Host> Reader<'_, H> {
    pub fn partition(&self) -> Option<&str> {
        self.client.cluster.options.partition.as_deref()
    }

    pub fn check(&self, right: Right) -> Reading<()> {
        match self.rights {
            _ if right == Right::None => Ok(()),
            Ok(rights) => rights.check(right, self.service),
            Err(unread) => Err(unread.clone()),
        }
    }

    /// The response, or why it is missing or incomplete.
    pub async fn fetch(&self, right: Right, request: Request) -> Outcome<H, Reading<H::Value>> {
        if let Err(unread) = self.check(right) {
            return Ok(Err(unread));
        }
        match send_with_retries(self.client, &request).await {
            Ok(Received::Absent) => Ok(Ok(H::Value::null())),
            Ok(response) if response.is_filtered() => Ok(Err(Unread::Filtered(all_rules(right, self.service)))),
            Ok(response) => response.json().map(Ok),
            Err(error) => refused(self.client, error).map(Err),
        }
    }

    /// All responses, in the order of the requests, a few requests at once.
    pub async fn fetch_all(&self, requests: Vec<(Right, Request)>) -> Outcome<H, Vec<Reading<H::Value>>> {
        let mut responses = Vec::new();
        let mut requests = requests.into_iter();
        loop {
            let batch = requests.by_ref().take(CONCURRENT);
            let batch = join_all(batch.map(|(right, request)| self.fetch(right, request).boxed_local())).await;
            if batch.is_empty() {
                return Ok(responses);
            }
            for response in batch {
                responses.push(response?);
            }
        }
    }
}

pub fn data<V: HostValue>(response: Reading<V>) -> Reading<Value> {
    Ok(response?.to_data())
}

pub fn list<V: HostValue>(response: Reading<V>) -> Reading<Vec<Value>> {
    Ok(response?.items().unwrap_or_default().iter().map(V::to_data).collect())
}
