//! Waiting for a peering to become what it should be.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::clock;
use super::error::{Failure, Stop};
use super::read::{Seen, look};
use super::value::member;
use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};
use crate::decide::leftover::Leftover;
use crate::decide::wait::{Settling, Verdict, look_after};
use crate::rules::finding::Finding;

#[wasm_bindgen(module = "/src/js/value.js")]
extern "C" {
    /// What a caller's function answers; with a second item, what it throws.
    fn answer(ask: &Function, given: &JsValue) -> Array;
}

/// Looks at a peering again and again, until `done` says so. Tells of each state once.
async fn looks(
    call: &Call,
    name: &str,
    done: &mut dyn FnMut(Option<&Seen>) -> Result<bool, Stop>,
) -> Result<Option<Box<Seen>>, Stop> {
    let started = clock::now();
    let mut told = String::new();
    loop {
        let seen = look(call, name).await?;
        let state = name_of(seen.as_deref());
        if state != told {
            call.state(&state);
            told = state;
        }
        call.saw(seen.as_ref().map(|seen| seen.object.clone()));
        if done(seen.as_deref())? {
            return Ok(seen);
        }
        clock::sleep(look_after(clock::now() - started)).await;
    }
}

/// The state, as progress has it.
fn name_of(seen: Option<&Seen>) -> String {
    seen.map_or_else(|| "gone".to_owned(), |seen| seen.peering.state.to_string())
}

/// Waits until a peering that Consul has just accepted is ACTIVE for good.
pub async fn until_settled(call: &Call, name: &str, peer_id: &str) -> Result<JsValue, Stop> {
    let mut settling = Settling::new(peer_id);
    let seen = looks(call, name, &mut |seen| match settling.look(seen.map(|seen| &seen.peering), clock::now()) {
        Verdict::Wait => {
            if let Some(seen) = seen {
                call.leaves(Leftover::dialer(name, Some(&seen.peering.state)));
            }
            Ok(false)
        }
        Verdict::Active => Ok(true),
        Verdict::Lost(code, why) => {
            if code == Code::NotActive {
                call.leaves(Leftover::failed_dialer(name, seen.map(|seen| &seen.peering.state)));
            } else {
                leaves_to_another(call, name);
            }
            Err(lost(code, why, seen))
        }
        Verdict::Gone(why) => {
            call.leaves_nothing();
            Err(lost(Code::NotActive, why, seen))
        }
    })
    .await?;
    call.leaves_nothing();
    Ok(seen.map_or(JsValue::NULL, |seen| seen.object))
}

/// Another call has linked the name with another record.
pub fn leaves_to_another(call: &Call, name: &str) {
    // The acceptor may have been dialed under another name too, which this call does not read.
    call.leaves(Leftover::acceptor_without_dialer(name));
}

fn lost(code: Code, why: &str, seen: Option<&Seen>) -> Stop {
    let failure = Failure::new(code, &format!("Consul accepted the token, but {why}"));
    failure.with_peering(seen.map(|seen| seen.object.clone())).into()
}

/// Waits until this peering is gone: none under the name, or another one. No longer than `ms`; false where it still stands.
pub async fn until_gone(call: &Call, peering: &Peering, ms: f64) -> Result<bool, Stop> {
    let end = clock::now() + ms;
    let gone = |seen: Option<&Seen>| seen.is_none_or(|seen| !seen.peering.is_record(peering));
    let seen = looks(call, &peering.name, &mut |seen| Ok(gone(seen) || clock::now() >= end)).await?;
    Ok(gone(seen.as_deref()))
}

/// What a caller waits for.
pub enum Until {
    State(State),
    Gone,
    Told(Function),
}

impl Until {
    pub fn read(given: &JsValue) -> Result<Self, Finding> {
        if let Some(told) = given.dyn_ref::<Function>() {
            return Ok(Until::Told(told.clone()));
        }
        match given.as_string().as_deref() {
            Some("ACTIVE") => Ok(Until::State(State::Active)),
            Some("TERMINATED") => Ok(Until::State(State::Terminated)),
            Some("GONE") => Ok(Until::Gone),
            _ => Err(Finding::error(
                "until",
                "one_of",
                "until must be \"ACTIVE\", \"TERMINATED\", \"GONE\" or a function",
                "Give one of the three words, or a function that takes the peering (or null) and says whether to stop.",
            )),
        }
    }
}

/// `wait`: the peering once it is what was asked for, or null where none stands then.
pub async fn wait(call: &Call, name: &str, until: Until) -> Result<JsValue, Stop> {
    let seen = looks(call, name, &mut |seen| match &until {
        Until::State(state) => Ok(seen.is_some_and(|seen| seen.peering.state == *state)),
        Until::Gone => Ok(seen.is_none()),
        Until::Told(told) => {
            let object = seen.map_or(JsValue::NULL, |seen| seen.object.clone());
            let answered = answer(told, &object);
            if answered.length() > 1 {
                return Err(Stop::Thrown(answered.get(1)));
            }
            let answer = answered.get(0);
            if member(&answer, "then").is_function() {
                return Err(Failure::invalid(vec![Finding::error(
                    "until",
                    "type",
                    "until answered with a promise, which would count as true at once",
                    "Give a function that is not async.",
                )])
                .into());
            }
            Ok(answer.is_truthy())
        }
    })
    .await?;
    Ok(seen.map_or(JsValue::NULL, |seen| seen.object))
}
