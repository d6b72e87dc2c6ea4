//! Reads the options of `startSimulator` from JSON. Unknown names and values of another type are errors.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::acl::read_acl;
use super::shape::{Kind, Object, checked, flag, mismatch, number, require, text, texts};
use crate::options::{AclOptions, ClusterOptions, Options};

const SIMULATOR: [(&str, Kind); 5] = [
    ("clusters", Kind::Clusters),
    ("speed", Kind::Speed),
    ("seed", Kind::WholeNumber),
    ("listen", Kind::Flag),
    ("clock", Kind::Clock),
];

const CLUSTER: [(&str, Kind); 18] = [
    ("name", Kind::Text),
    ("datacenter", Kind::Text),
    ("version", Kind::Text),
    ("acl", Kind::Acl),
    ("peering", Kind::Flag),
    ("connect", Kind::Flag),
    ("grpc_tls", Kind::Flag),
    ("mesh_gateways", Kind::Texts),
    ("trust_domain", Kind::Text),
    ("other_datacenters", Kind::Texts),
    ("node_name", Kind::Text),
    ("response_headers", Kind::TextByName),
    ("block_endpoints", Kind::Texts),
    ("restrict_writes", Kind::Flag),
    ("server_address", Kind::Text),
    ("external_addresses", Kind::Texts),
    ("reachable", Kind::Texts),
    ("exported_services", Kind::TextsByName),
];

/// Reads the options of `startSimulator`. `began`: the start of the world, since 1970.
pub fn options_from_json(json: &str, began: Duration) -> Result<Options, String> {
    let value: Value = serde_json::from_str(json).map_err(|_| "options must be an object")?;
    let given = checked(&value, "options", &SIMULATOR)?;
    let clusters = match given.get("clusters").and_then(Value::as_array) {
        Some(clusters) => clusters.iter().enumerate().map(cluster).collect::<Result<_, _>>()?,
        None => ["eu", "us"].map(ClusterOptions::named).into(),
    };
    let seed = number(given, "seed").unwrap_or_default();
    Ok(Options {
        clusters,
        speed: number(given, "speed").unwrap_or(1.0),
        seed: seed.rem_euclid(4_294_967_296.0) as u32,
        began,
    })
}

fn cluster((index, given): (usize, &Value)) -> Result<ClusterOptions, String> {
    let place = format!("clusters[{index}]");
    let name = |name: Option<&str>| match name {
        Some(name) if !name.is_empty() => Ok(ClusterOptions::named(name)),
        _ => Err(mismatch(&format!("{place}.name"), Kind::Text)),
    };
    if given.is_string() {
        return name(given.as_str());
    }
    let given = checked(given, &place, &CLUSTER)?;
    let defaults = name(given.get("name").and_then(Value::as_str))?;
    let list = |key| given.get(key).map(texts);
    let acl = match given.get("acl") {
        None => None,
        Some(Value::Bool(_)) => Some(AclOptions::default()),
        Some(acl) => Some(read_acl(acl, &format!("{place}.acl"))?),
    };
    Ok(ClusterOptions {
        datacenter: text(given, "datacenter"),
        version: text(given, "version").unwrap_or(defaults.version),
        acl,
        peering: flag(given, "peering").unwrap_or(true),
        connect: flag(given, "connect").unwrap_or(true),
        grpc_tls: flag(given, "grpc_tls").unwrap_or(true),
        mesh_gateways: list("mesh_gateways"),
        trust_domain: text(given, "trust_domain"),
        other_datacenters: list("other_datacenters").unwrap_or_default(),
        node_name: text(given, "node_name"),
        response_headers: response_headers(given),
        block_endpoints: list("block_endpoints").unwrap_or_default(),
        restrict_writes: flag(given, "restrict_writes").unwrap_or(false),
        server_address: text(given, "server_address"),
        external_addresses: list("external_addresses").unwrap_or_default(),
        reachable: list("reachable"),
        exported_services: given.get("exported_services").map(lists).unwrap_or_default(),
        ..defaults
    })
}

