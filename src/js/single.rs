//! The functions that work on one cluster, as `src/js/api.js` calls them. Each takes a snapshot of its input and
//! returns a promise.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

use super::arguments::{Arguments, ValidatedArguments};
use super::call::{CallInput, start};
use super::host::{JsHost, now};
use super::value::{member, read_json, snapshot, to_js};
use crate::consul::peering::State;
use crate::operations::call::Outcome;
use crate::operations::client::Client;
use crate::operations::error::Error;
use crate::operations::wait::Until;
use crate::operations::{establish, generate, identify, permissions, read, remove, wait};
use crate::rules::finding::Finding;
use crate::rules::peer_name::PeerName;
use crate::rules::spec::{self, PeeringSpec, TokenSpec};

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    /// The result of a caller's function; a second item is what it threw.
    #[wasm_bindgen(js_name = callFunction)]
    fn call(function: &Function, argument: &JsValue) -> Array;
}

/// The operations on one cluster. One type for all, so that the code around them is compiled once.
enum Task {
    Establish(PeeringSpec, establish::EstablishOptions),
    Generate(TokenSpec, bool),
    Read(PeerName),
    Remove(PeerName, bool),
    List,
    Permissions,
    Identify,
    Wait(PeerName, Until<JsValue>),
}

impl Task {
    async fn perform(self, client: &Client<JsHost>) -> Outcome<JsHost, JsValue> {
        Ok(match self {
            Task::Establish(spec, options) => establish::establish(client, &spec, options).await?,
            Task::Generate(spec, replace) => generate::generate(client, &spec, replace).await?.token.expose().into(),
            Task::Read(name) => read::read(client, &name).await?.unwrap_or(JsValue::NULL),
            Task::Remove(name, wait) => remove::remove(client, &name, wait).await?.unwrap_or(JsValue::NULL),
            Task::List => read::list(client).await?,
            Task::Permissions => to_js(&permissions::permissions(client).await?),
            Task::Identify => to_js(&identify::identify(client).await?),
            Task::Wait(name, until) => wait::wait(client, &name, until).await?.unwrap_or(JsValue::NULL),
        })
    }
}

impl Arguments {
    /// Starts the task; it is missing if a finding is an error.
    fn start(self, operation: &'static str, peer_name: Option<PeerName>, task: Option<Task>) -> Promise {
        let ValidatedArguments { cluster, host, location, options, findings } = self.finish(peer_name.clone());
        let secrets = cluster.secrets();
        start(CallInput { operation, location, secrets, options, findings }, async move |call| {
            let client = Client::new(&call, host, cluster, peer_name, call.timeout);
            match task {
                Some(task) => client.within(task.perform(&client)).await,
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }
}

#[wasm_bindgen(js_name = establish)]
pub fn establish(cluster: &JsValue, value: &JsValue, options: &JsValue) -> Promise {
    let value = snapshot(value);
    let mut given = Arguments::read(cluster, options);
    let spec = given.take(spec::peering(&value, read_json, now()), |spec| &mut spec.options);
    let options = establish::EstablishOptions {
        wait: given.options.flag("wait", true, &mut given.findings),
        replace: given.options.flag("replace", false, &mut given.findings),
    };
    let name = given.name_of(&value);
    given.start("establish", name, spec.map(|spec| Task::Establish(spec, options)))
}

#[wasm_bindgen(js_name = generateToken)]
pub fn generate_token(cluster: &JsValue, value: &JsValue, options: &JsValue) -> Promise {
    let value = snapshot(value);
    let mut given = Arguments::read(cluster, options);
    let spec = given.take(spec::token(&value), |spec| &mut spec.options);
    let replace = given.options.flag("replace", false, &mut given.findings);
    let name = given.name_of(&value);
    given.start("generateToken", name, spec.map(|spec| Task::Generate(spec, replace)))
}

#[wasm_bindgen(js_name = read)]
pub fn read(cluster: &JsValue, reference: &JsValue, options: &JsValue) -> Promise {
    let mut given = Arguments::read(cluster, options);
    let name = given.take_reference(reference);
    given.start("read", name.clone(), name.map(Task::Read))
}

#[wasm_bindgen(js_name = remove)]
pub fn remove(cluster: &JsValue, reference: &JsValue, options: &JsValue) -> Promise {
    let mut given = Arguments::read(cluster, options);
    let name = given.take_reference(reference);
    let wait = given.options.flag("wait", true, &mut given.findings);
    given.start("delete", name.clone(), name.map(|name| Task::Remove(name, wait)))
}

#[wasm_bindgen(js_name = wait)]
pub fn wait(cluster: &JsValue, reference: &JsValue, until: &JsValue, options: &JsValue) -> Promise {
    let mut given = Arguments::read(cluster, options);
    let name = given.take_reference(reference);
    let task = match (read_until(until), name.clone()) {
        (Ok(until), Some(name)) => Some(Task::Wait(name, until)),
        (until, _) => {
            given.findings.extend(until.err());
            None
        }
    };
    given.start("wait", name, task)
}

#[wasm_bindgen(js_name = list)]
pub fn list(cluster: &JsValue, options: &JsValue) -> Promise {
    Arguments::read(cluster, options).start("list", None, Some(Task::List))
}

#[wasm_bindgen(js_name = permissions)]
pub fn permissions(cluster: &JsValue, options: &JsValue) -> Promise {
    Arguments::read(cluster, options).start("permissions", None, Some(Task::Permissions))
}

#[wasm_bindgen(js_name = identify)]
pub fn identify(cluster: &JsValue, options: &JsValue) -> Promise {
    Arguments::read(cluster, options).start("identify", None, Some(Task::Identify))
}

/// What `wait` waits for.
fn read_until(given: &JsValue) -> Result<Until<JsValue>, Finding> {
    if let Some(function) = given.dyn_ref::<Function>().cloned() {
        return Ok(Until::Custom(Box::new(move |peering| is_met(&function, &peering))));
    }
    match given.as_string().as_deref() {
        Some("ACTIVE") => Ok(Until::State(State::Active)),
        Some("TERMINATED") => Ok(Until::State(State::Terminated)),
        Some("GONE") => Ok(Until::Gone),
        _ => Err(Finding::error(
            "until",
            "one_of",
            "until must be \"ACTIVE\", \"TERMINATED\", \"GONE\" or a function",
            "Pass one of the three words, or a function that takes the peering (or null) and returns whether to stop.",
        )),
    }
}

/// The result of the caller's function for a peering.
fn is_met(function: &Function, peering: &JsValue) -> Result<bool, Error<JsValue>> {
    let returned = call(function, peering);
    if returned.length() > 1 {
        return Err(Error::thrown(returned.get(1)));
    }
    let value = returned.get(0);
    if member(&value, "then").is_function() {
        return Err(Error::invalid(vec![Finding::error(
            "until",
            "type",
            "until returned a promise, which would always count as true",
            "Pass a function that is not async.",
        )]));
    }
    Ok(value.is_truthy())
}
