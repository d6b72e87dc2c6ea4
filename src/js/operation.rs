//! What a call is to do. One type for all, so that what every call needs around it is compiled once.

use wasm_bindgen::JsValue;

use super::call::{Call, Options};
use super::error::Stop;
use super::wait::Until;
use super::{establish, generate, permissions, read, remove, survey, wait};
use crate::rules::spec::{PeeringSpec, TokenSpec};

pub enum Operation {
    Establish(PeeringSpec),
    Generate(TokenSpec),
    Read(String),
    Remove(String),
    List,
    Permissions,
    Identify,
    Wait(String, Until),
    /// Whether it is known already who the cluster is.
    Survey(bool),
    /// Of one peering or of all; the index seen last, and how many ms to wait for another.
    Peek(Option<String>, u64, u32),
    /// What was asked for had faults: the call ends before it comes to this.
    None,
}

impl Operation {
    pub async fn perform(self, call: &Call, options: &Options) -> Result<JsValue, Stop> {
        match self {
            Operation::Establish(spec) => {
                call.keep_secret(spec.peering_token.text.clone());
                call.keep_secret(spec.peering_token.secret.clone());
                establish::establish(call, &spec, options).await
            }
            Operation::Generate(spec) => generate::generate(call, &spec, options).await,
            Operation::Read(name) => read::read(call, &name).await,
            Operation::Remove(name) => remove::remove(call, &name, options).await,
            Operation::List => read::list(call).await,
            Operation::Permissions => permissions::permissions(call).await,
            Operation::Identify => survey::identity(call).await,
            Operation::Wait(name, until) => wait::wait(call, &name, until).await,
            Operation::Survey(known) => survey::survey(call, known).await,
            Operation::Peek(name, index, ms) => read::peek(call, name.as_deref(), index, ms).await,
            Operation::None => Ok(JsValue::UNDEFINED),
        }
    }
}
