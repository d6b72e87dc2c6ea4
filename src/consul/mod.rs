//! Consul's HTTP API as values: what is asked, what is answered, and what it means. Pure: nothing here sends anything.

pub mod answer;
pub mod cluster;
pub mod code;
pub mod connection;
pub mod delivery;
pub mod exchange;
pub mod peering;
pub mod refusals;
pub mod request;
pub mod service_request;
