//! Makes a call: runs its operation, records its progress and verifies its end.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::peering::Peering;
use consul_peering::decide::progress::{Kind as ProgressKind, Progress, ProgressCode};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::error::Error;
use consul_peering::rules::duration;
use consul_peering::simulator::FaultId;
use consul_peering::simulator::host::{Data, SimulatedHost, crash_after};
use futures_util::future::{Either, select};

use crate::caller::{Caller, cluster_of};
use crate::claims::Claim;
use crate::coverage::{Condition, FailureMode, operation};
use crate::flaws::{self, Flaw};
use crate::history::{Op, Planned};
use crate::log::{Log, Made, Rule, Token};
use crate::operation::{HealthInput, perform};
use crate::verify::verify;

/// A call that is still pending this long after its deadline is stuck.
const STUCK_MS: u64 = 120_000;

/// The result of a call.
#[derive(Default)]
pub struct Finished {
    pub given: Vec<HealthInput>,
    /// The linked peerings of a mesh, as cluster and name.
    pub linked: Vec<(String, String)>,
    /// The result of permissions: read and write.
    pub permissions: Option<(bool, bool)>,
    /// A mesh has one error for each failed pair.
    pub errors: Vec<Error<Data>>,
    pub was_aborted: bool,
}

/// A history while it runs.
pub struct Running {
    pub host: SimulatedHost,
    pub log: Rc<Log>,
    pub names: Vec<&'static str>,
    pub flaw: Option<Flaw>,
    /// The faults that were added.
    pub faults: RefCell<Vec<FaultId>>,
}

impl Running {
    pub fn new(host: &SimulatedHost, log: &Rc<Log>, names: &[&'static str], flaw: Option<Flaw>) -> Self {
        Self { host: host.clone(), log: log.clone(), names: names.to_vec(), flaw, faults: RefCell::default() }
    }

    /// Registers a call and returns its number.
    pub fn register(&self, planned: &Planned, token: Option<&Token>) -> usize {
        let made = Made {
            op: planned.op,
            at: planned.at,
            other: planned.other,
            started: self.host.now(),
            ended: None,
            has_crashed: false,
            has_succeeded: false,
            token: token.cloned(),
            secrets: if planned.op == Op::Rotate { self.stream_secrets(planned) } else { Default::default() },
            shown: Default::default(),
            reported: Vec::new(),
            open: 0,
            found: Condition::of(self.find(planned.at, planned.other).as_ref()),
            failures: Default::default(),
        };
        self.log.made.borrow_mut().push(made);
        self.log.made.borrow().len() - 1
    }

    /// Makes a call and verifies its end. None if the caller has crashed.
    pub async fn make(&self, planned: &Planned) -> Option<Finished> {
        let token = self.token_for(planned.op);
        let planned = match (planned.op, &token) {
            (Op::Establish { .. }, None) => Planned { op: Op::Read, ..planned.clone() },
            _ => planned.clone(),
        };
        let id = self.register(&planned, token.as_ref());
        self.log.show(|| format!("{:?} call {id} {planned:?}", self.host.now()));
        let claims: Rc<RefCell<Vec<Claim>>> = Rc::default();
        let caller = Caller { host: self.host.clone(), log: self.log.clone(), call: id, flaw: self.flaw };
        let working = flaws::alter_plan(self.flaw, planned.clone());
        let call = self.call(&caller, &working, &claims);
        let work = crash_after(
            working.crash_after.unwrap_or(u32::MAX),
            self.run_until_aborted(&call, &caller, &working, token),
        );
        let stuck = self.host.sleep(duration::Duration::ms((planned.timeout + STUCK_MS) as f64));
        let ended = match select(Box::pin(work), pin!(stuck)).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => {
                self.log.violate(Rule::InTime, format!("call {id}, {planned:?}, does not end"));
                None
            }
        };
        self.cover(id, ended.as_ref());
        let finished = ended?;
        verify(self, id, &planned, &finished, &claims.borrow());
        Some(finished)
    }

