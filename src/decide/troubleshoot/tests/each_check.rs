//! Each check fails, passes and is skipped. Nothing fails where calls work.

use super::*;

/// Each check: the cluster that it is about, what makes it fail or warn, and what makes it skipped.
fn cases() -> Vec<(CheckId, &'static str, Status, Change, Change)> {
    const EAST: &str = "http://east";
    const WEST: &str = "http://west";
    let no_peering: Change = |east, _| east.peering = denied();
    let no_peering_there: Change = |_, west| west.peering = denied();
    let no_gateways: Change = |east, _| east.gateways = denied();
    let no_exports: Change = |east, _| east.exports = denied();
    let no_local: Change = |east, _| east.local = denied();
    let no_intentions: Change = |east, _| east.intentions = denied();
    vec![
        (CheckId::PeeringState, EAST, Status::Fail, |e, _| peering_with(e, &[("state", "\"FAILING\"")]), no_peering),
        (
            CheckId::PeeringHeartbeat,
            EAST,
            Status::Fail,
            |east, _| {
                let old = r#"{"imported_services":["db"],"exported_services":["web"],"last_heartbeat":"2026-11-24T05:00:00Z"}"#;
                peering_with(east, &[("stream", old)]);
            },
            no_peering,
        ),
        (
            CheckId::PeeringCertificates,
            EAST,
            Status::Fail,
            |east, _| peering_with(east, &[("peer_ca_pems", &serde_json::json!([EXPIRED]).to_string())]),
            no_peering,
        ),
        (
            CheckId::PeeringAddresses,
            WEST,
            Status::Warning,
            |_, west| peering_with(west, &[("peer_server_addresses", r#"["a.example:8503","b.example:8503"]"#)]),
            no_peering_there,
        ),
        (CheckId::PeeringOtherSide, EAST, Status::Fail, |_, west| west.peering = Ok(Value::Null), no_peering),
        (
            CheckId::PeeringRebuilt,
            WEST,
            Status::Fail,
            |east, west| {
                east.identity.trust_domain = Some("new.consul".into());
                peering_with(east, &[("id", "\"9\"")]);
                peering_with(west, &[("state", "\"FAILING\"")]);
            },
            no_peering_there,
        ),
        (
            CheckId::PeeringAddressDrift,
            WEST,
            Status::Fail,
            |east, west| {
                east.servers = Ok(vec!["10.0.0.9:8503".into()]);
                peering_with(west, &[("state", "\"FAILING\"")]);
            },
            no_peering_there,
        ),
        (
            CheckId::ModeGateway,
            EAST,
            Status::Fail,
            |east, _| {
                east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
                east.gateways = Ok(Vec::new());
            },
            |east, _| {
                east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#));
                east.gateways = denied();
            },
        ),
        (
            CheckId::ModeAddresses,
            EAST,
            Status::Fail,
            |east, _| east.mesh = Ok(json(r#"{"Peering":{"PeerThroughMeshGateways":true}}"#)),
            no_gateways,
        ),
        (CheckId::GatewaysRegistered, EAST, Status::Fail, |east, _| east.gateways = Ok(Vec::new()), no_gateways),
        (
            CheckId::GatewaysPassing,
            EAST,
            Status::Fail,
            |east, _| east.gateways = Ok(items(r#"[{"Checks":[{"Status":"critical"}],"Node":{"Node":"n1"}}]"#)),
            no_gateways,
        ),
        (
            CheckId::GatewaysAddress,
            EAST,
            Status::Fail,
            |east, _| east.gateways = Ok(items(r#"[{"Service":{"Address":"127.0.0.1","Port":8443}}]"#)),
            no_gateways,
        ),
        (
            CheckId::GatewaysProxyMode,
            EAST,
            Status::Fail,
            |east, _| east.proxy_defaults = Ok(json(r#"{"MeshGateway":{"Mode":"none"}}"#)),
            |east, _| east.proxy_defaults = denied(),
        ),
        (
            CheckId::ExportsAny,
            EAST,
            Status::Fail,
            |east, west| {
                for side in [east, west] {
                    side.exports = Ok(Value::Null);
                    streams(side, "[]", "[]");
                }
            },
            no_peering,
        ),
        (
            CheckId::ExportsConsumers,
            EAST,
            Status::Fail,
            |east, _| {
                let services = r#"{"Services":[{"Name":"web","Consumers":[{"Peer":"West"}]}]}"#;
                east.exports = Ok(json(services));
            },
            no_exports,
        ),
        (
            CheckId::ExportsReserved,
            EAST,
            Status::Fail,
            |east, _| east.exports = Ok(json(r#"{"Services":[{"Name":"consul","Consumers":[{"Peer":"west"}]}]}"#)),
            no_exports,
        ),
        (CheckId::ExportsInstances, EAST, Status::Fail, |e, _| streams(e, "[\"db\"]", "[\"db\"]"), no_local),
        (
            CheckId::ExportsSidecar,
            EAST,
            Status::Warning,
            |east, _| east.meshed = Ok(Vec::new()),
            |east, _| east.meshed = denied(),
        ),
        (CheckId::ExportsArrived, EAST, Status::Fail, |_, west| streams(west, "[]", "[\"db\"]"), no_peering),
        (
            CheckId::ImportsInstances,
            EAST,
            Status::Fail,
            |east, _| east.imported = Ok(vec![("db".into(), Instances { total: 2, passing: 0 })]),
            |east, _| east.imported = denied(),
        ),
        (
            CheckId::ImportsLocalName,
            EAST,
            Status::Warning,
            |east, _| {
                let one = Instances { total: 1, passing: 1 };
                east.local = Ok(vec![("web".into(), one), ("db".into(), one)]);
            },
            no_local,
        ),
        (CheckId::IntentionsAllowed, EAST, Status::Fail, |east, _| east.intentions = Ok(Vec::new()), no_intentions),
        (
            CheckId::IntentionsPeers,
            EAST,
            Status::Fail,
            |east, _| {
                let of_typo = r#"{"SourceName":"*","SourcePeer":"West","DestinationName":"web","Action":"allow"}"#;
                east.intentions.as_mut().unwrap().push(json(of_typo));
            },
            no_intentions,
        ),
        (
            CheckId::RoutingPeers,
            EAST,
            Status::Fail,
            |east, _| {
                let failover = r#"[{"Name":"db","Failover":{"*":{"Targets":[{"Peer":"west"},{"Peer":"typo"}]}}}]"#;
                east.resolvers = Ok(items(failover));
            },
            |east, _| east.resolvers = denied(),
        ),
        (
            CheckId::RoutingProtocol,
            EAST,
            Status::Fail,
            |east, _| {
                east.resolvers = Ok(items(r#"[{"Name":"shop","Redirect":{"Peer":"west","Service":"db"}}]"#));
                east.defaults = Ok(items(r#"[{"Name":"shop","Protocol":"tcp"}]"#));
            },
            |east, _| east.resolvers = denied(),
        ),
        (
            CheckId::DatacentersPrimary,
            EAST,
            Status::Warning,
            |east, _| east.datacenters = Ok(vec!["east".into(), "south".into()]),
            |east, _| east.datacenters = Err(Unread::Failed("503".into())),
        ),
    ]
}

#[test]
fn a_set_up_that_works_is_all_pass() {
    let found = check_pair(&side("east"), &side("west"), None);
    let others: Vec<_> = found.checks.iter().filter(|check| check.status != Status::Pass).collect();
    assert!(found.ok && others.is_empty(), "{others:#?}");
    let mut ids: Vec<_> = found.checks.iter().map(|check| check.id.name()).collect();
    ids.dedup();
    for id in CheckId::ALL {
        assert!(ids.contains(&id.name()), "{} is not checked", id.name());
    }
}

#[test]
fn each_check_fails_passes_and_is_skipped() {
    let cases = cases();
    for id in CheckId::ALL {
        assert_eq!(cases.iter().filter(|case| case.0 == *id).count(), 1, "{}", id.name());
    }
    for (id, cluster, wanted, break_it, hide_it) in cases {
        let broken = status_after(break_it, id, cluster);
        assert_eq!(broken.status, wanted, "{}: {broken:#?}", id.name());
        assert!(broken.needs.is_none(), "{}", id.name());
        let hidden = status_after(hide_it, id, cluster);
        assert_eq!(hidden.status, Status::Skipped, "{}: {hidden:#?}", id.name());
        let is_denied = id != CheckId::DatacentersPrimary;
        assert_eq!(hidden.needs.as_deref(), is_denied.then_some("a rule"), "{}", id.name());
        let fine = status_after(|_, _| {}, id, cluster);
        assert_eq!(fine.status, Status::Pass, "{}: {fine:#?}", id.name());
        assert!(fine.fix.is_none(), "{}", id.name());
    }
}

#[test]
fn a_failure_is_not_ok_and_a_warning_is() {
    for (id, .., wanted, break_it, _) in cases() {
        let (mut east, mut west) = (side("east"), side("west"));
        break_it(&mut east, &mut west);
        assert_eq!(check_pair(&east, &west, None).ok, wanted != Status::Fail, "{}", id.name());
    }
}

#[test]
fn fixes_begin_with_what_to_run() {
    const REGISTER: &str = "consul connect envoy -gateway mesh -register ";
    const OF_EXPORTS: &str = "# Save as exported-services.hcl and run: consul config write exported-services.hcl\nKind = \"exported-services\"\n";
    const OF_PAIR: &str = "# Add --external-address HOST:PORT for each ";
    for (id, cluster, _, break_it, _) in cases() {
        let wanted = match id {
            CheckId::ModeGateway | CheckId::GatewaysRegistered | CheckId::GatewaysAddress => REGISTER,
            CheckId::GatewaysProxyMode => {
                "# Save as proxy-defaults.hcl and run: consul config write proxy-defaults.hcl\nKind = \"proxy-defaults\"\nName = \"global\"\nMeshGateway {\n  Mode = \"local\"\n}\n"
            }
            CheckId::ExportsAny | CheckId::ExportsConsumers | CheckId::ExportsReserved => OF_EXPORTS,
            CheckId::ExportsSidecar => "# in the definition of each service\nconnect {\n  sidecar_service {}\n}\n",
            CheckId::ImportsLocalName => "upstreams {\n  destination_name = \"db\"\n  destination_peer = \"west\"\n",
            CheckId::IntentionsAllowed => "# Save as service-intentions-web.hcl and run: ",
            CheckId::RoutingProtocol => {
                "# Save as service-defaults-shop.hcl and run: consul config write service-defaults-shop.hcl\nKind = \"service-defaults\"\nName = \"shop\"\nProtocol = \"http\"\n"
            }
            CheckId::PeeringRebuilt => "consul-peering delete east --cluster http://west --yes\n",
            CheckId::PeeringState
            | CheckId::PeeringHeartbeat
            | CheckId::PeeringCertificates
            | CheckId::PeeringAddressDrift
            | CheckId::ModeAddresses => OF_PAIR,
            _ => "",
        };
        let fix = status_after(break_it, id, cluster).fix.clone();
        assert_eq!(fix.is_some(), !wanted.is_empty(), "{}: {fix:?}", id.name());
        assert!(fix.is_none_or(|fix| fix.starts_with(wanted)), "{}", id.name());
    }
}
