//! The part of a call on one cluster.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, FutureExt, select};

use super::call::{Call, Outcome};
use super::error::{Error, Location};
use super::left_behind::{LeftBehind, PartLeftovers};
use crate::consul::cluster::Cluster;
use crate::consul::code::Code;
use crate::consul::peering::State;
use crate::decide::leftover::Leftover;
use crate::decide::progress::{Kind, ProgressCode, StepCode};
use crate::host::Host;
use crate::rules::duration::{Duration, Instant};
use crate::rules::identity::Identity;
use crate::rules::peer_name::PeerName;
use crate::rules::secret::Secret;

/// A cluster, within one part of a call.
pub struct Client<H: Host> {
    pub call: Rc<Call<H>>,
    pub host: H,
    pub cluster: Cluster,
    pub peer_name: Option<PeerName>,
    /// Of a call on a pair.
    pub of_pair: bool,
    /// The cluster's identity, if the call has read it already: it does not change.
    pub identity: Option<Identity>,
    /// No gateway is missing for a token, as the call has read already.
    pub has_gateway: Rc<Cell<bool>>,
    /// When this part times out, on the call's clock.
    deadline: Instant,
    /// The timeout that an error reports.
    timeout: Duration,
    /// Peering tokens that this part uses, so that no message contains them.
    secrets: RefCell<Vec<Secret>>,
    leftovers: Rc<PartLeftovers>,
    last_snapshot: RefCell<Option<H::Value>>,
    /// The failure of the request that is being retried.
    retried: RefCell<Option<Error<H::Value>>>,
    /// Why the last request failed; None if it succeeded.
    last_failure: RefCell<String>,
    /// A retry or a slow request was reported, and no response has arrived since.
    out_of_contact: Cell<bool>,
    /// The last read of its peering found none.
    pub is_missing: Cell<bool>,
}

impl<H: Host> Client<H> {
    /// For a part of `call` that has this much time left.
    pub fn new(
        call: &Rc<Call<H>>,
        host: H,
        cluster: Cluster,
        peer_name: Option<PeerName>,
        remaining: Duration,
    ) -> Self {
        Self {
            leftovers: call.leftovers.open(),
            deadline: call.now() + remaining,
            timeout: if call.timeout.is_finite() { call.timeout } else { remaining },
            call: call.clone(),
            host,
            cluster,
            peer_name,
            of_pair: false,
            identity: None,
            has_gateway: Rc::default(),
            secrets: RefCell::default(),
            last_snapshot: RefCell::default(),
            retried: RefCell::default(),
            last_failure: RefCell::default(),
            out_of_contact: Cell::default(),
            is_missing: Cell::default(),
        }
    }

