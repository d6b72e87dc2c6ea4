//! Simulated Consul clusters (`src/simulator`): they respond to every recorded request like real ones, and behave as
//! observed on real servers.
#![cfg(not(target_arch = "wasm32"))]

#[path = "simulator/any_request.rs"]
mod any_request;
#[path = "simulator/client.rs"]
mod client;
#[path = "simulator/comparable.rs"]
mod comparable;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/instant.rs"]
mod instant;
#[path = "simulator/leaders.rs"]
mod leaders;
#[path = "simulator/mesh.rs"]
mod mesh;
#[path = "simulator/operations.rs"]
mod operations;
#[path = "simulator/pair_faults.rs"]
mod pair_faults;
#[path = "simulator/pairs.rs"]
mod pairs;
#[path = "simulator/poll.rs"]
mod poll;
#[path = "simulator/races.rs"]
mod races;
#[path = "simulator/recorded_clusters.rs"]
mod recorded_clusters;
#[path = "simulator/recorded_tokens.rs"]
mod recorded_tokens;
#[path = "simulator/refused.rs"]
mod refused;
#[path = "simulator/replay.rs"]
mod replay;
#[path = "simulator/requests.rs"]
mod requests;
#[path = "simulator/servers.rs"]
mod servers;
#[path = "simulator/troubleshoot.rs"]
mod troubleshoot;
#[path = "simulator/versions.rs"]
mod versions;
#[path = "simulator/watching.rs"]
mod watching;
