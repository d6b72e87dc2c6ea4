use super::super::address;
use super::*;

fn parsed<'a>(texts: &[&'a str]) -> Vec<(&'a str, Address<'a>)> {
    texts.iter().map(|text| (*text, address::parse(text).unwrap())).collect()
}

fn rules(host: &str) -> Vec<&'static str> {
    concerns_of(Address { host, port: 8503 }).map(Concern::rule).collect()
}

#[test]
fn ranges_begin_and_end_where_they_are_registered() {
    for (rule, inside, outside) in [
        ("local_address", &["127.0.0.0", "127.255.255.255", "0.0.0.0"][..], &["126.255.255.255", "128.0.0.0"][..]),
        ("local_address", &["::1", "::", "::ffff:127.0.0.1"], &["::2"]),
        ("local_address", &["", "localhost", "LocalHost.", "a.localhost"], &["localhost.example", "locals"]),
        ("link_local_address", &["169.254.0.0", "169.254.255.255"], &["169.253.255.255", "169.255.0.0"]),
        ("link_local_address", &["fe80::", "febf::1", "fe80::1%eth0"], &["fe7f::1", "fec0::1"]),
        ("private_address", &["10.0.0.0", "10.255.255.255", "::ffff:10.0.0.1"], &["9.255.255.255", "11.0.0.0"]),
        ("private_address", &["172.16.0.0", "172.31.255.255"], &["172.15.255.255", "172.32.0.0"]),
        ("private_address", &["192.168.0.0", "192.168.255.255"], &["192.167.255.255", "192.169.0.0"]),
        ("private_address", &["100.64.0.0", "100.127.255.255"], &["100.63.255.255", "100.128.0.0"]),
        ("private_address", &["fc00::", "fdff:ffff::"], &["fbff::", "fe00::"]),
        ("documentation_address", &["192.0.2.0", "198.51.100.255", "203.0.113.9"], &["192.0.3.0", "203.0.112.255"]),
        ("documentation_address", &["2001:db8::", "3fff:fff::"], &["2001:db7::1", "2001:db9::1", "3fff:1000::"]),
        ("cluster_name", &["consul.service.consul", "server.ns.svc", "a.svc.cluster.local."], &["svc.example"]),
    ] {
        for host in inside {
            assert_eq!(rules(host), [rule], "{host}");
        }
        for host in outside {
            assert_eq!(rules(host), [""; 0], "{host}");
        }
    }
    for host in ["1.2.3.4", "2a00::1", "consul.example", "10.0.0.1.example", "a.local"] {
        assert_eq!(rules(host), [""; 0], "{host}");
    }
}

#[test]
fn ports_of_other_listeners() {
    for port in [8300, 8301, 8302, 8500, 8501, 8502, 8600] {
        let concerns_of: Vec<_> = concerns_of(Address { host: "a.example", port }).map(Concern::rule).collect();
        assert_eq!(concerns_of, ["unlikely_port"], "{port}");
    }
    for port in [1, 443, 8443, 8503, 8299, 8499, 8504] {
        assert_eq!(concerns_of(Address { host: "a.example", port }).count(), 0, "{port}");
    }
}

#[test]
fn an_address_has_each_doubt_once() {
    let mut findings = Vec::new();
    check_given("f[0]", "10.0.0.1:8500", address::parse("10.0.0.1:8500").unwrap(), &mut findings);
    let texts: Vec<_> = findings.iter().map(|finding| (finding.rule, &*finding.message)).collect();
    assert_eq!(
        texts,
        [
            ("private_address", "f[0] \"10.0.0.1:8500\" is private (RFC 1918): only routed networks reach it."),
            ("unlikely_port", "f[0] \"10.0.0.1:8500\" has the default port of the HTTP API, not of gRPC with TLS."),
        ]
    );
}

#[test]
fn a_token_has_each_doubt_once_whatever_the_number_of_its_servers() {
    let addresses = parsed(&["10.0.0.1:8503", "10.0.0.2:8503", "a.example:1", "10.0.0.3:8502"]);
    let mut findings = Vec::new();
    check_in_token("t", &addresses, &mut findings);
    let texts: Vec<_> = findings.iter().map(|finding| (finding.rule, &*finding.message)).collect();
    assert_eq!(texts[0].0, "private_address");
    assert!(texts[0].1.starts_with("t's address \"10.0.0.1:8503\" (one of 3 such) is private"), "{texts:?}");
    assert_eq!(
        texts[1],
        (
            "unlikely_port",
            "t's address \"10.0.0.3:8502\" has the default port of gRPC without TLS, not of gRPC with TLS."
        )
    );
    assert_eq!(texts.len(), 2);
}

#[test]
fn several_host_names() {
    let count = |texts: &[&str]| {
        let mut findings = Vec::new();
        check_names("t", &parsed(texts), &mut findings);
        findings.len()
    };
    assert_eq!(count(&["a.example:1", "b.example:1"]), 1);
    assert_eq!(count(&["a.example:1", "A.example.:2", "1.2.3.4:1", "[2a00::1]:1"]), 0, "one name and IP addresses");
    assert_eq!(count(&["1.2.3.4:1", "1.2.3.5:1"]), 0);
    assert_eq!(count(&[]), 0);
}
