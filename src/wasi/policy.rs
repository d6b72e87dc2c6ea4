//! The interface `policy`: the rules and decisions of the crate, with JSON and records around them.

use consul_peering::consul::code::Code;
use consul_peering::decide::plan::Conflict;
use consul_peering::host::HostValue;
use consul_peering::host::data::Data;
use consul_peering::operations::pair::offline_plan;
use consul_peering::rules::finding::{self, wrong_type};
use consul_peering::rules::health::{HealthInput, Other};
use consul_peering::rules::identity;
use consul_peering::rules::value::Value;
use consul_peering::rules::{health, peer_name, peering_token, spec, terraform};

use crate::Component;
use crate::bindings::exports::consul_peering::component::policy::{
    Finding, Guest, HealthResult, Identity, OtherSide, PlanRefusal, PlanResult, Snapshot, TerraformCount, TokenInfo,
};
use crate::record::{read_json, to_record};

impl Guest for Component {
    fn validate_peer_name(name: String) -> Vec<Finding> {
        to_record(&peer_name::check(&Value::Text(name)))
    }

    fn validate_peering(spec: String, now: u64) -> Vec<Finding> {
        check("spec", &spec, |spec| spec::peering(spec, Data::read_json, now as f64).findings)
    }

    fn validate_token(spec: String) -> Vec<Finding> {
        check("spec", &spec, |spec| spec::token(spec).findings)
    }

    fn inspect_token(token: String, now: u64) -> Result<TokenInfo, Vec<Finding>> {
        let reading = peering_token::read(&Value::Text(token), Data::read_json, now as f64);
        reading.token.map(|token| to_record(&token.info)).ok_or_else(|| to_record(&reading.findings))
    }

    fn check_terraform(document: String, now: u64) -> Vec<Finding> {
        check("document", &document, |document| terraform::check(document, Data::read_json, now as f64))
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
            &HealthInput { previous: &previous, other, other_cluster, now: now as f64 },
        )))
    }

    fn plan(acceptor: Snapshot, dialer: Snapshot) -> Result<PlanResult, PlanRefusal> {
        let (acceptor, dialer) = (read_snapshot("acceptor", acceptor)?, read_snapshot("dialer", dialer)?);
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

fn read_snapshot(field: &str, given: Snapshot) -> Result<offline_plan::ClusterSnapshot, PlanRefusal> {
    let checked = spec::token(&read(&format!("{field}.spec"), &given.spec)?);
    let Some(spec) = checked.spec else { return Err(to_record::<Vec<Finding>>(&checked.findings).into()) };
    let list = Data::new(read(&format!("{field}.peerings"), &given.peerings)?);
    let snapshot = offline_plan::ClusterSnapshot::read(spec, given.identity.into(), &list);
    snapshot.ok_or_else(|| {
        let finding = wrong_type(&format!("{field}.peerings"), "the list of GET /v1/peerings", list.kind());
        to_record::<Vec<Finding>>(&[finding]).into()
    })
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
        let texts = |text: fn(&Finding) -> &str| findings.iter().map(text).collect::<Vec<_>>().join(" ");
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
