//! Consul's peering object: the fields that decisions need.
//!
//! The caller's complete object is built in `src/js/peering.js`. Here are the rules for reading one: its role, its
//! state, and times that mean "never".

use core::fmt;

use crate::codes::codes;

use crate::rules::meta::{self, Meta};
use crate::rules::time::Time;
use crate::rules::value::Value;

/// A peering's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Establishing,
    Active,
    Failing,
    Terminated,
    Deleting,
    /// A state unknown to this version, as Consul wrote it.
    Other(String),
}

impl State {
    pub fn parse(text: &str) -> Self {
        match text {
            "PENDING" => State::Pending,
            "ESTABLISHING" => State::Establishing,
            "ACTIVE" => State::Active,
            "FAILING" => State::Failing,
            "TERMINATED" => State::Terminated,
            "DELETING" => State::Deleting,
            other => State::Other(other.to_owned()),
        }
    }
}

/// As Consul writes it.
impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            State::Pending => "PENDING",
            State::Establishing => "ESTABLISHING",
            State::Active => "ACTIVE",
            State::Failing => "FAILING",
            State::Terminated => "TERMINATED",
            State::Deleting => "DELETING",
            State::Other(text) => text,
        })
    }
}

codes! {
    /// The side: a dialer established with a token, an acceptor generated one.
    Role {
        Dialer = "dialer",
        Acceptor = "acceptor",
    }
}

impl Role {
    pub fn other(self) -> Self {
        match self {
            Role::Dialer => Role::Acceptor,
            Role::Acceptor => Role::Dialer,
        }
    }

    pub fn with_article(self) -> &'static str {
        match self {
            Role::Dialer => "a dialer",
            Role::Acceptor => "an acceptor",
        }
    }
}

/// The fields that decisions depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peering {
    pub id: String,
    pub name: String,
    pub state: State,
    pub role: Role,
    pub meta: Meta,
    /// A dialer's: the ID of its acceptor.
    pub peer_id: Option<String>,
    /// A dialer's: `server.<dc>.peering.<trust domain>` of the other cluster.
    pub server_name: Option<String>,
    pub create_index: u64,
    pub modify_index: u64,
}

impl Peering {
    /// The members that [`read`](Self::read) uses.
    pub const KEYS: [&str; 10] = [
        "ID",
        "Name",
        "State",
        "DeletedAt",
        "Meta",
        "PeerID",
        "PeerServerName",
        "PeerServerAddresses",
        "CreateIndex",
        "ModifyIndex",
    ];

    /// Whether it is still the same record. An establish during a deletion recreates it under the same id.
    pub fn is_record(&self, other: &Self) -> bool {
        self.id == other.id && self.create_index == other.create_index
    }

    /// Reads Consul's object; None if it is not a peering.
    pub fn from_consul(object: &Value) -> Option<Self> {
        let peer_id = object.get("PeerID").non_empty_text();
        // A record that is being deleted loses its PeerID, but a dialer's keeps its addresses.
        let dials = peer_id.is_some() || !object.get("PeerServerAddresses").texts().is_empty();
        let state = object.get("State").text()?;
        Some(Self {
            id: object.get("ID").non_empty_text()?,
            name: object.get("Name").non_empty_text()?,
            // ACTIVE and FAILING are computed over the stored state, even over DELETING: DeletedAt decides.
            state: if is_time(object.get("DeletedAt")) { State::Deleting } else { State::parse(state) },
            role: if dials { Role::Dialer } else { Role::Acceptor },
            meta: meta::pairs(object.get("Meta")),
            peer_id,
            server_name: object.get("PeerServerName").non_empty_text(),
            create_index: object.get("CreateIndex").index(),
            modify_index: object.get("ModifyIndex").index(),
        })
    }

    /// Whether this dialer is linked with `acceptor`. A PENDING one is not: another dialer may have used its token.
    pub fn has_dialed(&self, acceptor: &Self) -> bool {
        self.role == Role::Dialer
            && acceptor.role == Role::Acceptor
            && self.state != State::Pending
            && self.peer_id.as_deref() == Some(&*acceptor.id)
    }

    /// Reads a peering in the package's own form.
    pub fn from_package(object: &Value) -> Option<Self> {
        Some(Self {
            id: object.get("id").non_empty_text()?,
            name: object.get("peer_name").non_empty_text()?,
            state: State::parse(object.get("state").text()?),
            role: if object.get("role").text()? == "dialer" { Role::Dialer } else { Role::Acceptor },
            meta: meta::pairs(object.get("meta")),
            peer_id: object.get("peer_id").non_empty_text(),
            server_name: object.get("peer_server_name").non_empty_text(),
            create_index: object.get("create_index").index(),
            modify_index: object.get("modify_index").index(),
        })
    }
}

/// Whether this is a time. "Never" is null, the year 1 or, in Consul 1.14, the epoch; a text that is not RFC 3339
/// counts as never.
fn is_time(value: &Value) -> bool {
    value.text().and_then(Time::from_rfc3339).is_some_and(|time| !time.is_never())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    fn read(json: &str) -> Option<Peering> {
        Peering::from_consul(&read_json(json).unwrap())
    }

    fn with(extra: &str) -> Peering {
        read(&format!(r#"{{"ID":"1","Name":"us","State":"ACTIVE"{extra}}}"#)).unwrap()
    }

    #[test]
    fn roles() {
        assert_eq!(with("").role, Role::Acceptor);
        assert_eq!(with(r#","PeerID":"p""#).role, Role::Dialer);
        assert_eq!(with(r#","PeerServerAddresses":["a:1"]"#).role, Role::Dialer, "being deleted");
        assert_eq!(with(r#","PeerServerAddresses":[]"#).role, Role::Acceptor);
        assert_eq!((Role::Dialer.with_article(), Role::Acceptor.with_article()), ("a dialer", "an acceptor"));
    }

    #[test]
    fn deleted_at_decides_unless_it_is_never() {
        assert_eq!(with(r#","DeletedAt":"2026-11-24T05:58:13.7Z""#).state, State::Deleting);
        let written = [r#""""#, r#""0001-01-01T00:00:00Z""#, r#""1970-01-01T00:00:00Z""#, r#""tomorrow""#];
        for never in ["null", "7", "true", "{}", r#"["2026-11-24T05:58:13Z"]"#].iter().chain(&written) {
            assert_eq!(with(&format!(r#","DeletedAt":{never}"#)).state, State::Active, "{never}");
        }
    }

    #[test]
    fn states_keep_their_names() {
        for name in ["PENDING", "ESTABLISHING", "ACTIVE", "FAILING", "TERMINATED", "DELETING", "UNDEFINED", "NEW"] {
            let peering = read(&format!(r#"{{"ID":"1","Name":"us","State":"{name}"}}"#)).unwrap();
            assert_eq!(peering.state.to_string(), name);
            assert_eq!(matches!(peering.state, State::Other(_)), ["UNDEFINED", "NEW"].contains(&name));
        }
    }

    #[test]
    fn rejects_other_objects() {
        for json in ["{}", "[]", r#"{"ID":"1","Name":"us"}"#, r#"{"ID":"","Name":"us","State":"ACTIVE"}"#, "null"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
