//! Instances: of mesh gateways, and of the services that cross the peering.

use super::responses::{Reader, list};
use crate::consul::service_request as services;
use crate::decide::troubleshoot::rights::Right;
use crate::decide::troubleshoot::{Found, Instances, Reading, Snapshot, is_passing};
use crate::host::{Host, HostValue};
use crate::operations::call::Outcome;
use crate::rules::value::Value;

/// The number of services of each side whose instances are read.
const SERVICES_READ: usize = 128;

/// Reads the instances of mesh gateways.
pub async fn gateways<H: Host>(reader: &Reader<'_, H>, names: Reading<Value>) -> Outcome<H, Reading<Vec<Value>>> {
    let names = match names {
        Ok(names) => names,
        Err(unread) => return Ok(Err(unread)),
    };
    let request = |name: &str| (Right::Catalog, services::health(name, None, reader.partition()));
    let requests = names.members().iter().map(|(name, _)| request(name)).collect();
    let responses = reader.fetch_all(requests).await?.into_iter().map(list);
    Ok(responses.collect::<Reading<Vec<_>>>().map(|found| found.concat()))
}

/// Reads the instances of the services that cross the peering, or of the checked one.
pub async fn read_instances<H: Host>(reader: &Reader<'_, H>, snapshot: &mut Snapshot) -> Outcome<H, ()> {
    let partition = reader.partition();
    let [mut exported, mut local, mut imported] = snapshot.crossing();
    if let Some(service) = reader.service {
        let is_checked = |name: &String| name == service;
        exported.retain(is_checked);
        local = vec![service.to_owned()];
        imported.retain(is_checked);
    }
    for names in [&mut exported, &mut local, &mut imported] {
        names.truncate(SERVICES_READ);
    }
    let peer = snapshot.peer_name.clone();
    let mut requests = Vec::new();
    let mut add = |right, request| requests.push((right, request));
    local.iter().for_each(|name| add(Right::Service, services::health(name, None, partition)));
    imported.iter().for_each(|name| add(Right::Catalog, services::health(name, Some(&*peer), partition)));
    exported.iter().for_each(|name| add(Right::Catalog, services::proxies(name, partition)));
    let mut of_local = reader.fetch_all(requests).await?;
    let of_proxies = of_local.split_off(local.len() + imported.len());
    let of_imported = of_local.split_off(local.len());
    let permitted = |right| reader.check(right);
    snapshot.local = permitted(Right::Service).and_then(|()| found(local, of_local));
    snapshot.imported = permitted(Right::Catalog).and_then(|()| found(imported, of_imported));
    snapshot.meshed = permitted(Right::Catalog)
        .and_then(|()| found(exported, of_proxies))
        .map(|found| found.into_iter().filter(|(_, instances)| instances.total > 0).map(|(name, _)| name).collect());
    Ok(())
}

fn found<V: HostValue>(names: Vec<String>, responses: Vec<Reading<V>>) -> Reading<Found> {
    let mut found = Vec::new();
    for (name, response) in names.into_iter().zip(responses) {
        let (mut total, mut passing) = (0, 0);
        for instance in response?.items().unwrap_or_default() {
            total += 1;
            passing += u32::from(is_passing(&instance.pick(&["Checks"])));
        }
        found.push((name, Instances { total, passing }));
    }
    Ok(found)
}
