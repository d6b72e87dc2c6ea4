//! One call of the package: its timeout, its progress, its leftovers.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};

use super::error::{Error, Location};
use super::left_behind::CallLeftovers;
use crate::consul::cluster::ClusterAddress;
use crate::consul::code::Code;
use crate::decide::progress::{Kind, Progress, ProgressCode};
use crate::host::Host;
use crate::rules::duration::{Duration, Instant};
use crate::rules::finding::Finding;
use crate::rules::time::Timestamp;

pub type Outcome<H, T> = Result<T, Error<<H as Host>::Value>>;
/// The listener for progress.
pub type Listener = Box<dyn Fn(&Progress<'_>)>;

pub struct Call<H: Host> {
    host: H,
    started: Instant,
    /// For the whole call; infinite for no limit.
    pub timeout: Duration,
    listener: Option<Listener>,
    pub leftovers: CallLeftovers,
    /// The last failure of a part of the call.
    last_failure: RefCell<String>,
}

impl<H: Host> Call<H> {
    pub fn new(host: H, timeout: Duration, listener: Option<Listener>) -> Rc<Self> {
        Rc::new(Self {
            started: host.monotonic(),
            host,
            timeout,
            listener,
            leftovers: CallLeftovers::default(),
            last_failure: RefCell::default(),
        })
    }

    pub fn now(&self) -> Instant {
        self.host.monotonic()
    }

    /// To compare with dates from servers, not to measure the time that passes.
    pub fn wall_clock(&self) -> Timestamp {
        self.host.wall_clock()
    }

    /// A number from 0 to 1.
    pub fn random(&self) -> f64 {
        self.host.random()
    }

    pub fn elapsed(&self) -> Duration {
        self.now() - self.started
    }

    /// Until the call times out.
    pub fn remaining(&self) -> Duration {
        self.timeout - self.elapsed()
    }

    /// Waits until `then`; returns immediately if it has passed.
    pub async fn sleep_until(&self, then: Instant) {
        let now = self.now();
        if now < then {
            self.sleep(then - now).await;
        }
    }

    pub async fn sleep(&self, duration: Duration) {
        self.host.sleep(duration).await;
    }

    /// Waits between two parts of a call. Times out if the deadline passes.
    pub async fn pause(&self, duration: Duration) -> Outcome<H, ()> {
        self.sleep(duration.min(self.remaining())).await;
        if self.remaining() == Duration::ZERO { Err(self.timed_out()) } else { Ok(()) }
    }

    /// The error of a call after its deadline, with the last failure.
    pub fn timed_out(&self) -> Error<H::Value> {
        let mut error = Error::new(Code::Timeout, &self.last_failure.borrow());
        error.timeout = Some(self.timeout);
        error
    }

    pub fn set_last_failure(&self, error: &Error<H::Value>) {
        self.last_failure.replace(error.reason.clone());
    }

    /// Does the work of the call until `aborted` resolves: then pending work is cancelled, and its leftovers are
    /// reported, as there is no error to list them.
    pub async fn run<T>(
        &self,
        aborted: impl Future<Output = H::Value>,
        work: LocalBoxFuture<'_, Outcome<H, T>>,
    ) -> Outcome<H, T> {
        match select(pin!(aborted), work).await {
            Either::Left((reason, _under_way)) => {
                self.report_left_behind();
                Err(Error::thrown(reason))
            }
            Either::Right((outcome, _)) => outcome,
        }
    }

    fn report_left_behind(&self) {
        for left in self.leftovers.all() {
            let text = format!("{}. {}", left.what, left.fix);
            let state = left.state.map(|state| state.to_string());
            let code = ProgressCode::Leftover(left.code);
            let name = Some(&*left.peer_name);
            self.report(Kind::LeftBehind, code, &left.cluster, name, &text, state.as_deref());
        }
    }

    /// Reports the findings that are not errors.
    pub fn warn(&self, location: &Location, finding: &Finding, secrets: Vec<String>) {
        let Some(listener) = &self.listener else { return };
        listener(&Progress {
            kind: Kind::Warning,
            code: ProgressCode::Rule(finding.rule),
            cluster: &location.cluster,
            peer_name: location.peer_name.as_deref(),
            field: Some(&self.host.redact(&finding.field, secrets.clone())),
            text: &self.host.redact(&format!("{} {}", finding.message, finding.fix), secrets),
            state: None,
            elapsed: self.elapsed().as_ms() as u32,
        });
    }

    pub fn has_listener(&self) -> bool {
        self.listener.is_some()
    }

    /// Reports an event on one cluster. `text` contains no secrets.
    pub fn report(
        &self,
        kind: Kind,
        code: ProgressCode,
        cluster: &ClusterAddress,
        peer_name: Option<&str>,
        text: &str,
        state: Option<&str>,
    ) {
        let Some(listener) = &self.listener else { return };
        let elapsed = self.elapsed().as_ms() as u32;
        listener(&Progress { kind, code, cluster, peer_name, field: None, text, state, elapsed });
    }
}
