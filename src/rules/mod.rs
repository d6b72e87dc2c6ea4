//! Rules about a caller's input: one rule, one file. Pure: no network, no JavaScript, no clock.
//!
//! A rule takes a [`Value`](value::Value) and returns every [`Finding`](finding::Finding), not only the first.

pub mod address;
pub mod base64;
pub mod certificate;
pub mod cluster_address;
pub mod duration;
pub mod environment;
pub mod external_addresses;
pub mod finding;
pub mod form;
pub mod header;
pub mod health;
pub mod host;
pub mod identity;
pub mod meta;
pub mod peer_name;
pub mod peering_token;
pub mod printable;
pub mod reach;
pub mod rebuilt;
pub mod redaction;
pub mod secret;
pub mod spec;
pub mod terraform;
pub mod text;
pub mod time;
pub mod token_info;
mod token_members;
pub mod value;
