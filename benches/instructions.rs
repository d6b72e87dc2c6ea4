//! Carries out each pure rule and decision TIMES times and prints their names, in the same order, for valgrind to count
//! the instructions of `measured`. `instructions.js` runs it and compares the counts with the known ones.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use consul_peering::consul::{peering::Peering, response};
use consul_peering::decide::plan;
use consul_peering::decide::side::Side;
use consul_peering::rules::health::{self, HealthInput, Other};
use consul_peering::rules::identity::Identity;
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value::{Value, object};
use consul_peering::rules::{certificate, meta, peer_name, peering_token, spec, terraform};
use serde_json::Value as Json;

#[path = "../tests/properties/invariants/host.rs"]
mod host;
use host::{read_json, to_value};

/// When the inputs were recorded, in ms since 1970.
const NOW: Timestamp = Timestamp::at_ms(1_795_564_800_000.0);

/// A rule with its input; calling it evaluates the rule once.
type Rule = (&'static str, Box<dyn Fn()>);

fn main() {
    let times: u32 = env::args().nth(1).and_then(|times| times.parse().ok()).expect("TIMES");
    for (name, rule) in rules() {
        rule(); // one-time initialization does not count
        measured(&*rule, times);
        println!("{name}");
    }
}

/// valgrind finds it by its name.
#[inline(never)]
fn measured(rule: &dyn Fn(), times: u32) {
    (0..times).for_each(|_| rule());
}

fn rules() -> Vec<Rule> {
    let [token, raw, peering, roots] = recorded();
    let pem = peering.get("peer_ca_pems").items().first().and_then(Value::text).expect("a CA").to_owned();
    let labels = object((0..8).map(|i| (["a", "b", "c", "d", "e", "f", "g", "h"][i], "a label".into())));
    let full = Value::Object((0..64).map(|i| (format!("key-{i}"), "x".repeat(512).as_str().into())).collect());
    let asked = object([("peer_name", "us".into()), ("peering_token", token.clone()), ("meta", labels)]);
    let side = |name: &str, existing: &Value, domain: &str| {
        let identity = object([("datacenter", name.into()), ("trust_domain", domain.into())]);
        let domains = existing.get("peer_ca_pems").items().iter();
        let domains = domains.filter_map(|pem| certificate::read(pem.text()?)?.trust_domain).collect();
        let of =
            |peering| Side::from_peering(peering, domains, existing.get("remote").get("datacenter").non_empty_text());
        let side = Peering::from_package(existing).map(of).unwrap_or_default();
        Side { name: name.into(), identity: Identity::read(&identity), ..side }
    };
    let (acceptor, dialer) = (side("eu", &peering, "a.consul"), side("us", &Value::Null, "b.consul"));
    let plans = ["faults.json", "no-change.json"].map(|name| document(&format!("tests/terraform/real/{name}")));
    let [faulty, clean] = plans;
    let refusal = "rpc error: code = Unknown desc = failed to fetch the peering: cannot establish a peering to the \
                   same cluster: peering cannot have the same name as the local cluster";

    vec![
        rule("peer_name, valid", "a-valid-name-of-twen".to_owned(), |name| {
            black_box(peer_name::is_valid(name));
        }),
        rule("peer_name, invalid", Value::from("Not_a-Valid.name-"), |name| {
            black_box(peer_name::check(name));
        }),
        rule("meta, 64 pairs of 512 bytes", full, |value| {
            black_box(meta::check(value));
        }),
        rule("peering spec", asked, |value| {
            black_box(spec::peering(value, read_json, NOW));
        }),
        rule("peering token", token, |value| {
            black_box(peering_token::read(value, read_json, NOW));
        }),
        rule("certificate", pem, |pem| {
            black_box(certificate::read(pem));
        }),
        rule("Consul's peering", raw, |value| {
            black_box(Peering::from_consul(value));
        }),
        rule("Consul's refusal", refusal, |text| {
            black_box(response::refusal(500, text));
        }),
        rule("Consul's roots", roots, |value| {
            black_box(response::trust_domain(value));
        }),
        rule("health", peering, |value| {
            let given = HealthInput {
                previous: &Value::Null,
                other: Other::Unknown,
                other_cluster: Identity::default(),
                now: NOW,
            };
            black_box(health::health(value, &given));
        }),
        rule("plan", (acceptor, dialer), |(acceptor, dialer)| {
            let _ = black_box(plan::plan(acceptor, dialer));
        }),
        rule("terraform, a dozen faults", faulty, |value| {
            black_box(terraform::check(value, read_json, NOW));
        }),
        rule("terraform, none", clean, |value| {
            black_box(terraform::check(value, read_json, NOW));
        }),
    ]
}

fn rule<T: 'static>(name: &'static str, input: T, evaluate: fn(&T)) -> Rule {
    (name, Box::new(move || evaluate(black_box(&input))))
}

fn document(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    to_value(&serde_json::from_str::<Json>(&fs::read_to_string(path).expect("a file")).expect("JSON"))
}

/// A peering token; an acceptor that is ACTIVE, in Consul's form and in the package's; the CA roots.
fn recorded() -> [Value; 4] {
    let text = |exchange: &Value| exchange.get("response").get("body").non_empty_text();
    let bodies = |file: &str, path: &str| -> Vec<Value> {
        let recording = document(&format!("tests/recordings/1.22.3/{file}"));
        let asked = |exchange: &&Value| exchange.get("request").get("path").is_text(path);
        let exchanges = recording.get("exchanges").items().iter().filter(asked);
        exchanges.filter_map(text).filter_map(|text| read_json(&text)).collect()
    };
    let token = bodies("lifecycle.json", "/v1/peering/token").remove(0).get("PeeringToken").clone();
    let is_linked =
        |peering: &Value| peering.get("State").is_text("ACTIVE") && !peering.get("PeerCAPems").items().is_empty();
    let raw = bodies("lifecycle.json", "/v1/peering/eu").into_iter().find(is_linked).expect("an ACTIVE acceptor");
    let peering = object([
        ("id", raw.get("ID").clone()),
        ("peer_name", raw.get("Name").clone()),
        ("state", raw.get("State").clone()),
        ("role", "acceptor".into()),
        ("meta", raw.get("Meta").clone()),
        ("peer_ca_pems", raw.get("PeerCAPems").clone()),
        ("stream", object([("last_heartbeat", raw.get("StreamStatus").get("LastHeartbeat").clone())])),
    ]);
    let roots = bodies("queries.json", "/v1/connect/ca/roots").remove(0);
    [token, raw, peering, roots]
}
