//! Watching peerings: yields what exists, and then every change.
//!
//! Stored changes arrive at once, by a blocking query. Computed states (ACTIVE, FAILING, heartbeats) raise no index and
//! arrive within the interval.

use std::rc::Rc;

use super::call::{Call, Outcome};
use super::client::Client;
use super::error::Error;
use super::read::{Watched, watched};
use crate::consul::cluster::Cluster;
use crate::consul::code::Code;
use crate::decide::progress::{Kind, ProgressCode};
use crate::host::{Host, HostValue};
use crate::rules::duration::{Duration, Instant};
use crate::rules::peer_name::PeerName;

/// Added to the time that Consul may wait.
const RESPONSE_WITHIN: Duration = Duration::ms(15_000.0);
/// The minimum between the beginnings of two reads, however often something changes and whatever a server responds.
const LEAST_INTERVAL: Duration = Duration::ms(250.0);
const BACKOFF_FIRST: Duration = Duration::ms(250.0);
const BACKOFF_MAX: Duration = Duration::ms(5_000.0);

/// Of a blocking query: Consul takes a wait of 0 for its default, and fetch gives up after some minutes without a response.
const WAIT_MIN_MS: f64 = 1.0;
const WAIT_MAX_MS: f64 = 60_000.0;

/// A watch on all peerings of a cluster, or on one.
pub struct Watch<H: Host> {
    call: Rc<Call<H>>,
    host: H,
    cluster: Cluster,
    peer_name: Option<PeerName>,
    /// Between two reads without a reported change.
    interval: Duration,
    /// The last returned value, as JSON.
    last: Option<H::Value>,
    index: u64,
    failed: u32,
    /// A retry or a slow request was reported, and no response has arrived since.
    out_of_contact: bool,
    /// When the last read began, and whether to wait for the interval before the next.
    began: Option<Instant>,
    waits: bool,
}

impl<H: Host> Watch<H> {
    pub fn new(call: Rc<Call<H>>, host: H, cluster: Cluster, peer_name: Option<PeerName>, interval: Duration) -> Self {
        Self {
            call,
            host,
            cluster,
            peer_name,
            interval,
            last: None,
            index: 0,
            failed: 0,
            out_of_contact: false,
            began: None,
            waits: false,
        }
    }

    pub fn call(&self) -> &Rc<Call<H>> {
        &self.call
    }

    /// The next value that differs from the last: at once, the first time. Null if a single peering does not exist.
    pub async fn next(&mut self) -> Outcome<H, H::Value> {
        loop {
            let least = if self.waits { self.interval } else { self.interval.min(LEAST_INTERVAL) };
            if let Some(began) = self.began {
                self.call.sleep_until(began + least).await;
            }
            self.began = Some(self.call.now());
            let Watched { index, value } = match self.read().await {
                Ok(read) => read,
                Err(error) => {
                    self.back_off(error).await?;
                    continue;
                }
            };
            // A peering that is removed while Consul waits is returned as it was before, with an index newer than its
            // own.
            if self.is_outdated(&value, index) {
                self.index = 0;
                self.waits = false;
                continue;
            }
            // A lower index is another server's, or a rebuilt one's: start over.
            self.index = index.filter(|index| *index >= self.index).unwrap_or(0);
            self.waits = self.index == 0;
            let json = value.to_json();
            if self.last.as_ref() != Some(&json) {
                self.last = Some(json);
                return Ok(value);
            }
        }
    }

    async fn read(&mut self) -> Outcome<H, Watched<H::Value>> {
        let (cluster, name) = (self.cluster.clone(), self.peer_name.clone());
        let wait = Duration::ms(self.interval.as_ms().clamp(WAIT_MIN_MS, WAIT_MAX_MS));
        let client = Client::new(&self.call, self.host.clone(), cluster, name.clone(), wait + RESPONSE_WITHIN);
        client.set_out_of_contact(self.out_of_contact);
        let read = client.within(watched(&client, name.as_ref(), self.index, wait)).await;
        self.out_of_contact = client.is_out_of_contact();
        if read.is_ok() {
            self.failed = 0;
        }
        read
    }

    /// Waits before the next read after a temporary failure. Before the first value, the failure is returned to the
    /// caller instead.
    async fn back_off(&mut self, error: Error<H::Value>) -> Outcome<H, ()> {
        if self.last.is_none() || !may_pass(error.code) {
            return Err(error);
        }
        self.index = 0;
        self.waits = false;
        let pause = (BACKOFF_FIRST * f64::from(1_u32 << self.failed.min(10))).min(BACKOFF_MAX);
        self.failed += 1;
        self.out_of_contact = true;
        let message = error.message("watch");
        let text =
            format!("{}; retrying in {} ms", message.strip_suffix('.').unwrap_or(&message), pause.as_ms() as u32);
        self.report(Kind::Retry, ProgressCode::Error(error.code), &text);
        self.call.sleep(pause).await;
        Ok(())
    }

    fn is_outdated(&self, value: &H::Value, index: Option<u64>) -> bool {
        if self.peer_name.is_none() || self.index == 0 || *value == H::Value::null() {
            return false;
        }
        let modified = value.pick(&["modify_index"]).get("modify_index").index();
        index.is_some_and(|index| modified < index)
    }

    fn report(&self, kind: Kind, code: ProgressCode, text: &str) {
        self.call.report(kind, code, &self.cluster.address, self.peer_name.as_deref(), text, None);
    }
}

/// Temporary failures: a restarting server, an election of a leader, a network that is down.
fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Network
            | Code::Timeout
            | Code::NotReady
            | Code::LeaderUnreachable
            | Code::RateLimited
            | Code::ServerError
            | Code::UnexpectedAnswer
            | Code::Unreachable
    )
}
