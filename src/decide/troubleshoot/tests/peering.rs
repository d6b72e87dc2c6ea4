//! The peering itself: one cause, one fix.

use super::*;

/// The checks with a command as their fix: id, cluster, fix.
fn commands(east: &Snapshot, west: &Snapshot) -> Vec<(CheckId, String, String)> {
    let checks = check_pair(east, west, None).checks;
    let found = checks.into_iter().filter(|check| check.status == Status::Fail);
    let command = |check: Check| Some((check.id, check.cluster.clone(), check.fix.clone()?));
    found.filter_map(command).filter(|(_, _, fix)| fix.contains("consul-peering ")).collect()
}

const CONNECT: &str = "# Add --external-address HOST:PORT for each address of the acceptor's load balancer, or \
                       --no-external-addresses.\nconsul-peering connect http://east http://west --a-name west --b-name east";

#[test]
fn a_peering_that_has_ended_has_one_fix() {
    for terminated in ["east", "west"] {
        for is_missing in [false, true] {
            for is_swapped in [false, true] {
                let (mut east, mut west) = (side("east"), side("west"));
                east.servers = Ok(vec!["10.0.0.9:8503".into()]);
                let (ended, other) = if terminated == "east" { (&mut east, &mut west) } else { (&mut west, &mut east) };
                peering_with(ended, &[("state", "\"TERMINATED\"")]);
                if is_missing {
                    other.peering = Ok(Value::Null);
                }
                let found = if is_swapped { commands(&west, &east) } else { commands(&east, &west) };
                let [(CheckId::PeeringState, _, fix)] = &found[..] else { panic!("{found:?}") };
                assert_eq!(fix, CONNECT, "{terminated} {is_missing} {is_swapped}");
            }
        }
    }
}

#[test]
fn consequences_name_their_cause() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.servers = Ok(vec!["10.0.0.9:8503".into()]);
    peering_with(&mut west, &[("state", "\"TERMINATED\"")]);
    let checks = check_pair(&east, &west, None).checks;
    let failed: Vec<_> = checks.iter().filter(|check| check.status == Status::Fail).collect();
    let of = |id, cluster| {
        failed.iter().find(|check| check.id == id && check.cluster == cluster).unwrap_or_else(|| panic!("{failed:#?}"))
    };
    assert!(of(CheckId::PeeringState, "http://west").fix.is_some());
    let there = of(CheckId::PeeringOtherSide, "http://east");
    assert!(there.message.ends_with("; a consequence of peering.state of the other cluster, which has the fix"));
    let here = of(CheckId::PeeringAddressDrift, "http://west");
    assert!(here.message.ends_with("; a consequence of peering.state, which has the fix"), "{}", here.message);
    assert!(there.fix.is_none() && here.fix.is_none());
}

#[test]
fn addresses_that_changed_are_the_cause_of_a_failing_peering() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.servers = Ok(vec!["10.0.0.9:8503".into()]);
    peering_with(&mut west, &[("state", "\"FAILING\"")]);
    let found = commands(&east, &west);
    let [(CheckId::PeeringAddressDrift, _, fix)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*fix, CONNECT.replace("peering connect", "peering rotate"));
}

