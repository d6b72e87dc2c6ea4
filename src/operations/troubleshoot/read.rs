//! Reads one cluster.

use std::rc::Rc;

use futures_util::future::join;

use super::instances::{gateways, read_instances};
use super::responses::{Reader, data, list};
use crate::consul::request;
use crate::consul::service_request as services;
use crate::decide::troubleshoot::rights::{Right, permission_queries};
use crate::decide::troubleshoot::{Reading, Snapshot, Unread};
use crate::host::{Host, HostValue};
use crate::operations::call::{Call, Outcome};
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::identify::{check_datacenter, read_agent_with_retry};
use crate::operations::pair::Member;
use crate::operations::service_rights::rights_of;
use crate::rules::value::Value;

/// The snapshot of one cluster.
pub async fn read<H: Host>(call: &Rc<Call<H>>, member: &Member<H>, service: Option<&str>) -> Outcome<H, Snapshot> {
    let client = member.client(call)?;
    client.within(read_all(&client, &member.peer_name, service)).await
}

async fn read_all<H: Host>(client: &Client<H>, name: &str, service: Option<&str>) -> Outcome<H, Snapshot> {
    let (rights, agent) = join(rights_of(client, permission_queries(service)), read_agent_with_retry(client)).await;
    let rights = rights?;
    if let Some(error) = agent.connect_disabled {
        return Err(error);
    }
    check_datacenter(client, agent.identity.datacenter.as_deref())?;
    let reader = Reader { client, rights: &rights, service };
    let partition = reader.partition();
    let responses = reader
        .fetch_all(vec![
            (Right::Peering, request::list(partition)),
            (Right::None, request::datacenters()),
            (Right::None, services::config_entry("mesh", "mesh", partition)),
            (Right::None, services::config_entry("proxy-defaults", "global", partition)),
            (Right::Mesh, services::exported_services(partition)),
            (Right::Entries, services::config_entries("service-resolver", partition)),
            (Right::Entries, services::config_entries("service-defaults", partition)),
            (Right::Intentions, services::intentions(partition)),
            (Right::Entries, services::default_intention(partition)),
            (Right::Catalog, services::services_of_kind(services::GATEWAY, partition)),
            (Right::Catalog, services::servers()),
        ])
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
            gateway_names,
            servers,
        ],
    ) = <[Reading<H::Value>; 11]>::try_from(responses)
    else {
        return Err(Error::unexpected("too few responses"));
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
        gateways: gateways(&reader, data(gateway_names)).await?,
        servers: list(servers).map(|servers| servers.iter().filter_map(peer_address).collect()),
        local: Ok(Vec::new()),
        imported: Ok(Vec::new()),
        meshed: Ok(Vec::new()),
    };
    snapshot.default_allow = default_allow(&snapshot.intentions, data(allowed));
    read_instances(&reader, &mut snapshot).await?;
    Ok(snapshot)
}

/// Whether calls are allowed by default. Unknown if an intention for all services of this cluster decides instead.
fn default_allow(intentions: &Reading<Vec<Value>>, allowed: Reading<Value>) -> Reading<bool> {
    let is_for_all = |intention: &Value| {
        intention.get("SourcePeer").non_empty_text().is_none()
            && intention.get("SourceName").is_text("*")
            && intention.get("DestinationName").is_text("*")
    };
    if intentions.iter().flatten().any(is_for_all) {
        let why = "an intention for all services hides whether calls are allowed by default";
        return Err(Unread::Failed(why.into()));
    }
    Ok(*allowed?.get("Allowed") == Value::Bool(true))
}

/// The address at which a server accepts peers, `host:port`, from its entry in the catalog.
fn peer_address(server: &Value) -> Option<String> {
    let host = server.get("ServiceAddress").non_empty_text().or_else(|| server.get("Address").non_empty_text())?;
    let port = server.get("ServiceMeta").get("grpc_tls_port").non_empty_text()?;
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// The peering's name as this cluster spells it, the names of all peerings, and the peering.
fn read_peerings<H: Host>(peerings: Reading<H::Value>, name: &str) -> (String, Reading<Vec<String>>, Reading<Value>) {
    let items = match peerings {
        Ok(peerings) => peerings.items().unwrap_or_default(),
        Err(unread) => return (name.to_owned(), Err(unread.clone()), Err(unread)),
    };
    let names: Vec<_> =
        items.iter().map(|item| item.pick(&["Name"]).get("Name").non_empty_text().unwrap_or_default()).collect();
    let index = names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let peering = index.and_then(|index| items.get(index)?.to_peering()).map_or(Value::Null, |found| found.to_data());
    let spelling = index.and_then(|index| names.get(index).cloned()).unwrap_or_else(|| name.to_owned());
    (spelling, Ok(names), Ok(peering))
}
