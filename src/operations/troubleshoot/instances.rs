//! Instances: of mesh gateways, and of the services that cross the peering.

use super::told::{all_told, list};
use crate::consul::service_request as services;
use crate::decide::troubleshoot::{Found, Instances, Snapshot, Told, is_passing};
use crate::host::{Host, HostValue};
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::rules::value::Value;

/// How many services of one side are looked up.
const LOOKED_UP: usize = 128;

/// Reads the instances of mesh gateways.
pub async fn gateways<H: Host>(client: &Client<H>, names: Told<Value>) -> Outcome<H, Told<Vec<Value>>> {
    let partition = client.cluster.options.partition.as_deref();
    let names = match names {
        Ok(names) => names,
        Err(unread) => return Ok(Err(unread)),
    };
    let requests = names.members().iter().map(|(name, _)| (Ok(()), services::health(name, None, partition))).collect();
    let answers = all_told(client, requests).await?.into_iter().map(list);
    Ok(answers.collect::<Told<Vec<_>>>().map(|found| found.concat()))
}

/// Reads the instances of the services that cross the peering, or of the one that is followed.
pub async fn look_up<H: Host>(
    client: &Client<H>,
    snapshot: &mut Snapshot,
    right: &Told<()>,
    service: Option<&str>,
) -> Outcome<H, ()> {
    if let Err(unread) = right {
        snapshot.local = Err(unread.clone());
        snapshot.imported = Err(unread.clone());
        snapshot.meshed = Err(unread.clone());
        return Ok(());
    }
    let partition = client.cluster.options.partition.as_deref();
    let [mut exported, mut own, mut imported] = snapshot.crossing();
    if let Some(service) = service {
        let is_followed = |name: &String| name == service;
        exported.retain(is_followed);
        own = vec![service.to_owned()];
        imported.retain(is_followed);
    }
    for names in [&mut exported, &mut own, &mut imported] {
        names.truncate(LOOKED_UP);
    }
    let peer = snapshot.peer_name.clone();
    let mut requests = Vec::new();
    let mut add = |request| requests.push((Ok(()), request));
    own.iter().for_each(|name| add(services::health(name, None, partition)));
    imported.iter().for_each(|name| add(services::health(name, Some(&*peer), partition)));
    exported.iter().for_each(|name| add(services::proxies(name, partition)));
    let mut answers = all_told(client, requests).await?;
    let of_meshed = answers.split_off(own.len() + imported.len());
    let of_imported = answers.split_off(own.len());
    snapshot.local = found(own, answers);
    snapshot.imported = found(imported, of_imported);
    snapshot.meshed = found(exported, of_meshed)
        .map(|found| found.into_iter().filter(|(_, instances)| instances.total > 0).map(|(name, _)| name).collect());
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