    /// Does this part's work within its deadline. An error contains where it failed and what is left behind.
    pub fn within<'a, T: 'a>(
        &'a self,
        work: impl Future<Output = Outcome<H, T>> + 'a,
    ) -> impl Future<Output = Outcome<H, T>> + 'a {
        let work = work.boxed_local(); // all of its futures are in it, so it is large to move
        async move {
            match select(self.time_out().boxed_local(), work).await {
                Either::Left((error, _)) | Either::Right((Err(error), _)) => Err(self.complete(error)),
                Either::Right((outcome, _)) => outcome,
            }
        }
    }

    async fn time_out(&self) -> Error<H::Value> {
        self.call.sleep(self.remaining()).await;
        // Consul may be silent for some 12 s before it repeats that it is busy: its last response is the reason.
        let failure = self.retried.take();
        let mut error = failure.unwrap_or_else(|| Error::new(Code::Timeout, &self.last_failure.borrow()));
        error.timeout = Some(self.timeout);
        error.with_peering(self.last_snapshot.borrow().clone())
    }

    fn complete(&self, mut error: Error<H::Value>) -> Error<H::Value> {
        error.reason = self.redact(&error.reason);
        error.location = Some(self.location());
        error.left_behind = self.leftovers.all();
        self.call.set_last_failure(&error);
        error
    }

    pub fn location(&self) -> Location {
        let (cluster, peer_name) = (self.cluster.address.clone(), self.peer_name.clone());
        Location { cluster, peer_name, of_pair: self.of_pair }
    }

    /// Until this part times out.
    pub fn remaining(&self) -> Duration {
        self.deadline - self.call.now()
    }

    /// Redacts `secret` in every text of this part.
    pub fn keep_secret(&self, secret: Secret) {
        self.secrets.borrow_mut().push(secret);
    }

    /// The cluster for the next request, with the current ACL token.
    pub fn cluster_now(&self) -> Cow<'_, Cluster> {
        let current = &self.cluster.options.token;
        let Some(token) = self.host.token().filter(|token| current.as_ref() != Some(token)) else {
            return Cow::Borrowed(&self.cluster);
        };
        if !self.secrets.borrow().contains(&token) {
            self.keep_secret(token.clone());
        }
        let mut cluster = self.cluster.clone();
        cluster.options.token = Some(token);
        Cow::Owned(cluster)
    }

    /// `text` without the secrets that this part knows.
    pub fn redact(&self, text: &str) -> String {
        self.host.redact(text, self.secrets())
    }

    /// What no text may contain.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self.secrets.borrow();
        let tokens = secrets.iter().map(|secret| secret.expose().to_owned());
        tokens.chain(self.cluster.secrets()).collect()
    }

    /// Reports a step.
    pub fn step(&self, code: StepCode, text: &str) {
        self.report(Kind::Step, ProgressCode::Step(code), text, None);
    }

    /// Reports an attempt that failed and will be retried.
    pub fn report_retry(&self, text: &str, code: Code) {
        self.out_of_contact.set(true);
        self.report(Kind::Retry, ProgressCode::Error(code), text, None);
    }

    /// Reports a request that has been without a response for so long.
    pub fn report_silence(&self, silent: Duration) {
        self.out_of_contact.set(true);
        let tenths = (silent.as_ms() / 100.0) as u32;
        let text = format!("no response after {}.{} s", tenths / 10, tenths % 10);
        self.report(Kind::NoResponse, ProgressCode::Kind(Kind::NoResponse), &text, None);
    }

    /// Reports a response, if a retry or a slow request was reported before.
    pub fn report_response(&self) {
        if self.out_of_contact.replace(false) {
            self.report(Kind::Recovered, ProgressCode::Kind(Kind::Recovered), "the cluster responds again", None);
        }
    }

    pub fn is_out_of_contact(&self) -> bool {
        self.out_of_contact.get()
    }

    pub fn set_out_of_contact(&self, out_of_contact: bool) {
        self.out_of_contact.set(out_of_contact);
    }

    /// Reports a state that was not reported before.
    pub fn report_state(&self, state: &str) {
        let state = self.redact(state);
        let text = format!("peering \"{}\" is {state}", self.peer_name.as_deref().unwrap_or_default());
        self.report(Kind::State, ProgressCode::Kind(Kind::State), &text, Some(&state));
    }

    fn report(&self, kind: Kind, code: ProgressCode, text: &str, state: Option<&str>) {
        if self.call.has_listener() {
            let name = self.peer_name.as_deref();
            self.call.report(kind, code, &self.cluster.address, name, &self.redact(text), state);
        }
    }

    /// Remembers why a request is being retried; None once it has succeeded, or a write is under way.
    pub fn set_retried(&self, error: Option<Error<H::Value>>) {
        *self.retried.borrow_mut() = error;
    }

    /// Remembers how the last request ended.
    pub fn set_last_failure(&self, error: Option<&Error<H::Value>>) {
        *self.last_failure.borrow_mut() = error.map_or_else(String::new, |error| error.reason.clone());
    }

    /// Remembers the peering as last read, for an error without one.
    pub fn set_last_snapshot(&self, peering: Option<H::Value>) {
        *self.last_snapshot.borrow_mut() = peering;
    }

    /// Sets what would be left behind if the call ended now. Replaces the previous leftover.
    pub fn set_leftover(&self, leftover: Leftover) {
        self.leftovers.set(Some(self.left_behind(leftover)));
    }

    /// Adds that the existing peering was deleted for a new one.
    pub fn keep_replaced_leftover(&self, state: &State) {
        self.leftovers.keep(self.left_behind(Leftover::replaced(state)));
    }

    pub fn clear_leftover(&self) {
        self.leftovers.set(None);
    }

    /// The current leftover, to be restored later.
    pub fn leftover(&self) -> Option<LeftBehind> {
        self.leftovers.current()
    }

    pub fn restore_leftover(&self, leftover: Option<LeftBehind>) {
        self.leftovers.set(leftover);
    }

    fn left_behind(&self, leftover: Leftover) -> LeftBehind {
        let leftover = if self.of_pair { leftover.of_pair() } else { leftover };
        LeftBehind::new(&self.cluster.address, self.peer_name.as_deref().unwrap_or_default(), leftover)
    }
}
