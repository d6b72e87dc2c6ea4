//! The functions for JavaScript. Times are in milliseconds since the start of the world.

use wasm_bindgen::prelude::*;

use super::fault::fault_from_json;
use super::options::{options_from_json, services_from_json};
use super::time::{span, whole_ms};
use crate::http::{Outcome, Request, Response};
use crate::{Fault, World};

#[wasm_bindgen]
extern "C" {
    type TypeError;
    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> TypeError;

    /// Receives the outcome of each request. It has to copy the bytes, which are in the module's memory.
    pub type Receiver;
    #[wasm_bindgen(method)]
    fn answered(this: &Receiver, id: f64, status: u16, headers: &str, body: &[u8], cut: bool);
    #[wasm_bindgen(method)]
    fn dropped(this: &Receiver, id: f64);
    #[wasm_bindgen(method)]
    fn broken(this: &Receiver, cluster: &str);
}

/// The default Consul version.
#[wasm_bindgen]
pub fn newest() -> String {
    crate::NEWEST.into()
}

/// Clusters, and the faults for their requests.
#[wasm_bindgen]
pub struct Clusters {
    world: World,
    faults: Vec<Fault>,
}

#[wasm_bindgen]
impl Clusters {
    /// `options`: the options of `startSimulator` as JSON. `began`: in ms since 1970.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, began: f64) -> Result<Self, JsValue> {
        let options = options_from_json(options, span(began)).map_err(|message| type_error(&message))?;
        let mut world = World::new(&options).map_err(|invalid| type_error(&invalid.to_string()))?;
        world.count_whole_ms();
        Ok(Self { world, faults: Vec::new() })
    }

    pub fn names(&self) -> Vec<String> {
        self.world.names().map(str::to_owned).collect()
    }

    /// The management token, if the cluster has ACLs.
    pub fn token(&self, cluster: &str) -> Option<String> {
        self.world.management_token(cluster).map(str::to_owned)
    }

    #[wasm_bindgen(js_name = isUp)]
    pub fn is_up(&mut self, cluster: &str, now: f64) -> bool {
        self.world.is_up(cluster, span(now))
    }

    /// Sends a request to a cluster that is up, with the faults that match it. Returns its id, for `abort` and the receiver.
    #[allow(clippy::too_many_arguments)] // reading an object needs a call for each member
    pub fn submit(
        &mut self,
        cluster: &str,
        method: String,
        target: String,
        headers: &str,
        body: Vec<u8>,
        faults: &[u32],
        now: f64,
    ) -> Option<f64> {
        let headers = serde_json::from_str(headers).unwrap_or_default();
        let faults = faults.iter().filter_map(|index| self.faults.get(*index as usize)).cloned().collect();
        let request = Request { method, target, headers, body };
        self.world.submit(cluster, request, faults, span(now)).map(|id| id as f64)
    }

    /// Aborts a request.
    pub fn abort(&mut self, id: f64) {
        self.world.abort(id as u64);
    }

    /// Advances the time to `now`, or until a request ends.
    pub fn advance(&mut self, now: f64) {
        self.world.advance_to_outcome(span(now));
    }

    /// The time of the next event.
    pub fn next(&self) -> Option<f64> {
        self.world.next_timeout().map(whole_ms)
    }

    /// Reports the outcomes since the last call, and the servers that went down.
    pub fn deliver(&mut self, receiver: &Receiver) {
        for cluster in self.world.take_downed_clusters() {
            receiver.broken(&cluster);
        }
        for (id, outcome) in self.world.take_outcomes() {
            let id = id as f64;
            match outcome {
                Outcome::Answered(response) => answer(receiver, id, &response, false),
                Outcome::Cut(response) => answer(receiver, id, &response, true),
                Outcome::Dropped | Outcome::Refused => receiver.dropped(id),
            }
        }
    }

    /// Reads a fault from JSON. Returns its number, for `submit`.
    #[wasm_bindgen(js_name = addFault)]
    pub fn add_fault(&mut self, fault: &str) -> Result<u32, JsValue> {
        self.faults.push(fault_from_json(fault).map_err(|message| type_error(&message))?);
        Ok(self.faults.len() as u32 - 1)
    }

    pub fn restart(&mut self, cluster: &str, ms: f64, now: f64) {
        let _ = self.at(now).restart(cluster, span(ms)); // JavaScript has checked the name
    }

    #[wasm_bindgen(js_name = loseLeader)]
    pub fn lose_leader(&mut self, cluster: &str, ms: f64, now: f64) {
        let _ = self.at(now).lose_leader(cluster, span(ms));
    }

    /// Replaces the exported services. `services`: the peers by service, as JSON.
    #[wasm_bindgen(js_name = exportServices)]
    pub fn export_services(&mut self, cluster: &str, services: &str, now: f64) -> Result<(), JsValue> {
        let services = services_from_json(services).map_err(|message| type_error(&message))?;
        let _ = self.at(now).export_services(cluster, services);
        Ok(())
    }

    /// For tests of short-lived states: see `hold.rs`.
    pub fn hold(&mut self, now: f64) {
        self.at(now).hold();
    }

    pub fn release(&mut self, now: f64) {
        self.at(now).release();
    }

    fn at(&mut self, now: f64) -> &mut World {
        self.world.advance(span(now));
        &mut self.world
    }
}

fn answer(receiver: &Receiver, id: f64, response: &Response, cut: bool) {
    let headers = serde_json::to_string(&response.headers).unwrap_or_default();
    receiver.answered(id, response.status, &headers, response.body.as_bytes(), cut);
}

fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
}
