//! `troubleshoot`: what two clusters say about the way from an ACTIVE peering to a working call. Reads only.

use std::rc::Rc;

use futures_util::future::{FutureExt, join, try_join};

use super::ask::ask;
use super::call::{Call, Outcome};
use super::client::Client;
use super::error::Error;
use super::identify::{check_datacenter, read_patiently};
use super::join_all::join_all;
use super::pair::Member;
use super::send::Answer;
use super::service_rights::rights_of;
use crate::consul::code::Code;
use crate::consul::request::{self, Request};
use crate::consul::service_request as services;
use crate::decide::troubleshoot::rights::{Right, asked};
use crate::decide::troubleshoot::{
    Found, Instances, Pair, Snapshot, Told, Troubleshooting, Unread, is_passing, troubleshoot as judge,
};
use crate::host::{Host, HostValue};
use crate::rules::value::Value;

/// A change reaches the other side within a second; what has not arrived after this never will.
const ARRIVES_MS: f64 = 5_000.0;
const REREAD_MS: f64 = 500.0;
/// How many services of one side are looked up, and how many at once.
const LOOKED_UP: usize = 128;
const AT_ONCE: usize = 16;

/// `troubleshoot`: reads both clusters side by side, or the one that is given, and judges what they say.
pub async fn troubleshoot<H: Host>(
    call: &Rc<Call<H>>,
    side: &Member<H>,
    other: Option<&Member<H>>,
    service: Option<&str>,
) -> Outcome<H, Troubleshooting> {
    let read = |member| gather(call, member, service);
    let (mut here, mut there) = match other {
        Some(other) => {
            let (here, there) = try_join(read(side), read(other)).await?;
            (here, Some(there))
        }
        None => (read(side).await?, None),
    };
    let began = call.now();
    let mut judged = judge(&Pair { side: &here, other: there.as_ref(), service, now: call.wall_clock() });
    while judged.may_still_arrive() && call.now() - began < ARRIVES_MS && call.remaining() > 2.0 * REREAD_MS {
        call.sleep(REREAD_MS).await;
        let far = async {
            match (other, &mut there) {
                (Some(other), Some(there)) => reread(call, other, &mut there.peering).await,
                _ => Ok(()),
            }
        };
        try_join(reread(call, side, &mut here.peering), far).await?;
        judged = judge(&Pair { side: &here, other: there.as_ref(), service, now: call.wall_clock() });
    }
    Ok(judged)
}