    /// Records the end of a call and its failures.
    fn cover(&self, id: usize, ended: Option<&Finished>) {
        self.log.record_faults();
        match ended {
            None => self.log.record(id, FailureMode::Crash),
            Some(finished) if finished.was_aborted => self.log.record(id, FailureMode::Abort),
            Some(finished) if finished.errors.iter().any(|error| error.timeout.is_some()) => {
                self.log.record(id, FailureMode::TimeOut);
            }
            Some(_) => {}
        }
        let made = &mut self.log.made.borrow_mut()[id];
        made.ended = Some(self.host.now());
        made.has_crashed = ended.is_none();
        if made.failures.is_empty() {
            made.failures.insert(FailureMode::Nothing);
        }
        let covered = made.failures.iter().map(|failure_mode| (operation(made.op), made.found, *failure_mode));
        self.log.covered.borrow_mut().extend(covered);
    }

    pub fn call(&self, caller: &Caller, planned: &Planned, claims: &Rc<RefCell<Vec<Claim>>>) -> Rc<Call<Caller>> {
        let (log, claims, id) = (self.log.clone(), claims.clone(), caller.call);
        let listener = Box::new(move |progress: &Progress<'_>| {
            log.check_text(id, progress.text);
            log.show(|| format!("  call {id} at {}: {}", cluster_of(progress.cluster), progress.text));
            if let (ProgressKind::State, Some(name), Some(state)) = (progress.kind, progress.peer_name, progress.state)
            {
                let place = (cluster_of(progress.cluster).into(), name.into());
                log.made.borrow_mut()[id].shown.insert(place, state.into());
            }
            if let (ProgressKind::LeftBehind, ProgressCode::Leftover(code)) = (progress.kind, progress.code) {
                claims.borrow_mut().push(Claim {
                    cluster: cluster_of(progress.cluster).into(),
                    name: progress.peer_name.unwrap_or_default().into(),
                    code,
                    state: progress.state.map(Into::into),
                });
            }
        });
        let timeout = match planned.op {
            Op::Watch { .. } => duration::Duration::INFINITE,
            _ => duration::Duration::ms(planned.timeout as f64),
        };
        Call::new(caller.clone(), timeout, Some(listener))
    }

    /// Runs a call until it ends or is aborted.
    async fn run_until_aborted(
        &self,
        call: &Rc<Call<Caller>>,
        caller: &Caller,
        planned: &Planned,
        token: Option<Token>,
    ) -> Finished {
        let aborted = async {
            match planned.abort_after {
                Some(ms) => self.host.sleep(duration::Duration::ms(ms as f64)).await,
                None => std::future::pending().await,
            }
            Data::object([("aborted", "yes".into())])
        };
        let work = Box::pin(async {
            if let Some(flaw) = self.flaw
                && flaws::preempt_call(caller, flaw, planned).await
            {
                return Err(Error::invalid(Vec::new()));
            }
            perform(self, call, caller, planned, token).await
        });
        let mut finished = match call.run(aborted, work).await {
            Ok(finished) => finished,
            Err(error) => {
                let was_aborted = error.thrown.is_some();
                Finished { errors: vec![error], was_aborted, ..Finished::default() }
            }
        };
        if let Some(flaw) = self.flaw {
            flaws::alter_result(caller, flaw, planned, &mut finished).await;
        }
        finished
    }

    /// The peering token for an establish.
    fn token_for(&self, op: Op) -> Option<Token> {
        let Op::Establish { token, .. } = op else { return None };
        let tokens = self.log.tokens.borrow();
        tokens.iter().rev().nth(token.min(tokens.len().saturating_sub(1))).cloned()
    }

    /// The peering of a name, if it exists.
    pub fn find(&self, cluster: &str, name: &str) -> Option<Peering> {
        self.host.peering(cluster, name)
    }

    /// The secrets of the streams of a pair: that of `at`, and that of `other`.
    pub fn stream_secrets(&self, planned: &Planned) -> [Option<String>; 2] {
        let Planned { at, other, .. } = *planned;
        let secret =
            |(cluster, name)| self.host.world(|world| world.stream_secret(cluster, name).map(ToOwned::to_owned));
        [(at, other), (other, at)].map(secret)
    }

    pub fn started(&self, call: usize) -> Duration {
        self.log.made.borrow()[call].started
    }
}