#[test]
fn a_rebuilt_cluster_is_the_cause_and_its_peering_is_deleted_first() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.identity.trust_domain = Some("new.consul".into());
    east.peering = Ok(Value::Null);
    peering_with(
        &mut west,
        &[("state", "\"FAILING\""), ("remote", r#"{"datacenter":"east","trust_domain":"old.consul"}"#)],
    );
    for (_, _, fix) in commands(&east, &west) {
        assert!(fix.starts_with("consul-peering delete east --cluster http://west --yes\n# Add "), "{fix}");
    }
    assert_eq!(commands(&east, &west).len(), 1);
}

#[test]
fn the_check_nearest_to_the_cause_has_the_fix() {
    const WEST: &str = "http://west";
    let dials_gateways: Change = |_, west| {
        peering_with(west, &[("state", "\"FAILING\""), ("peer_server_addresses", r#"["gateway.east.example:443"]"#)]);
    };
    let dials_servers: Change = |east, west| {
        east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
        peering_with(west, &[("state", "\"FAILING\"")]);
    };
    let expired: Change = |_, west| {
        peering_with(
            west,
            &[
                ("peer_ca_pems", &serde_json::json!([EXPIRED]).to_string()),
                ("stream", r#"{"last_heartbeat":"2026-11-24T05:00:00Z"}"#),
            ],
        );
    };
    let silent: Change = |east, west| {
        peering_with(west, &[("stream", r#"{"last_heartbeat":"2026-11-24T05:00:00Z"}"#)]);
        peering_with(east, &[("state", "\"FAILING\"")]);
    };
    for (change, id, cluster) in [
        (dials_gateways, CheckId::ModeAddresses, "http://east"),
        (dials_servers, CheckId::ModeAddresses, "http://east"),
        (expired, CheckId::PeeringCertificates, WEST),
        (silent, CheckId::PeeringState, "http://east"),
    ] {
        let (mut east, mut west) = (side("east"), side("west"));
        change(&mut east, &mut west);
        let found = commands(&east, &west);
        let [(cause, at, _)] = &found[..] else { panic!("{} has one fix: {found:#?}", id.name()) };
        assert_eq!((*cause, &**at), (id, cluster));
    }
}

#[test]
fn one_side_alone_has_no_command_that_fixes_it() {
    let mut east = side("east");
    peering_with(&mut east, &[("state", "\"FAILING\""), ("peer_ca_pems", &serde_json::json!([EXPIRED]).to_string())]);
    let found = troubleshoot(&ClustersToCheck { side: &east, other: None, service: None, now: NOW });
    let failed: Vec<_> = found.checks.iter().filter(|check| check.status == Status::Fail).collect();
    assert_eq!(
        failed.iter().map(|check| check.id).collect::<Vec<_>>(),
        [CheckId::PeeringState, CheckId::PeeringCertificates]
    );
    for check in failed {
        assert!(check.fix.is_none() && !check.message.contains("consequence"), "{check:?}");
    }
}

#[test]
fn addresses_of_mesh_gateways_are_not_compared_with_those_of_the_servers() {
    let (mut east, mut west) = (side("east"), side("west"));
    east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
    let gateways = r#"["gateway.east.example:443"]"#;
    peering_with(&mut west, &[("state", "\"FAILING\""), ("peer_server_addresses", gateways)]);
    let checks = check_pair(&east, &west, None).checks;
    assert!(checks.iter().all(|check| check.id != CheckId::PeeringAddressDrift));
    assert!(checks.iter().any(|check| check.id == CheckId::ModeAddresses && check.status == Status::Pass));
}

#[test]
fn a_repair_is_its_commands_as_data() {
    let commands = |check: &Check| {
        let Repair { command, acceptor: a, dialer: b, delete_first } = check.repair.as_ref()?;
        let delete = format!("consul-peering delete {} --cluster {} --yes\n", check.peer_name, check.cluster);
        let [a_name, b_name] = [&a.peer_name, &b.peer_name];
        let pair = format!("consul-peering {command} {} {} --a-name {a_name} --b-name {b_name}", a.cluster, b.cluster);
        Some((if *delete_first { delete } else { String::new() }, pair))
    };
    let rebuilt: Change = |east, west| {
        east.identity.trust_domain = Some("new.consul".into());
        east.peering = Ok(Value::Null);
        let remote = r#"{"datacenter":"east","trust_domain":"old.consul"}"#;
        peering_with(west, &[("state", "\"FAILING\""), ("remote", remote)]);
    };
    let drifted: Change = |east, west| {
        east.servers = Ok(vec!["10.0.0.9:8503".into()]);
        peering_with(west, &[("state", "\"FAILING\"")]);
    };
    let ended: Change = |east, _| peering_with(east, &[("state", "\"TERMINATED\"")]);
    let gateway: Change = |east, west| {
        east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
        peering_with(west, &[("peer_server_addresses", r#"["10.0.0.1:8503"]"#)]);
    };
    for (change, command, deletes) in
        [(rebuilt, "connect", true), (drifted, "rotate", false), (ended, "connect", false), (gateway, "rotate", false)]
    {
        let (mut east, mut west) = (side("east"), side("west"));
        change(&mut east, &mut west);
        for found in [check_pair(&east, &west, None), check_pair(&west, &east, None)] {
            let repairs: Vec<_> = found.checks.iter().filter(|check| check.repair.is_some()).collect();
            let [check] = &repairs[..] else { panic!("{repairs:#?}") };
            let (delete, pair) = commands(check).unwrap();
            let fix = check.fix.as_deref().unwrap();
            assert!(fix.starts_with(&delete) && fix.ends_with(&pair), "{fix}\n{delete}{pair}");
            assert_eq!((check.repair.as_ref().unwrap().command, delete.is_empty()), (command, !deletes));
            assert!(pair.contains(" http://east http://west "), "{pair}");
        }
    }
}

#[test]
fn a_working_peering_is_not_deleted_for_another_cluster_of_the_same_datacenter_name() {
    let (mut east, west) = (side("east"), side("west"));
    east.identity.trust_domain = Some("another.consul".into());
    east.peering = Ok(Value::Null);
    let found = check_pair(&east, &west, None);
    let rebuilt = found.checks.iter().find(|check| check.id == CheckId::PeeringRebuilt && check.status == Status::Fail);
    assert!(rebuilt.is_some_and(|check| check.fix.is_none()));
    assert!(found.checks.iter().all(|check| check.repair.as_ref().is_none_or(|repair| !repair.delete_first)));
}

#[test]
fn a_pair_that_is_not_linked_is_connected_and_not_rotated() {
    for changes in [&[("state", "\"PENDING\"")][..], &[("state", "\"FAILING\""), ("peer_id", "\"gone\"")]] {
        let (mut east, mut west) = (side("east"), side("west"));
        east.servers = Ok(vec!["10.0.0.9:8503".into()]);
        peering_with(&mut west, changes);
        let found = commands(&east, &west);
        let [(_, _, fix)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(fix, CONNECT);
    }
}