/// What a cluster said; or why nothing.
async fn told<H: Host>(client: &Client<H>, right: Told<()>, request: Request) -> Outcome<H, Told<H::Value>> {
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
async fn all_told<H: Host>(client: &Client<H>, requests: Vec<(Told<()>, Request)>) -> Outcome<H, Vec<Told<H::Value>>> {
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

fn data<V: HostValue>(told: Told<V>) -> Told<Value> {
    Ok(told?.to_data())
}

fn list<V: HostValue>(told: Told<V>) -> Told<Vec<Value>> {
    Ok(told?.items().unwrap_or_default().iter().map(V::to_data).collect())
}

async fn gather<H: Host>(call: &Rc<Call<H>>, member: &Member<H>, service: Option<&str>) -> Outcome<H, Snapshot> {
    let client = member.client(call)?;
    client.within(read_all(&client, &member.peer_name, service)).await
}

async fn read_all<H: Host>(client: &Client<H>, name: &str, service: Option<&str>) -> Outcome<H, Snapshot> {
    let (rights, agent) = join(rights_of(client, asked(service)), read_patiently(client)).await;
    let rights = rights?;
    if let Some(error) = agent.connect_disabled {
        return Err(error);
    }
    check_datacenter(client, agent.identity.datacenter.as_deref())?;
    let right = |right: Right| match &rights {
        _ if right == Right::None => Ok(()),
        Ok(rights) => rights.check(right, service),
        Err(unread) => Err(unread.clone()),
    };
    let partition = client.cluster.place.partition.as_deref();
    let answers = all_told(
        client,
        vec![
            (right(Right::Peering), request::list(partition)),
            (Ok(()), request::datacenters()),
            (Ok(()), services::config_entry("mesh", "mesh", partition)),
            (Ok(()), services::config_entry("proxy-defaults", "global", partition)),
            (right(Right::Mesh), services::exported_services(partition)),
            (right(Right::Entries), services::config_entries("service-resolver", partition)),
            (right(Right::Entries), services::config_entries("service-defaults", partition)),
            (right(Right::Intentions), services::intentions(partition)),
            (right(Right::Intentions), services::default_intention(partition)),
            (right(Right::Catalog), services::services_of_kind(services::GATEWAY, partition)),
            (right(Right::Catalog), services::servers()),
        ],
    )
    .await?;
    let Ok(
        [
            peerings,
            datacenters,
            mesh,
            proxy_defaults,
            exports,
            resolvers,
            defaults,
            intentions,
            allowed,
            gateways,
            servers,
        ],
    ) = <[Told<H::Value>; 11]>::try_from(answers)
    else {
        return Err(Error::unexpected("too few answers"));
    };
    let (peering_name, peers, peering) = read_peerings::<H>(peerings, name);
    let mut snapshot = Snapshot {
        cluster: client.cluster.address.to_string(),
        peer_name: peering_name,
        identity: agent.identity,
        peers,
        peering,
        datacenters: data(datacenters).map(|names| names.texts()),
        mesh: data(mesh),
        proxy_defaults: data(proxy_defaults),
        exports: data(exports),
        resolvers: list(resolvers),
        defaults: list(defaults),
        intentions: list(intentions),
        default_allow: Ok(false),
        gateways: Ok(Vec::new()),
        servers: list(servers).map(|servers| servers.iter().filter_map(peer_address).collect()),
        local: Ok(Vec::new()),
        imported: Ok(Vec::new()),
    };
    snapshot.default_allow = default_allow(&snapshot.intentions, data(allowed));
    look_up(client, &mut snapshot, data(gateways), &right(Right::Service), service).await?;
    Ok(snapshot)
}

/// Whether calls are allowed by default, where no intention for all services of this cluster hides that.
fn default_allow(intentions: &Told<Vec<Value>>, allowed: Told<Value>) -> Told<bool> {
    let is_for_all = |intention: &Value| {
        intention.get("SourcePeer").filled().is_none()
            && intention.get("SourceName").is("*")
            && intention.get("DestinationName").is("*")
    };
    if intentions.iter().flatten().any(is_for_all) {
        let why = "an intention for all services hides whether calls are allowed by default";
        return Err(Unread::Failed(why.into()));
    }
    Ok(*allowed?.get("Allowed") == Value::Bool(true))
}

/// Where a server accepts peers, `host:port`, from its entry in the catalog.
fn peer_address(server: &Value) -> Option<String> {
    let host = server.get("ServiceAddress").filled().or_else(|| server.get("Address").filled())?;
    let port = server.get("ServiceMeta").get("grpc_tls_port").filled()?;
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// Reads the instances of mesh gateways, of the services that cross the peering, and of the one that is followed.
async fn look_up<H: Host>(
    client: &Client<H>,
    snapshot: &mut Snapshot,
    gateways: Told<Value>,
    right: &Told<()>,
    service: Option<&str>,
) -> Outcome<H, ()> {
    let partition = client.cluster.place.partition.as_deref();
    let health = |name: &String, peer| (Ok(()), services::health(name, peer, partition));
    match gateways {
        Err(unread) => snapshot.gateways = Err(unread),
        Ok(gateways) => {
            let requests = gateways.members().iter().map(|(name, _)| health(name, None)).collect();
            let mut instances = Vec::new();
            for answer in all_told(client, requests).await? {
                match list(answer) {
                    Ok(found) => instances.extend(found),
                    Err(unread) => {
                        snapshot.gateways = Err(unread);
                        break;
                    }
                }
            }
            if let Ok(gateways) = &mut snapshot.gateways {
                *gateways = instances;
            }
        }
    }
    if let Err(unread) = right {
        snapshot.local = Err(unread.clone());
        snapshot.imported = Err(unread.clone());
        return Ok(());
    }
    let peer = snapshot.peer_name.clone();
    let (mut own, mut imported) = snapshot.crossing();
    if let Some(service) = service {
        own = vec![service.to_owned()];
        imported.retain(|name| name == service);
    }
    own.truncate(LOOKED_UP);
    imported.truncate(LOOKED_UP);
    let requests = own.iter().map(|name| health(name, None));
    let requests = requests.chain(imported.iter().map(|name| health(name, Some(&*peer)))).collect();
    let mut answers = all_told(client, requests).await?;
    let of_imported = answers.split_off(own.len());
    snapshot.local = found(own, answers);
    snapshot.imported = found(imported, of_imported);
    Ok(())
}

fn found<V: HostValue>(names: Vec<String>, answers: Vec<Told<V>>) -> Told<Found> {
    let mut found = Vec::new();
    for (name, answer) in names.into_iter().zip(answers) {
        let (mut total, mut passing) = (0, 0);
        for instance in answer?.items().unwrap_or_default() {
            total += 1;
            passing += u32::from(is_passing(&instance.pick(&["Checks"])));
        }
        found.push((name, Instances { total, passing }));
    }
    Ok(found)
}

/// The peering as this cluster spells it, the names of all, and the peering itself.
fn read_peerings<H: Host>(peerings: Told<H::Value>, name: &str) -> (String, Told<Vec<String>>, Told<Value>) {
    let items = match peerings {
        Ok(peerings) => peerings.items().unwrap_or_default(),
        Err(unread) => return (name.to_owned(), Err(unread.clone()), Err(unread)),
    };
    let names: Vec<_> =
        items.iter().map(|item| item.pick(&["Name"]).get("Name").filled().unwrap_or_default()).collect();
    let index = names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let peering = index.and_then(|index| items.get(index)?.to_peering()).map_or(Value::Null, |found| found.to_data());
    let spelt = index.and_then(|index| names.get(index).cloned()).unwrap_or_else(|| name.to_owned());
    (spelt, Ok(names), Ok(peering))
}

/// Reads a peering that was read before once more.
async fn reread<H: Host>(call: &Rc<Call<H>>, member: &Member<H>, peering: &mut Told<Value>) -> Outcome<H, ()> {
    if peering.is_ok() {
        let client = member.client(call)?;
        let list = request::list(client.cluster.place.partition.as_deref());
        let peerings = client.within(told(&client, Ok(()), list)).await?;
        *peering = read_peerings::<H>(peerings, &member.peer_name).2;
    }
    Ok(())
}
