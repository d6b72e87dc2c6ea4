//! The interface `policy`: the rules and decisions of the crate, with JSON and records around them.

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::Conflict;
use consul_peering::host::HostValue;
use consul_peering::host::data::Data;
use consul_peering::operations::pair::offline_plan;
use consul_peering::rules::finding::{self, wrong_type};
use consul_peering::rules::health::{HealthInput, Other};
use consul_peering::rules::identity;
use consul_peering::rules::time::Timestamp;
use consul_peering::rules::value::Value;
use consul_peering::rules::{health, peer_name, peering_token, spec, terraform};

use crate::Component;
use crate::bindings::exports::consul_peering::component::policy::{
    Finding, Guest, HealthResult, Identity, OtherSide, PlanRefusal, PlanResult, Snapshot, TerraformCount, TokenInfo,
};
use crate::record::{read_json, read_spec, to_record};

impl Guest for Component {
    fn validate_peer_name(name: String) -> Vec<Finding> {
        to_record(&peer_name::check(&Value::Text(name)))
    }

    fn validate_peering(spec: String, now: u64) -> Vec<Finding> {
        check("spec", &spec, |spec| spec::peering(spec, Data::read_json, at(now)).findings)
    }

    fn validate_token(spec: String) -> Vec<Finding> {
        check("spec", &spec, |spec| spec::token(spec).findings)
    }

    fn inspect_token(token: String, now: u64) -> Result<TokenInfo, Vec<Finding>> {
        let reading = peering_token::read(&Value::Text(token), Data::read_json, at(now));
        reading.token.map(|token| to_record(&token.info)).ok_or_else(|| to_record(&reading.findings))
    }

    fn check_terraform(document: String, now: u64) -> Vec<Finding> {
        check("document", &document, |document| terraform::check(document, Data::read_json, at(now)))
    }

    fn count_terraform(document: String) -> TerraformCount {
        to_record(&terraform::count(&Data::read_json(&document).unwrap_or(Value::Null)))
    }

    fn health(
        peering: String,
        previous: Option<String>,
        other: OtherSide,
        other_cluster: Identity,
        now: u64,
    ) -> Result<HealthResult, Vec<Finding>> {
        let peering = read_peering("peering", &peering)?;
        let previous = previous.map_or(Ok(Value::Null), |previous| read_peering("previous", &previous))?;
        let there;
        let other = match other {
            OtherSide::Unknown => Other::Unknown,
            OtherSide::Absent => Other::Absent,
            OtherSide::Exists(other) => {
                there = read_peering("other", &other)?;
                Other::Exists(&there)
            }
        };
        let other_cluster = other_cluster.into();
        Ok(to_record(&health::health(
            &peering,
            &HealthInput { previous: &previous, other, other_cluster, now: at(now) },
        )))
    }

    fn plan(acceptor: Snapshot, dialer: Snapshot) -> Result<PlanResult, PlanRefusal> {
        let mut findings = Vec::new();
        let sides = [(acceptor, "acceptor"), (dialer, "dialer")];
        let [Some(acceptor), Some(dialer)] = sides.map(|(side, field)| read_snapshot(side, field, &mut findings))
        else {
            return Err(to_record::<Vec<Finding>>(&findings).into());
        };
        offline_plan::plan(&acceptor, &dialer).map(|plan| to_record(&plan)).map_err(PlanRefusal::from)
    }
}

/// The findings on a JSON text.
fn check(field: &str, json: &str, findings: impl FnOnce(&Value) -> Vec<finding::Finding>) -> Vec<Finding> {
    read(field, json).map_or_else(|invalid| invalid, |value| to_record(&findings(&value)))
}

fn read_peering(field: &str, json: &str) -> Result<Value, Vec<Finding>> {
    let value = read(field, json)?;
    let given = Data::new(value);
    let peering = given.to_peering().unwrap_or(given).to_data();
    health::check_type(field, &peering).map_err(|finding| to_record::<Vec<Finding>>(&[finding]))?;
    Ok(peering)
}

/// Reads one side of a plan. What is wrong goes to `findings`, under `field`.
fn read_snapshot(
    side: Snapshot,
    field: &str,
    findings: &mut Vec<finding::Finding>,
) -> Option<offline_plan::ClusterSnapshot> {
    let below = |found: finding::Finding| finding::Finding { field: format!("{field}.{}", found.field), ..found };
    let checked = read_spec(&side.spec, spec::token);
    findings.extend(checked.findings.into_iter().map(below));
    let peerings = read_json("peerings", &side.peerings).map_err(|invalid| findings.push(below(invalid))).ok()?;
    let list = Data::new(peerings);
    let snapshot = offline_plan::ClusterSnapshot::read(checked.spec?, side.identity.into(), &list);
    if snapshot.is_none() {
        findings.push(wrong_type(&format!("{field}.peerings"), "the list of GET /v1/peerings", list.kind()));
    }
    snapshot
}

impl From<Identity> for identity::Identity {
    fn from(Identity { datacenter, trust_domain }: Identity) -> Self {
        Self { datacenter, trust_domain }
    }
}

impl From<Conflict> for PlanRefusal {
    fn from(Conflict { on, refusal, .. }: Conflict) -> Self {
        Self {
            on: Some(to_record(&on)),
            code: to_record(&refusal.code),
            message: refusal.message,
            hint: refusal.hint.to_owned(),
            findings: to_record(&refusal.findings),
        }
    }
}

/// An argument that is invalid.
impl From<Vec<Finding>> for PlanRefusal {
    fn from(findings: Vec<Finding>) -> Self {
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == "error").collect();
        let texts = |text: fn(&Finding) -> &str| errors.iter().copied().map(text).collect::<Vec<_>>().join(" ");
        Self {
            on: None,
            code: to_record(&Code::Invalid),
            message: texts(|finding| &finding.message),
            hint: texts(|finding| &finding.fix),
            findings,
        }
    }
}

fn read(field: &str, json: &str) -> Result<Value, Vec<Finding>> {
    read_json(field, json).map_err(|finding| to_record(&[finding]))
}

/// The world's timestamps are ms since 1970.
fn at(now: u64) -> Timestamp {
    Timestamp::at_ms(now as f64)
}
