//! The functions that work on several clusters, as `src/js/api.js` calls them.

use std::rc::Rc;

use js_sys::{Promise, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::call::{CallInput, start, to_error};
use super::cluster::ClusterInput;
use super::host::JsHost;
use super::options::{Options, is_absent};
use super::value::{is_object, keys, member, snapshot_except, to_js};
use crate::consul::cluster::ClusterAddress;
use crate::decide::export_hint::Next;
use crate::decide::plan::Plan;
use crate::operations::call::{Call, Outcome};
use crate::operations::error::Location;
use crate::operations::mesh::{self, PairResult, Status};
use crate::operations::pair::connect::{self, DisconnectOptions, Disconnected};
use crate::operations::pair::link::Linked;
use crate::operations::pair::{Member, Pair};
use crate::rules::finding::{Finding, excerpt};
use crate::rules::peer_name::{self, PeerName};
use crate::rules::spec;
use crate::rules::value::Value;

const CONCURRENCY: f64 = 16.0;

/// Reads one side of a pair. Its errors are added to those of the call, under `field`, and its secrets.
pub(super) fn read_side(given: &JsValue, field: &str, call: &mut CallInput) -> Option<Member<JsHost>> {
    let cluster = member(given, "cluster");
    if !given.is_object() || is_absent(&cluster) {
        let message = format!("{field} must be an object with a cluster and a peer_name");
        call.findings.push(Finding::error(field, "type", &message, "Use { cluster, peer_name }."));
        return None;
    }
    read_member(&cluster, &snapshot_except(given, "cluster"), field, call)
}

fn read_member(cluster: &JsValue, spec: &Value, field: &str, call: &mut CallInput) -> Option<Member<JsHost>> {
    let checked = spec::side(spec);
    let mut found = checked.findings;
    let mut input = ClusterInput::read(cluster, &mut found);
    let spec = checked.spec.map(|spec| {
        input = std::mem::take(&mut input).at(spec.options);
        (spec.peer_name, spec.meta, spec.server_external_addresses)
    });
    input.take_environment_token(&mut found);
    // While the cluster is known: one of a side with an error is not read any further.
    call.secrets.extend(input.cluster.secrets());
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Finding::is_error);
    let below = |error: Finding| Finding { field: format!("{field}.{}", error.field), ..error };
    call.findings.extend(errors.into_iter().map(below));
    let (peer_name, meta, external_addresses) = spec?;
    let ClusterInput { cluster, host, .. } = input;
    // The alias is known once both sides are read.
    let mut member = Member::new(host, cluster, peer_name.clone(), peer_name);
    member.meta = meta;
    member.external_addresses = external_addresses;
    member.warnings = warnings;
    Some(member)
}

/// Both sides of a pair; each cluster is named by the other's peer name.
fn read_pair(sides: [(&JsValue, &str); 2], call: &mut CallInput) -> Option<[Member<JsHost>; 2]> {
    let [a, b] = sides.map(|(given, field)| read_side(given, field, call));
    let (mut a, mut b) = (a?, b?);
    a.alias.clone_from(&b.peer_name);
    b.alias.clone_from(&a.peer_name);
    Some([a, b])
}

/// The operations on a pair. One type for all, so that the code around them is compiled once.
enum Task {
    Plan { rotation: bool },
    Connect,
    Rotate,
    Disconnect(DisconnectOptions),
}

impl Task {
    async fn perform(self, call: &Rc<Call<JsHost>>, pair: &mut Pair<JsHost>) -> Outcome<JsHost, JsValue> {
        Ok(match self {
            Task::Plan { rotation } => to_js(&connect::plan(call, pair, rotation).await?),
            Task::Connect => linked(connect::connect(call, pair).await?),
            Task::Rotate => linked(connect::rotate(call, pair).await?),
            Task::Disconnect(options) => disconnected(connect::disconnect(call, pair, options).await?),
        })
    }
}

fn on_pair(
    operation: &'static str,
    sides: [(&JsValue, &str); 2],
    options: &JsValue,
    task: impl FnOnce(&Options, &mut Vec<Finding>) -> Task,
) -> Promise {
    let mut input = input(operation, options);
    let task = task(&input.options, &mut input.findings);
    let members = read_pair(sides, &mut input);
    start(input, async move |call| {
        let Some(members) = members else { return Ok(JsValue::UNDEFINED) };
        members.iter().for_each(|member| member.warn(&call));
        let mut pair = Pair::new(&call, members);
        let outcome = task.perform(&call, &mut pair).await;
        outcome.map_err(|error| pair.complete(error))
    })
}

/// The input of a call before its clusters are read.
pub(super) fn input(operation: &'static str, options: &JsValue) -> CallInput {
    let mut findings = Vec::new();
    let options = Options::read(options, &mut findings);
    let location = Location { cluster: ClusterAddress::default(), peer_name: None, of_pair: false };
    CallInput { operation, location, secrets: Vec::new(), options, findings }
}

#[wasm_bindgen(js_name = plan)]
pub fn plan(acceptor: &JsValue, dialer: &JsValue, options: &JsValue) -> Promise {
    on_pair("plan", [(acceptor, "acceptor"), (dialer, "dialer")], options, |_, _| Task::Plan { rotation: false })
}

#[wasm_bindgen(js_name = connect)]
pub fn connect(acceptor: &JsValue, dialer: &JsValue, options: &JsValue) -> Promise {
    on_pair("connect", [(acceptor, "acceptor"), (dialer, "dialer")], options, |_, _| Task::Connect)
}

