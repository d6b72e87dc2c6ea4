//! What one cluster says.

use std::rc::Rc;

use futures_util::future::join;

use super::instances::{gateways, look_up};
use super::read_peerings;
use super::told::{all_told, data, list};
use crate::consul::request;
use crate::consul::service_request as services;
use crate::decide::troubleshoot::rights::{Right, asked};
use crate::decide::troubleshoot::{Snapshot, Told, Unread};
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::identify::{check_datacenter, read_patiently};
use crate::operations::pair::Member;
use crate::operations::service_rights::rights_of;
use crate::rules::value::Value;

pub async fn gather<H: Host>(call: &Rc<Call<H>>, member: &Member<H>, service: Option<&str>) -> Outcome<H, Snapshot> {
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
    let partition = client.cluster.options.partition.as_deref();
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
            gateway_names,
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
        gateways: gateways(client, data(gateway_names)).await?,
        servers: list(servers).map(|servers| servers.iter().filter_map(peer_address).collect()),
        local: Ok(Vec::new()),
        imported: Ok(Vec::new()),
        meshed: Ok(Vec::new()),
    };
    snapshot.default_allow = default_allow(&snapshot.intentions, data(allowed));
    look_up(client, &mut snapshot, &right(Right::Service), service).await?;
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
