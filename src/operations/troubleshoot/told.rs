//! Requests whose failure is one check that is skipped, not the end of the call.

use futures_util::future::FutureExt;

use crate::consul::code::Code;
use crate::consul::request::Request;
use crate::decide::troubleshoot::{Told, Unread};
use crate::host::{Host, HostValue};
use crate::operations::ask::ask;
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::join_all::join_all;
use crate::operations::send::Answer;
use crate::rules::value::Value;

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// What a cluster said; or why nothing.
pub async fn told<H: Host>(client: &Client<H>, right: Told<()>, request: Request) -> Outcome<H, Told<H::Value>> {
    if let Err(unread) = right {
        return Ok(Err(unread));
    }
    match ask(client, &request).await {
        Ok(Answer::Absent) => Ok(Ok(H::Value::null())),
        Ok(answer) => answer.json().map(Ok),
        // The cluster answers, but not this.
        Err(error) if error.status.is_some() && error.code != Code::AclTokenUnknown => {
            Ok(Err(Unread::Failed(client.redact(&error.reason))))
        }
        Err(error) => Err(error),
    }
}

/// All answers, in the order of the requests; some at once.
pub async fn all_told<H: Host>(
    client: &Client<H>,
    requests: Vec<(Told<()>, Request)>,
) -> Outcome<H, Vec<Told<H::Value>>> {
    let mut answers = Vec::new();
    let mut requests = requests.into_iter();
    loop {
        let some = requests.by_ref().take(AT_ONCE).map(|(right, request)| told(client, right, request).boxed_local());
        let some = join_all(some).await;
        if some.is_empty() {
            return Ok(answers);
        }
        for answer in some {
            answers.push(answer?);
        }
    }
}

pub fn data<V: HostValue>(told: Told<V>) -> Told<Value> {
    Ok(told?.to_data())
}

pub fn list<V: HostValue>(told: Told<V>) -> Told<Vec<Value>> {
    Ok(told?.items().unwrap_or_default().iter().map(V::to_data).collect())
}
