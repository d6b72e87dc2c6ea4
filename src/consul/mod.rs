//! Consul's HTTP API as values: requests, responses and their meaning. Pure: nothing here sends anything.

pub mod cluster;
pub mod code;
pub mod connection;
pub mod delivery;
pub mod exchange;
pub mod package_peering;
pub mod peering;
pub mod refusals;
pub mod request;
pub mod response;
pub mod service_request;
