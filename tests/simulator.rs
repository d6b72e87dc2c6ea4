//! Simulated Consul clusters (`src/simulator`): they respond to every recorded request like real ones, and behave as
//! observed on real servers.
#![cfg(not(target_arch = "wasm32"))]

#[path = "simulator/any_request.rs"]
mod any_request;
#[path = "simulator/calls.rs"]
mod calls;
#[path = "simulator/client.rs"]
mod client;
#[path = "simulator/clock_steps.rs"]
mod clock_steps;
#[path = "simulator/comparable.rs"]
mod comparable;
#[path = "simulator/crashes.rs"]
mod crashes;
#[path = "simulator/deletion.rs"]
mod deletion;
#[path = "simulator/disconnects.rs"]
mod disconnects;
#[path = "simulator/establish_checks.rs"]
mod establish_checks;
#[path = "simulator/establish_outcomes.rs"]
mod establish_outcomes;
#[path = "simulator/establish_refused.rs"]
mod establish_refused;
#[path = "simulator/establish_renewals.rs"]
mod establish_renewals;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/former_secret.rs"]
mod former_secret;
#[path = "simulator/identity.rs"]
mod identity;
#[path = "simulator/instant.rs"]
mod instant;
#[path = "simulator/mesh.rs"]
mod mesh;
#[path = "simulator/mesh_limits.rs"]
mod mesh_limits;
#[path = "simulator/mesh_results.rs"]
mod mesh_results;
#[path = "simulator/network.rs"]
mod network;
#[path = "simulator/operations.rs"]
mod operations;
#[path = "simulator/opposite_connects.rs"]
mod opposite_connects;
#[path = "simulator/pair_changes.rs"]
mod pair_changes;
#[path = "simulator/pair_faults.rs"]
mod pair_faults;
#[path = "simulator/pair_leftovers.rs"]
mod pair_leftovers;
#[path = "simulator/pair_setup.rs"]
mod pair_setup;
#[path = "simulator/pair_states.rs"]
mod pair_states;
#[path = "simulator/pair_states_table.rs"]
mod pair_states_table;
#[path = "simulator/pairs.rs"]
mod pairs;
#[path = "simulator/poll.rs"]
mod poll;
#[path = "simulator/races.rs"]
mod races;
#[path = "simulator/recorded_clusters.rs"]
mod recorded_clusters;
#[path = "simulator/recorded_response.rs"]
mod recorded_response;
#[path = "simulator/recorded_tokens.rs"]
mod recorded_tokens;
#[path = "simulator/replay.rs"]
mod replay;
#[path = "simulator/reports.rs"]
mod reports;
#[path = "simulator/requests.rs"]
mod requests;
#[path = "simulator/restarts.rs"]
mod restarts;
#[path = "simulator/retries.rs"]
mod retries;
#[path = "simulator/rights.rs"]
mod rights;
#[path = "simulator/servers.rs"]
mod servers;
#[path = "simulator/stub.rs"]
mod stub;
#[path = "simulator/stub_host.rs"]
mod stub_host;
#[path = "simulator/token_generation.rs"]
mod token_generation;
#[path = "simulator/troubleshoot.rs"]
mod troubleshoot;
#[path = "simulator/troubleshoot_reads.rs"]
mod troubleshoot_reads;
#[path = "simulator/troubleshoot_setup.rs"]
mod troubleshoot_setup;
#[path = "simulator/versions.rs"]
mod versions;
#[path = "simulator/waiting.rs"]
mod waiting;
#[path = "simulator/watch_failures.rs"]
mod watch_failures;
#[path = "simulator/watching.rs"]
mod watching;
