//! Mesh gateways: where they are needed, and their WAN addresses.

use super::*;

#[test]
fn a_gateway_is_needed_by_services_of_the_mesh() {
    let registered = |change: Change| {
        let check = status_after(change, CheckId::GatewaysRegistered, "http://east");
        (check.status, check.evidence.get("services").to_vec())
    };
    assert_eq!(registered(|east, _| east.gateways = Ok(Vec::new())).0, Status::Fail);
    // Its address is all that DNS needs.
    let plain: Change = |east, _| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
        east.proxy_defaults = Ok(Value::Null);
    };
    assert_eq!(registered(plain), (Status::Pass, vec![]));
    let denied: Change = |east, _| {
        east.meshed = Ok(Vec::new());
        east.intentions = Ok(Vec::new());
    };
    assert_eq!(status_after(denied, CheckId::IntentionsAllowed, "http://east").status, Status::Pass);
    // Its own proxies call through a gateway that does not exist.
    let local: Change = |east, _| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
    };
    assert_eq!(registered(local), (Status::Fail, vec!["db".to_owned()]));
    let plain_there: Change = |east, west| {
        east.gateways = Ok(Vec::new());
        east.meshed = Ok(Vec::new());
        west.meshed = Ok(Vec::new());
    };
    assert_eq!(registered(plain_there), (Status::Pass, vec![]));
}

#[test]
fn wan_addresses_are_compared_with_the_addresses_of_the_servers() {
    const PUBLIC: &str = "servers.example:8503";
    for (wan, dialed, server, wanted) in [
        ("gateway.example", PUBLIC, "10.0.0.1:8503", Status::Pass),
        // Clusters on one machine.
        ("127.0.0.1", "127.0.0.1:8503", "127.0.0.1:8503", Status::Pass),
        ("::1", "[::1]:8503", "[::1]:8503", Status::Pass),
        ("10.0.0.7", "127.0.0.1:8503", "127.0.0.1:8503", Status::Pass),
        ("127.0.0.1", PUBLIC, "127.0.0.1:8503", Status::Warning),
        ("127.0.0.1", "10.0.0.1:8503", "10.0.0.1:8503", Status::Fail),
        ("127.0.0.1", PUBLIC, "192.0.2.1:8503", Status::Fail),
        ("localhost", PUBLIC, "10.0.0.1:8503", Status::Fail),
        // Routed private networks.
        ("10.0.0.7", "10.0.0.1:8503", "10.0.0.1:8503", Status::Pass),
        ("fd00::7", "192.168.0.1:8503", "192.168.0.1:8503", Status::Pass),
        ("10.0.0.7", PUBLIC, "10.0.0.1:8503", Status::Warning),
        ("192.0.2.7", "127.0.0.1:8503", "127.0.0.1:8503", Status::Fail),
        ("169.254.0.7", "169.254.0.1:8503", "169.254.0.1:8503", Status::Fail),
        ("gateway.default.svc", "10.0.0.1:8503", "10.0.0.1:8503", Status::Fail),
    ] {
        let (mut east, mut west) = (side("east"), side("west"));
        for side in [&mut east, &mut west] {
            let gateway = r#"[{"Service":{"Service":"gw","TaggedAddresses":{"wan":{"Address":"WAN","Port":443}}}}]"#;
            side.gateways = Ok(items(&gateway.replace("WAN", wan)));
            side.servers = Ok(vec![server.into()]);
        }
        peering_with(&mut west, &[("peer_server_addresses", &format!("[\"{dialed}\"]"))]);
        let found = check_pair(&east, &west, None);
        let checks: Vec<_> = found.checks.iter().filter(|check| check.id == CheckId::GatewaysAddress).collect();
        assert_eq!(checks.len(), 2);
        for check in checks {
            assert_eq!(check.status, wanted, "{wan}, dialed {dialed}: {check:?}");
            assert_eq!(check.fix.is_some(), wanted != Status::Pass);
            let address = if wan.contains(':') { format!("[{wan}]:443") } else { format!("{wan}:443") };
            let concerns = (wan != "gateway.example").then_some(address);
            assert_eq!(check.evidence.get("addresses"), concerns.as_slice(), "{check:?}");
        }
        assert_eq!(found.ok, wanted != Status::Fail, "{wan}, dialed {dialed}");
    }
}

#[test]
fn one_side_alone_compares_wan_addresses_with_its_own_servers() {
    for (server, wanted) in [("127.0.0.1:8503", Status::Warning), ("10.0.0.1:8503", Status::Fail)] {
        let mut east = side("east");
        east.gateways = Ok(items(r#"[{"Service":{"Address":"127.0.0.1","Port":8443}}]"#));
        east.servers = Ok(vec![server.into()]);
        let found = troubleshoot(&ClustersToCheck { side: &east, other: None, service: None, now: NOW });
        assert_eq!(of_east(&found, CheckId::GatewaysAddress).unwrap().status, wanted, "{server}");
    }
}

#[test]
fn gateways_that_do_not_pass_are_named() {
    let gateway = |node: &str, statuses: &[&str]| {
        let checks: Vec<_> = statuses.iter().map(|status| format!("{{\"Status\":\"{status}\"}}")).collect();
        json(&format!("{{\"Node\":{{\"Node\":\"{node}\"}},\"Checks\":[{}]}}", checks.join(",")))
    };
    let passing = gateway("n1", &["passing", "passing"]);
    let [critical, warning] = [gateway("n2", &["passing", "critical"]), gateway("n3", &["warning"])];
    for (gateways, status, nodes) in [
        (vec![&passing], Status::Pass, vec![]),
        (vec![&passing, &critical, &warning], Status::Warning, vec!["n2", "n3"]),
        (vec![&critical, &warning], Status::Fail, vec!["n2", "n3"]),
    ] {
        let (mut east, west) = (side("east"), side("west"));
        east.gateways = Ok(gateways.into_iter().cloned().collect());
        let found = check_pair(&east, &west, None);
        let check = of_east(&found, CheckId::GatewaysPassing).unwrap();
        assert_eq!(check.status, status, "{check:?}");
        assert_eq!(check.evidence.get("nodes"), nodes);
    }
}

#[test]
fn the_mode_of_proxies_matters_only_where_services_are_imported() {
    let only_exports: Change = |east, west| {
        east.proxy_defaults = Ok(json(r#"{"MeshGateway":{"Mode":"none"}}"#));
        streams(east, "[]", r#"["web"]"#);
        streams(west, r#"["web"]"#, "[]");
    };
    assert_eq!(status_after(only_exports, CheckId::GatewaysProxyMode, "http://east").status, Status::Pass);
}