fn response_headers(cluster: &Object) -> BTreeMap<String, String> {
    let headers = cluster.get("response_headers").and_then(Value::as_object).into_iter().flatten();
    headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Reads services and the peers that they are exported to.
pub fn services_from_json(json: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    require(&value, "services", Kind::TextsByName)?;
    Ok(lists(&value))
}

fn lists(value: &Value) -> BTreeMap<String, Vec<String>> {
    value.as_object().into_iter().flatten().map(|(name, list)| (name.clone(), texts(list))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Access, AclRules};

    fn read(json: &str) -> Result<Options, String> {
        options_from_json(json, Duration::ZERO)
    }

    #[test]
    fn defaults() {
        let Options { clusters, speed, seed, .. } = read("{}").unwrap();
        let names: Vec<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        assert_eq!((names, speed, seed), (vec!["eu", "us"], 1.0, 0));
    }

    #[test]
    fn any_number_above_0_is_a_speed() {
        for (given, speed) in [("100", 100.0), ("0.5", 0.5)] {
            assert!((read(&format!("{{\"speed\":{given}}}")).unwrap().speed - speed).abs() < f64::EPSILON, "{given}");
        }
    }

    #[test]
    fn any_whole_number_is_a_seed() {
        for (given, seed) in [("7", 7), ("-1", u32::MAX), ("4294967297", 1), ("3.0", 3)] {
            assert_eq!(read(&format!("{{\"seed\":{given}}}")).unwrap().seed, seed, "{given}");
        }
    }

    #[test]
    fn everything_of_a_cluster() {
        let json = r#"{"clusters":[{
            "name":"eu","datacenter":"dc1","version":"1.19.2","peering":false,"connect":false,"grpc_tls":false,
            "mesh_gateways":["g:1"],"trust_domain":"t.consul","other_datacenters":["dc2"],"node_name":"n",
            "response_headers":{"X-More":"1"},"block_endpoints":["/v1/x"],"restrict_writes":true,
            "server_address":"s:1","external_addresses":["e:1"],"reachable":["r:1"],
            "exported_services":{"web":["us"]},
            "acl":{"default_policy":"allow","management":"m","tokens":{"t":{
                "peering":"read","operator":"write","agent":"read","mesh":"read","service":"write","management":false,"accessor":"a"}}}}]}"#;
        let options = read(json).unwrap();
        let texts = |text: &str| vec![text.to_owned()];
        let expected = ClusterOptions {
            datacenter: Some("dc1".into()),
            version: "1.19.2".into(),
            acl: Some(AclOptions {
                default_allow: true,
                management: Some("m".into()),
                tokens: vec![(
                    "t".into(),
                    AclRules {
                        peering: Some(Access::Read),
                        operator: Some(Access::Write),
                        agent: Some(Access::Read),
                        mesh: Some(Access::Read),
                        service: Some(Access::Write),
                        services: BTreeMap::new(),
                        node: None,
                        management: false,
                        accessor: Some("a".into()),
                    },
                )],
            }),
            peering: false,
            connect: false,
            grpc_tls: false,
            mesh_gateways: Some(texts("g:1")),
            trust_domain: Some("t.consul".into()),
            other_datacenters: texts("dc2"),
            node_name: Some("n".into()),
            response_headers: [("X-More".into(), "1".into())].into(),
            block_endpoints: texts("/v1/x"),
            restrict_writes: true,
            server_address: Some("s:1".into()),
            external_addresses: texts("e:1"),
            reachable: Some(texts("r:1")),
            exported_services: [("web".into(), texts("us"))].into(),
            ..ClusterOptions::named("eu")
        };
        assert_eq!(format!("{:?}", options.clusters), format!("{:?}", [expected]));
    }

    #[test]
    fn invalid_options() {
        let cluster = |options: &str| format!(r#"{{"clusters":[{{"name":"eu",{options}}}]}}"#);
        let cases = [
            ("null".into(), "options must be an object"),
            (r#""x""#.into(), "options must be an object"),
            ("[]".into(), "options must be an object"),
            (r#"{"speeed":2}"#.into(), "unknown option options.speeed; use clusters, speed, seed, listen, clock"),
            (r#"{"speed":0}"#.into(), "options.speed must be a number above 0"),
            (r#"{"speed":-1}"#.into(), "options.speed must be a number above 0"),
            (r#"{"speed":null}"#.into(), "options.speed must be a number above 0"),
            (r#"{"speed":"fast"}"#.into(), "options.speed must be a number above 0"),
            (r#"{"seed":0.5}"#.into(), "options.seed must be a whole number"),
            (r#"{"seed":"1"}"#.into(), "options.seed must be a whole number"),
            (r#"{"listen":"no"}"#.into(), "options.listen must be true or false"),
            (r#"{"clock":false}"#.into(), "options.clock must be a clock"),
            (r#"{"clusters":[]}"#.into(), "options.clusters must be an array"),
            (r#"{"clusters":"eu"}"#.into(), "options.clusters must be an array"),
            (r#"{"clusters":{"eu":{}}}"#.into(), "options.clusters must be an array"),
            (r#"{"clusters":["eu",null]}"#.into(), "clusters[1] must be an object"),
            (r#"{"clusters":["eu",7]}"#.into(), "clusters[1] must be an object"),
            (r#"{"clusters":[{}]}"#.into(), "clusters[0].name must be a non-empty string"),
            (r#"{"clusters":[""]}"#.into(), "clusters[0].name must be a non-empty string"),
            (r#"{"clusters":[{"name":7}]}"#.into(), "clusters[0].name must be a non-empty string"),
            (cluster(r#""dc":"eu""#), "unknown option clusters[0].dc; use name, datacenter"),
            (cluster(r#""peering":"no""#), "clusters[0].peering must be true or false"),
            (cluster(r#""acl":"on""#), "clusters[0].acl must be true or an object"),
            (
                cluster(r#""acl":{"default_policy":"none"}"#),
                r#"clusters[0].acl.default_policy must be "allow" or "deny""#,
            ),
            (
                cluster(r#""acl":{"tokens":{"hidden":{"peering":"all"}}}"#),
                r#"clusters[0].acl.tokens[…].peering must be "read" or "write""#,
            ),
            (
                cluster(r#""acl":{"tokens":{"hidden":{"peerings":"read"}}}"#),
                "unknown option clusters[0].acl.tokens[…].peerings; use peering",
            ),
            (cluster(r#""reachable":"127.0.0.1:1""#), "clusters[0].reachable must be an array of strings"),
            (cluster(r#""response_headers":{"a":1}"#), "clusters[0].response_headers must be an object of strings"),
            (
                cluster(r#""exported_services":{"a":"us"}"#),
                "clusters[0].exported_services must be an object of arrays of strings",
            ),
        ];
        for (json, refused) in cases {
            let message = read(&json).unwrap_err();
            assert!(message.starts_with(refused) && !message.contains("hidden"), "{json}: {message}");
        }
    }

    #[test]
    fn services() {
        assert_eq!(services_from_json(r#"{"web":["eu"]}"#).unwrap(), [("web".into(), vec!["eu".into()])].into());
        for json in ["", "null", "[]", r#"{"web":"eu"}"#] {
            assert_eq!(
                services_from_json(json).unwrap_err(),
                "services must be an object of arrays of strings",
                "{json}"
            );
        }
    }
}