#[wasm_bindgen(js_name = rotate)]
pub fn rotate(acceptor: &JsValue, dialer: &JsValue, options: &JsValue) -> Promise {
    on_pair("rotate", [(acceptor, "acceptor"), (dialer, "dialer")], options, |options, findings| {
        if options.flag("dryRun", false, findings) { Task::Plan { rotation: true } } else { Task::Rotate }
    })
}

#[wasm_bindgen(js_name = disconnect)]
pub fn disconnect(a: &JsValue, b: &JsValue, options: &JsValue) -> Promise {
    on_pair("disconnect", [(a, "a"), (b, "b")], options, |options, findings| {
        Task::Disconnect(DisconnectOptions {
            force: options.flag("force", false, findings),
            dry_run: options.flag("dryRun", false, findings),
        })
    })
}

#[wasm_bindgen(js_name = mesh)]
pub fn mesh(clusters: &JsValue, options: &JsValue) -> Promise {
    let mut input = input("mesh", options);
    let CallInput { options, findings, .. } = &mut input;
    let is_whole = |number: f64| number > 0.0 && number.is_finite() && number == number.trunc();
    let concurrency = options.number("concurrency", CONCURRENCY, is_whole, "a whole number above 0", findings) as u32;
    let dry_run = options.flag("dryRun", false, findings);
    let members = read_members(clusters, &mut input);
    start(input, async move |call| {
        let pairs = mesh::mesh(&call, members, concurrency, dry_run).await?;
        let pairs: Vec<_> = pairs.into_iter().map(MeshPair::from).collect();
        Ok(to_js(&MeshResult { ok: pairs.iter().all(|pair| pair.status != Status::Failed), pairs: &pairs }))
    })
}

/// The clusters by alias, which are also their peer names.
fn read_members(clusters: &JsValue, call: &mut CallInput) -> Vec<Member<JsHost>> {
    let aliases = if is_object(clusters) { keys(clusters) } else { None };
    let aliases = aliases.map(|aliases| aliases.to_vec()).unwrap_or_default();
    if aliases.len() < 2 {
        let message = "clusters must be an object with two clusters or more";
        call.findings.push(Finding::error("clusters", "type", message, "Use { alias: cluster, … }."));
        return Vec::new();
    }
    let aliases = aliases.iter().filter_map(JsValue::as_string);
    aliases.filter_map(|alias| read_alias(&alias, &member(clusters, &alias), call)).collect()
}

fn read_alias(alias: &str, given: &JsValue, call: &mut CallInput) -> Option<Member<JsHost>> {
    let field = format!("clusters.{}", excerpt(alias, 80));
    let named = peer_name::check(&Value::from(alias));
    call.findings.extend(named.into_iter().map(|finding| Finding { field: field.clone(), ..finding }));
    let has_cluster = given.is_object() && Reflect::has(given, &"cluster".into()) == Ok(true);
    let cluster = if has_cluster { member(given, "cluster") } else { given.clone() };
    if is_absent(&cluster) {
        let message = format!("{field} must be a cluster, or an object with one");
        call.findings.push(Finding::error(&field, "type", &message, "Use an address, or { cluster, … }."));
        return None;
    }
    let side = if has_cluster { snapshot_except(given, "cluster") } else { Value::Object(Vec::new()) };
    if *side.get("peer_name") != Value::Null {
        let message = "a cluster of a mesh is called by its alias";
        call.findings.push(Finding::error(&format!("{field}.peer_name"), "type", message, "Leave peer_name out."));
    }
    // Any valid name: each pair has its own.
    let mut members: Vec<_> = side.members().iter().filter(|(key, _)| key != "peer_name").cloned().collect();
    members.push(("peer_name".to_owned(), Value::from("mesh")));
    let mut member = read_member(&cluster, &Value::Object(members), &field, call)?;
    member.alias = PeerName::new(alias)?;
    Some(member)
}

#[derive(Serialize)]
struct LinkedPair {
    #[serde(with = "preserve")]
    acceptor: JsValue,
    #[serde(with = "preserve")]
    dialer: JsValue,
    changed: bool,
    reversed: bool,
    next: Option<Next>,
}

fn linked(Linked { acceptor, dialer, changed, reversed, next }: Linked<JsValue>) -> JsValue {
    to_js(&LinkedPair { acceptor, dialer, changed, reversed, next })
}

#[derive(Serialize)]
struct DisconnectedPair {
    #[serde(with = "preserve")]
    a: JsValue,
    #[serde(with = "preserve")]
    b: JsValue,
}

fn disconnected(Disconnected { a, b }: Disconnected<JsValue>) -> JsValue {
    to_js(&DisconnectedPair { a: a.unwrap_or(JsValue::NULL), b: b.unwrap_or(JsValue::NULL) })
}

#[derive(Serialize)]
struct MeshResult<'a> {
    ok: bool,
    pairs: &'a [MeshPair],
}

#[derive(Serialize)]
struct MeshPair {
    acceptor: PeerName,
    dialer: PeerName,
    status: Status,
    plan: Plan,
    #[serde(with = "preserve", skip_serializing_if = "JsValue::is_undefined")]
    error: JsValue,
}

impl From<PairResult<JsValue>> for MeshPair {
    fn from(PairResult { acceptor, dialer, status, plan, error }: PairResult<JsValue>) -> Self {
        let error = error.map_or(JsValue::UNDEFINED, |error| to_error("mesh", error));
        Self { acceptor, dialer, status, plan, error }
    }
}
