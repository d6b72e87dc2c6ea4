//! One call, as its caller makes it: the operation, what it reports, how it ends.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, State};
use consul_peering::decide::progress::{Kind as ProgressKind, Progress, ProgressCode};
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::connect::{DisconnectOptions, connect, disconnect, rotate};
use consul_peering::operations::error::Error;
use consul_peering::operations::mesh::{Status, mesh};
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::wait::{Until, wait};
use consul_peering::operations::{establish, generate, read, remove};
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec;
use consul_peering::simulator::FaultId;
use consul_peering::simulator::host::{Data, SimulatedHost, crash_after};
use futures_util::future::{Either, select};

use crate::caller::{Caller, Flaw, cluster_of, read_token};
use crate::claims::Claim;
use crate::history::{Op, Planned};
use crate::judge::judge;
use crate::log::{Log, Made, Rule, Token};

/// A call that has not ended so long after its deadline never does.
const STUCK_MS: u64 = 120_000;

/// A peering that a call gave as a result, as cluster and object.
pub type Given = (&'static str, Data);

pub struct Finished {
    pub given: Vec<Given>,
    /// A mesh has one for each pair that failed.
    pub errors: Vec<Error<Data>>,
    pub was_aborted: bool,
}

/// A history while it runs.
pub struct Running {
    pub host: SimulatedHost,
    pub log: Rc<Log>,
    pub names: Vec<&'static str>,
    pub flaw: Option<Flaw>,
    /// What was ordered to go wrong.
    pub faults: RefCell<Vec<FaultId>>,
}

impl Running {
    pub fn new(host: &SimulatedHost, log: &Rc<Log>, names: &[&'static str], flaw: Option<Flaw>) -> Self {
        Self { host: host.clone(), log: log.clone(), names: names.to_vec(), flaw, faults: RefCell::default() }
    }

    /// Makes a call and judges how it ends; nothing where the caller has crashed.
    pub async fn make(&self, planned: &Planned) -> Option<Finished> {
        let token = self.token_for(planned.op);
        let planned = match (planned.op, &token) {
            (Op::Establish { .. }, None) => Planned { op: Op::Read, ..planned.clone() },
            _ => planned.clone(),
        };
        let made = Made {
            op: planned.op,
            at: planned.at,
            other: planned.other,
            started: self.host.now(),
            ended: None,
            has_crashed: false,
            has_succeeded: false,
            token: token.clone(),
            shown: Vec::new(),
            reported: Vec::new(),
        };
        self.log.made.borrow_mut().push(made);
        let id = self.log.made.borrow().len() - 1;
        self.log.show(|| format!("{:?} call {id} {planned:?}", self.host.now()));
        let told: Rc<RefCell<Vec<Claim>>> = Rc::default();
        let caller = Caller { host: self.host.clone(), log: self.log.clone(), call: id, flaw: self.flaw };
        let call = self.call(&caller, &planned, &told);
        let work = crash_after(planned.crash_after.unwrap_or(u32::MAX), self.within(&call, &caller, &planned, token));
        let stuck = self.host.sleep((planned.timeout + STUCK_MS) as f64);
        let ended = match select(Box::pin(work), pin!(stuck)).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => {
                self.log.violate(Rule::InTime, format!("call {id}, {planned:?}, does not end"));
                None
            }
        };
        let mut made = self.log.made.borrow_mut();
        made[id].ended = Some(self.host.now());
        made[id].has_crashed = ended.is_none();
        drop(made);
        let finished = ended?;
        judge(self, id, &planned, &finished, &told.borrow());
        Some(finished)
    }

    fn call(&self, caller: &Caller, planned: &Planned, told: &Rc<RefCell<Vec<Claim>>>) -> Rc<Call<Caller>> {
        let (log, told, id) = (self.log.clone(), told.clone(), caller.call);
        let listener = Box::new(move |progress: &Progress<'_>| {
            log.check_text(id, progress.text);
            log.show(|| format!("  call {id} at {}: {}", cluster_of(progress.cluster), progress.text));
            if let (ProgressKind::State, Some(name)) = (progress.kind, progress.peer_name) {
                log.made.borrow_mut()[id].shown.push((cluster_of(progress.cluster).into(), name.into()));
            }
            if let (ProgressKind::LeftBehind, ProgressCode::Leftover(code)) = (progress.kind, progress.code) {
                told.borrow_mut().push(Claim {
                    cluster: cluster_of(progress.cluster).into(),
                    name: progress.peer_name.unwrap_or_default().into(),
                    code,
                    state: progress.state.map(Into::into),
                });
            }
        });
        Call::new(caller.clone(), planned.timeout as f64, Some(listener))
    }

    /// The call, until it is aborted.
    async fn within(
        &self,
        call: &Rc<Call<Caller>>,
        caller: &Caller,
        planned: &Planned,
        token: Option<Token>,
    ) -> Finished {
        let aborted = async {
            match planned.abort_after {
                Some(ms) => self.host.sleep(ms as f64).await,
                None => std::future::pending().await,
            }
            Data::object([("aborted", "yes".into())])
        };
        let ended = call.run(aborted, Box::pin(self.perform(call, caller, planned, token))).await;
        let was_aborted = ended.as_ref().err().is_some_and(|error| error.thrown.is_some());
        match ended {
            Ok((given, errors)) => Finished { given, errors, was_aborted },
            Err(error) => Finished { given: Vec::new(), errors: vec![error], was_aborted },
        }
    }

    /// The token that an establish is to use.
    fn token_for(&self, op: Op) -> Option<Token> {
        let Op::Establish { token, .. } = op else { return None };
        let tokens = self.log.tokens.borrow();
        tokens.iter().rev().nth(token.min(tokens.len().saturating_sub(1))).cloned()
    }

    async fn perform(
        &self,
        call: &Rc<Call<Caller>>,
        caller: &Caller,
        Planned { at, other, op, timeout, .. }: &Planned,
        token: Option<Token>,
    ) -> Outcome<Caller, (Vec<Given>, Vec<Error<Data>>)> {
        let cluster = self.host.cluster(at);
        let name = if *op == Op::List { None } else { Some(peer_name(other)) };
        let client = Client::new(call, caller.clone(), cluster, name, *timeout as f64);
        let pair = || Pair::new(call, [self.member(caller, at, other), self.member(caller, other, at)]);
        let single = |peering: Data| vec![(*at, peering)];
        let given = match *op {
            Op::Establish { wait, replace, .. } => {
                let token = token.expect("there is a token");
                let given =
                    Data::object([("peer_name", (*other).into()), ("peering_token", token.text.as_str().into())]);
                let spec = spec::peering(&given, Data::read_json, caller.wall_clock()).spec;
                let Some(spec) = spec else { return Err(Error::new(Code::Invalid, "the token is invalid")) };
                let options = establish::Options { wait, replace };
                single(client.within(establish::establish(&client, &spec, options)).await?)
            }
            Op::Generate { replace } => {
                let spec = spec::token(&Data::object([("peer_name", (*other).into())])).spec.expect("it is valid");
                let token = client.within(generate::generate(&client, &spec, replace)).await?;
                let token = read_token(token.expose(), caller.wall_clock());
                self.log.tokens.borrow_mut().extend(token);
                Vec::new()
            }
            Op::Read => {
                client.within(read::read(&client, &peer_name(other))).await?.into_iter().map(|one| (*at, one)).collect()
            }
            Op::List => {
                client.within(read::list(&client)).await?;
                Vec::new()
            }
            Op::Delete { wait } => {
                client.within(remove::remove(&client, &peer_name(other), wait)).await?;
                Vec::new()
            }
            Op::Wait { gone } => {
                let until = if gone { Until::Gone } else { Until::State(State::Active) };
                client.within(wait(&client, &peer_name(other), until)).await?;
                Vec::new()
            }
            Op::Connect | Op::Rotate => {
                let mut pair = pair();
                let linked = match op {
                    Op::Connect => connect(call, &mut pair).await,
                    _ => rotate(call, &mut pair).await,
                };
                let linked = linked.map_err(|error| pair.complete(error))?;
                vec![(*at, linked.acceptor), (*other, linked.dialer)]
            }
            Op::Disconnect { force } => {
                let mut pair = pair();
                let options = DisconnectOptions { force, dry_run: false };
                disconnect(call, &mut pair, options).await.map_err(|error| pair.complete(error))?;
                Vec::new()
            }
            Op::Mesh => {
                let members = self.names.iter().map(|name| self.member(caller, name, name)).collect();
                let pairs = mesh(call, members, 4, false).await?;
                let failed = |status| matches!(status, Status::Failed);
                let errors = pairs.iter().filter(|pair| failed(pair.status)).filter_map(|pair| pair.error.clone());
                return Ok((Vec::new(), errors.collect()));
            }
        };
        Ok((given, Vec::new()))
    }

    fn member(&self, caller: &Caller, at: &str, other: &str) -> Member<Caller> {
        let mut member = Member::new(caller.clone(), self.host.cluster(at), peer_name(other), peer_name(at));
        member.external_addresses = Some(Vec::new());
        member
    }

    /// What exists under a name now.
    pub fn find(&self, cluster: &str, name: &str) -> Option<Peering> {
        self.host.peerings(cluster).into_iter().find(|peering| peering.name == name)
    }

    pub fn started(&self, call: usize) -> Duration {
        self.log.made.borrow()[call].started
    }
}

fn peer_name(name: &str) -> PeerName {
    PeerName::new(name).expect("it is valid")
}
