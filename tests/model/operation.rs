//! Executes a call: each operation with its arguments.

use std::rc::Rc;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::host::{Host, HostValue};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Error;
use consul_peering::operations::mesh::{Status, mesh};
use consul_peering::operations::pair::connect::{DisconnectOptions, connect, disconnect, plan, rotate};
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::wait::{Until, wait};
use consul_peering::operations::{establish, generate, identify, permissions, read, remove};
use consul_peering::rules::duration::Duration;
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::secret::Secret;
use consul_peering::rules::spec;
use consul_peering::rules::value::{Value, object};
use consul_peering::simulator::host::Data;

use crate::caller::{Caller, read_token};
use crate::draw::{RIGHT_PORT, reading_secret};
use crate::history::{Access, Addresses, Op, Planned};
use crate::log::Token;
use crate::perform::{Finished, Running};
use crate::sending::are_linked;
use crate::watching::watch;

const TAG: &str = "model";
const CONCURRENCY: u32 = 4;
const UNKNOWN_SECRET: &str = "00000000-0000-4000-8000-00000000dead";

/// A peering in the result of a call, as cluster and object.
pub type HealthInput = (&'static str, Data);

pub async fn perform(
    running: &Running,
    call: &Rc<Call<Caller>>,
    caller: &Caller,
    planned: &Planned,
    token: Option<Token>,
) -> Outcome<Caller, Finished> {
    let Planned { at, other, op, timeout, .. } = planned;
    let name = if matches!(op, Op::List | Op::Identify | Op::Permissions) { None } else { Some(peer_name(other)) };
    let client = Client::new(call, caller.clone(), cluster(running, at, planned), name, Duration::ms(*timeout as f64));
    let pair = || {
        let [a, b] = [(at, other), (other, at)].map(|(at, other)| member(running, caller, at, other, planned));
        Pair::new(call, [a, b])
    };
    let given = match *op {
        Op::Establish { wait, replace, .. } => {
            let token = token.expect("there is a token");
            let given = object([
                ("peer_name", (*other).into()),
                ("peering_token", token.text.as_str().into()),
                ("meta", meta_value(planned)),
            ]);
            let spec = spec::peering(&given, Data::read_json, caller.wall_clock()).spec;
            let Some(spec) = spec else { return Err(Error::new(Code::Invalid, "the token is invalid")) };
            let options = establish::EstablishOptions { wait, replace };
            vec![(*at, client.within(establish::establish(&client, &spec, options)).await?)]
        }
        Op::Generate { replace } => {
            let given = object([
                ("peer_name", (*other).into()),
                ("meta", meta_value(planned)),
                ("server_external_addresses", addresses(at, planned).map_or(Value::Null, |all| Value::from(&all[..]))),
            ]);
            let spec = spec::token(&given).spec.expect("it is valid");
            let generated = client.within(generate::generate(&client, &spec, replace)).await?;
            running.log.tokens.borrow_mut().extend(read_token(generated.token.expose()));
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
        Op::PlanDisconnect => {
            let mut pair = pair();
            let options = DisconnectOptions { force: false, dry_run: true };
            disconnect(call, &mut pair, options).await.map_err(|error| pair.complete(error))?;
            Vec::new()
        }
        Op::Plan => {
            let mut pair = pair();
            plan(call, &mut pair, false).await.map_err(|error| pair.complete(error))?;
            Vec::new()
        }
        Op::PlanRotation => {
            let mut pair = pair();
            plan(call, &mut pair, true).await.map_err(|error| pair.complete(error))?;
            Vec::new()
        }
        Op::Permissions => {
            let permissions = client.within(permissions::permissions(&client)).await?;
            return Ok(Finished { permissions: Some((permissions.read, permissions.write)), ..Finished::default() });
        }
        Op::Identify => {
            client.within(identify::identify(&client)).await?;
            Vec::new()
        }
        Op::Watch { .. } => {
            watch(running, call, caller, &client.cluster, planned).await?;
            Vec::new()
        }
        Op::Mesh | Op::PlanMesh => return link_all(running, call, caller, planned).await,
    };
    Ok(Finished { given, ..Finished::default() })
}

async fn link_all(
    running: &Running,
    call: &Rc<Call<Caller>>,
    caller: &Caller,
    planned: &Planned,
) -> Outcome<Caller, Finished> {
    let members = running.names.iter().map(|name| member(running, caller, name, name, planned)).collect();
    let pairs = mesh(call, members, CONCURRENCY, planned.op == Op::PlanMesh).await?;
    let mut results = Finished::default();
    for pair in pairs {
        if matches!(pair.status, Status::Linked | Status::Changed) {
            let [acceptor, dialer] = [pair.acceptor, pair.dialer].map(|name| name.to_string());
            // They may be linked under other names than the aliases.
            for here in running.host.peerings(&acceptor) {
                let linked = running.host.peerings(&dialer).into_iter().filter(|there| are_linked(&here, there));
                results.linked.extend(
                    linked.flat_map(|there| [(acceptor.clone(), here.name.clone()), (dialer.clone(), there.name)]),
                );
            }
            results.linked.extend([(acceptor.clone(), dialer.clone()), (dialer, acceptor)]);
        }
        results.errors.extend(pair.error);
    }
    Ok(results)
}

pub fn peer_name(name: &str) -> PeerName {
    PeerName::new(name).expect("it is valid")
}

/// A cluster with the ACL token of the call.
fn cluster(running: &Running, at: &str, planned: &Planned) -> Cluster {
    let mut cluster = running.host.cluster(at);
    if at == planned.at && cluster.options.token.is_some() {
        let secret = match planned.access {
            Access::Everything => return cluster,
            Access::Read => Some(reading_secret(at)),
            Access::Anonymous => None,
            Access::Unknown => Some(UNKNOWN_SECRET.to_owned()),
        };
        cluster.options.token = secret.map(Secret::new);
    }
    cluster
}

fn member(running: &Running, caller: &Caller, at: &str, other: &str, planned: &Planned) -> Member<Caller> {
    let mut member = Member::new(caller.clone(), cluster(running, at, planned), peer_name(other), peer_name(at));
    member.external_addresses = addresses(at, planned);
    member.meta = planned.meta.map(|value| vec![(TAG.to_owned(), value.to_owned())]);
    member
}

fn addresses(at: &str, planned: &Planned) -> Option<Vec<String>> {
    match planned.addresses {
        Addresses::Omitted => None,
        Addresses::None => Some(Vec::new()),
        Addresses::Right => Some(vec![format!("{at}.example:{RIGHT_PORT}")]),
        Addresses::Wrong => Some(vec!["127.0.0.1:1".to_owned()]),
    }
}

fn meta_value(planned: &Planned) -> Value {
    planned.meta.map_or(Value::Null, |value| object([(TAG, value.into())]))
}

/// Whether a peering has the meta of a call.
pub fn has_meta(given: &Data, planned: &Planned) -> bool {
    given.get("meta").get(TAG).text() == planned.meta
}
