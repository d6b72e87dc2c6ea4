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
