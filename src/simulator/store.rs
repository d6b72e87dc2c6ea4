//! The replicated state of a cluster's servers: peerings, their secrets, and the index, which increases with each change.

use std::collections::{BTreeMap, BTreeSet};

use super::peering_token::Remote;
use super::response::{Refusal, refuse};
use super::validate::Meta;

/// The stored state of a peering. ACTIVE and FAILING result from its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Pending,
    Establishing,
    Terminated,
    Deleting,
}

/// A stored peering.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub id: String,
    pub name: String,
    pub state: State,
    pub deleted_at: Option<String>,
    pub meta: Meta,
    pub peer_id: String,
    pub authorities: Vec<String>,
    pub server_name: String,
    /// The external addresses of the acceptor, which take precedence over `addresses`.
    pub manual: Vec<String>,
    pub addresses: Vec<String>,
    pub remote: Remote,
    pub create_index: u64,
    pub modify_index: u64,
}

impl Record {
    pub fn addresses_to_dial(&self) -> &[String] {
        if self.manual.is_empty() { &self.addresses } else { &self.manual }
    }

    /// Whether this side dials the other one.
    pub fn is_dialer(&self) -> bool {
        !self.addresses_to_dial().is_empty()
    }

    /// Whether neither side has deleted it.
    pub fn is_active(&self) -> bool {
        self.state != State::Terminated && self.deleted_at.is_none()
    }
}

/// The secrets of a peering: of an unused peering token, and of the stream.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub establishment: Option<String>,
    pub pending: Option<String>,
    pub active: Option<String>,
}

#[derive(Debug)]
pub struct Store {
    /// By name in lower case.
    records: BTreeMap<String, Record>,
    /// The keys of the records, by id.
    keys: BTreeMap<String, String>,
    secrets: BTreeMap<String, Secrets>,
    /// The keys of the records that are marked for deletion.
    deleting: BTreeSet<String>,
    terminated: usize,
    index: u64,
    list_index: u64,
}

/// The index of a new agent.
const FIRST_INDEX: u64 = 17;

impl Store {
    pub fn new() -> Self {
        Self {
            records: BTreeMap::new(),
            keys: BTreeMap::new(),
            secrets: BTreeMap::new(),
            deleting: BTreeSet::new(),
            terminated: 0,
            index: FIRST_INDEX,
            list_index: 1,
        }
    }

    /// In the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The records that are marked for deletion.
    pub fn deleting(&self) -> impl Iterator<Item = &Record> {
        self.deleting.iter().filter_map(|key| self.records.get(key))
    }

    /// The number of TERMINATED records.
    pub fn terminated(&self) -> usize {
        self.terminated
    }

    /// For changes of other data than peerings.
    pub fn raise_index(&mut self) -> u64 {
        self.index += 1;
        self.index
    }

    /// The index of the last change to any peering.
    pub fn list_index(&self) -> u64 {
        self.list_index
    }

    pub fn find(&self, name: &str) -> Option<&Record> {
        self.records.get(&name.to_lowercase())
    }

    pub fn by_id(&self, id: &str) -> Option<&Record> {
        self.keys.get(id).and_then(|key| self.records.get(key))
    }

    pub fn secrets(&self, id: &str) -> Secrets {
        self.secrets.get(id).cloned().unwrap_or_default()
    }

    /// The secret of the stream.
    pub fn active_secret(&self, id: &str) -> Option<&str> {
        self.secrets.get(id)?.active.as_deref()
    }

    /// Writes a peering and its secrets if Consul's rules permit that. Without a state, keeps the existing one. Returns whether
    /// anything was written.
    pub fn write(&mut self, given: Record, state: Option<State>, secrets: Option<Secrets>) -> Result<bool, Refusal> {
        let existing = self.records.get(&given.name.to_lowercase());
        let state = state.or_else(|| existing.map(|existing| existing.state)).unwrap_or_default();
        let mut record = Record { state, ..given };
        if let Some(existing) = existing {
            let (from, to) = (existing.is_dialer(), record.is_dialer());
            if from != to {
                return Err(refuse(500, format!("Cannot switch peering dialing mode from {from} to {to}")));
            }
            if record.id != existing.id {
                let (name, id) = (&record.name, &existing.id);
                return Err(refuse(
                    500,
                    format!("A peering already exists with the name \"{name}\" and a different ID \"{id}\""),
                ));
            }
            // A peering that has ended does not change, nor do its secrets: a peering token generated from it is invalid.
            match existing.state {
                State::Deleting if !record.is_active() => return Ok(false),
                State::Deleting => return Err(refuse(500, "cannot write to peering that is marked for deletion")),
                State::Terminated if record.state == State::Terminated => return Ok(false),
                _ => {}
            }
            if record.remote == Remote::default() {
                record.remote = existing.remote.clone();
            }
        }
        if !record.is_active() {
            self.secrets.remove(&record.id);
        }
        if let Some(secrets) = secrets {
            self.secrets.insert(record.id.clone(), secrets);
        }
        self.insert(record);
        Ok(true)
    }

    /// Marks a peering that the other side has deleted. Its secrets are kept, so an unused token is accepted without effect.
    pub fn terminate(&mut self, id: &str) -> bool {
        let Some(existing) = self.by_id(id) else { return false };
        let record = Record { state: State::Terminated, ..existing.clone() };
        self.insert(record);
        true
    }

    /// Replaces the secret of a used peering token by the secret of the new stream.
    pub fn exchange(&mut self, id: &str, pending: String) {
        let secrets = self.secrets.entry(id.into()).or_default();
        secrets.establishment = None;
        secrets.pending = Some(pending);
        self.index += 1;
    }

    /// Removes a peering permanently.
    pub fn remove(&mut self, id: &str) {
        let Some(key) = self.keys.remove(id) else { return };
        if let Some(record) = self.records.remove(&key) {
            self.forget_state(&key, record.state);
        }
        self.secrets.remove(id);
        self.next_index();
    }

    fn next_index(&mut self) -> u64 {
        self.index += 1;
        self.list_index = self.index;
        self.index
    }

    fn forget_state(&mut self, key: &str, state: State) {
        match state {
            State::Deleting => drop(self.deleting.remove(key)),
            State::Terminated => self.terminated -= 1,
            _ => {}
        }
    }

    fn insert(&mut self, mut record: Record) {
        let index = self.next_index();
        let key = record.name.to_lowercase();
        let existing = self.records.get(&key).map(|existing| (existing.create_index, existing.state));
        if let Some((_, state)) = existing {
            self.forget_state(&key, state);
        }
        match record.state {
            State::Deleting => drop(self.deleting.insert(key.clone())),
            State::Terminated => self.terminated += 1,
            _ => {}
        }
        record.create_index = existing.map_or(index, |(created, _)| created);
        record.modify_index = index;
        self.keys.insert(record.id.clone(), key.clone());
        self.records.insert(key, record);
    }
}
