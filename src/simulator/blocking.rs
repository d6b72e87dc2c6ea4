//! `GET /v1/peering/<name>` and `GET /v1/peerings`, which wait for a change where the query asks for it.

use std::time::Duration;

use super::go::quote;
use super::http::{Headers, Response};
use super::in_flight::{InFlight, Operation, Pending, Step};
use super::options::Access;
use super::peering::{Peering, show};
use super::query::{ReadOptions, read_options};
use super::response::{Refusal, json, query_headers, refuse, text};
use super::store::{Record, Store};
use super::{UnknownCluster, World};

/// The agent asks its servers again and again before it passes the refusal of a read on.
const DENIED_READ_MS: (f64, f64) = (10_700.0, 13_500.0);
const READ_TRIES: f64 = 6.0;

/// A read of one peering or of all.
#[derive(Debug)]
pub struct Read {
    name: Option<String>,
    /// Or what Consul says is wrong with the query, before it answers all the same.
    options: Result<ReadOptions, String>,
    has_waited: bool,
}

impl Read {
    pub fn one(name: String) -> Self {
        Self { name: Some(name), ..Self::all() }
    }

    pub fn all() -> Self {
        Self { name: None, options: Err(String::new()), has_waited: false }
    }

    /// The index that it waits to be exceeded.
    pub fn index(&self) -> u64 {
        self.options.as_ref().map_or(0, |options| options.index)
    }

    /// The index of what it reads.
    pub fn index_in(&self, store: &Store) -> u64 {
        let record = self.name.as_ref().and_then(|name| store.find(name));
        record.map_or(store.list_index(), |record| record.modify_index)
    }

    /// A refusal with what is wrong with the query before it.
    pub fn complain(&self, refusal: Refusal) -> Refusal {
        match &self.options {
            Ok(_) => refusal,
            Err(wrong) => refuse(400, format!("{wrong}{}", refusal.text)),
        }
    }
}

impl World {
    pub(super) fn begin_read(&mut self, flight: &InFlight, mut read: Read) -> Result<Step, Refusal> {
        read.options = read_options(&flight.query)?;
        Ok(self.require_leader(flight, Operation::Read(read), READ_TRIES))
    }

    pub(super) fn read(&mut self, flight: &InFlight, read: Read) -> Step {
        let cluster = &self.clusters[flight.cluster];
        let permitted = cluster.require_peering().and_then(|()| self.authorize(flight, Access::Read));
        if let Err(refusal) = permitted {
            let (low, high) = DENIED_READ_MS;
            let ms = self.random.between(low, high);
            let pending = Pending::Denied(read.complain(refusal));
            return Step::Wait { pending, lasting: self.pace(ms), watches: None };
        }
        match &read.options {
            Ok(ReadOptions { index, wait, jitter_ms })
                if *index > 0 && cluster.version.blocks() && !read.has_waited =>
            {
                let jitter = self.random.between(0.0, *jitter_ms);
                if read.index_in(&cluster.store) > *index {
                    return self.read_after_change(flight, read);
                }
                let lasting = *wait + Duration::from_secs_f64(jitter / 1_000.0);
                Step::Wait { pending: Pending::Change(read), lasting, watches: Some(flight.cluster) }
            }
            _ => Step::Done(self.answer_read(flight.cluster, &read)),
        }
    }

    /// The right to read is checked once more.
    pub(super) fn read_after_change(&mut self, flight: &InFlight, mut read: Read) -> Step {
        read.has_waited = true;
        self.require_leader(flight, Operation::Read(read), READ_TRIES)
    }

    fn answer_read(&self, place: usize, read: &Read) -> Result<Response, Refusal> {
        let cluster = &self.clusters[place];
        let index = read.index_in(&cluster.store);
        let headers = if cluster.version.blocks() { query_headers(index, true) } else { Headers::new() };
        let response = match &read.name {
            Some(name) => {
                let absent = || read.complain(refuse(404, format!("Peering not found for {}", quote(name))));
                json(&self.shown(place, cluster.store.find(name).ok_or_else(absent)?), headers)
            }
            None => {
                let all: Vec<Peering<'_>> = cluster.store.all().map(|record| self.shown(place, record)).collect();
                json(&all, headers)
            }
        };
        Ok(match &read.options {
            Ok(_) => response,
            Err(wrong) => text(400, format!("{wrong}{}", response.body), Headers::new()),
        })
    }

    fn shown<'a>(&'a self, place: usize, record: &'a Record) -> Peering<'a> {
        show(record, self.stream_status(place, &record.id), &self.clusters[place].version, self.began)
    }

    /// The peerings of a cluster as its list shows them, whatever its servers can answer.
    pub fn list_now(&self, cluster: &str) -> Result<String, UnknownCluster> {
        let place = self.place(cluster)?;
        let shown = self.clusters[place].store.all().map(|record| self.shown(place, record));
        Ok(serde_json::to_string(&shown.collect::<Vec<_>>()).unwrap_or_default())
    }
}
