//! Blocking reads: of peerings, services and config entries.

use std::time::Duration;

use super::cluster::Cluster;
use super::go::quote;
use super::health::Services;
use super::http::{Headers, Response};
use super::in_flight::{InFlight, Pending, Step};
use super::operation::Operation;
use super::options::Access;
use super::peering::{Peering, show};
use super::query::{Query, ReadOptions, read_options};
use super::response::{Refusal, json, query_headers, refuse, text};
use super::store::Record;
use super::{UnknownCluster, World};

/// The agent retries before it returns the refusal of a read.
const DENIED_READ_MS: (f64, f64) = (10_700.0, 13_500.0);
const READ_ATTEMPTS: f64 = 6.0;

/// The subject of a read.
#[derive(Debug)]
pub enum Subject {
    Peerings,
    Peering(String),
    Services(Services),
    ExportedServices,
    /// A config entry, by its kind and name.
    Entry(String, String),
    /// The config entries of a kind.
    Entries(String),
    Intentions,
}

/// A read and its query options.
#[derive(Debug)]
pub struct Read {
    subject: Subject,
    /// Or Consul's error about the query, which is prepended to the response.
    options: Result<ReadOptions, String>,
    has_waited: bool,
}

impl Read {
    pub fn of(subject: Subject) -> Self {
        Self { subject, options: Err(String::new()), has_waited: false }
    }

    fn is_of_peerings(&self) -> bool {
        matches!(self.subject, Subject::Peerings | Subject::Peering(_))
    }

    /// The index after which a change ends the wait.
    pub fn index(&self) -> u64 {
        self.options.as_ref().map_or(0, |options| options.index)
    }

    /// The current index of its subject.
    pub fn index_in(&self, cluster: &Cluster, query: &Query) -> u64 {
        let store = &cluster.store;
        match &self.subject {
            Subject::Peerings => store.list_index(),
            Subject::Peering(name) => store.find(name).map_or(store.list_index(), |record| record.modify_index),
            Subject::Services(what) => cluster.index_of_services(query, what),
            Subject::ExportedServices => cluster.entries.index().max(cluster.catalog.index()),
            Subject::Entry(..) | Subject::Entries(_) | Subject::Intentions => cluster.entries.index(),
        }
    }

    /// Prepends the error about the query to a refusal.
    pub fn with_query_error(&self, refusal: Refusal) -> Refusal {
        match &self.options {
            Ok(_) => refusal,
            Err(error) => refuse(400, format!("{error}{}", refusal.text)),
        }
    }
}

impl World {
    pub(super) fn begin_read(&mut self, flight: &InFlight, subject: Subject) -> Result<Step, Refusal> {
        let mut read = Read::of(subject);
        read.options = read_options(&flight.query)?;
        Ok(self.require_leader(flight, Operation::Read(read), READ_ATTEMPTS))
    }

    pub(super) fn read(&mut self, flight: &InFlight, read: Read) -> Step {
        if !read.is_of_peerings() {
            return self.read_of_services(flight, read);
        }
        let cluster = &self.clusters[flight.cluster];
        let permitted = cluster.require_peering().and_then(|()| self.authorize(flight, Access::Read));
        if let Err(refusal) = permitted {
            let (low, high) = DENIED_READ_MS;
            let ms = self.random.between(low, high);
            let pending = Pending::Denied(read.with_query_error(refusal));
            return Step::Wait { pending, duration: self.scaled(ms), watches: None };
        }
        match &read.options {
            Ok(ReadOptions { index, wait, jitter_ms })
                if *index > 0 && cluster.version.has_blocking_queries() && !read.has_waited =>
            {
                let jitter = self.random.between(0.0, *jitter_ms);
                if read.index_in(cluster, &flight.query) > *index {
                    return self.read_after_change(flight, read);
                }
                let duration = *wait + Duration::from_secs_f64(jitter / 1_000.0);
                Step::Wait { pending: Pending::Change(read), duration, watches: Some(flight.cluster) }
            }
            _ => Step::Done(self.answer_read(flight, &read)),
        }
    }

    /// Refusals are immediate. With an invalid query, the response is only the error about it.
    fn read_of_services(&mut self, flight: &InFlight, read: Read) -> Step {
        let Ok(ReadOptions { index, wait, jitter_ms }) = &read.options else {
            return Step::refused(read.with_query_error(refuse(400, "")));
        };
        let answer = self.answer_read(flight, &read);
        let is_refused = matches!(&answer, Err(refusal) if refusal.status != 404);
        let is_changed = read.index_in(&self.clusters[flight.cluster], &flight.query) > *index;
        if is_refused || *index == 0 || is_changed || read.has_waited {
            return Step::Done(answer);
        }
        let duration = *wait + Duration::from_secs_f64(self.random.between(0.0, *jitter_ms) / 1_000.0);
        Step::Wait { pending: Pending::Change(read), duration, watches: Some(flight.cluster) }
    }

    /// Checks the permission to read again.
    pub(super) fn read_after_change(&mut self, flight: &InFlight, mut read: Read) -> Step {
        read.has_waited = true;
        self.require_leader(flight, Operation::Read(read), READ_ATTEMPTS)
    }

    fn answer_read(&self, flight: &InFlight, read: &Read) -> Result<Response, Refusal> {
        let cluster_index = flight.cluster;
        let cluster = &self.clusters[cluster_index];
        let index = read.index_in(cluster, &flight.query);
        let headers = if cluster.version.has_blocking_queries() { query_headers(index, true) } else { Headers::new() };
        let response = match &read.subject {
            Subject::Services(what) => return cluster.read_services(flight, what),
            Subject::ExportedServices => return cluster.exported_services(flight, index),
            Subject::Entry(kind, name) => return cluster.config_entry(flight, kind, name),
            Subject::Entries(kind) => return cluster.config_entries(flight, kind),
            Subject::Intentions => return cluster.intentions(flight),
            Subject::Peering(name) => {
                let absent = || read.with_query_error(refuse(404, format!("Peering not found for {}", quote(name))));
                json(&self.shown(cluster_index, cluster.store.find(name).ok_or_else(absent)?), headers)
            }
            Subject::Peerings => {
                let all: Vec<Peering<'_>> =
                    cluster.store.all().map(|record| self.shown(cluster_index, record)).collect();
                json(&all, headers)
            }
        };
        Ok(match &read.options {
            Ok(_) => response,
            Err(error) => text(400, format!("{error}{}", response.body), Headers::new()),
        })
    }

    fn shown<'a>(&'a self, cluster_index: usize, record: &'a Record) -> Peering<'a> {
        show(record, self.stream_status(cluster_index, &record.id), &self.clusters[cluster_index].version, self.began)
    }

    /// A peering as its cluster shows it, even if the servers are down. None if it does not exist.
    pub fn show_now(&self, cluster: &str, name: &str) -> Option<String> {
        let cluster_index = self.cluster_index(cluster).ok()?;
        let record = self.clusters[cluster_index].store.find(name)?;
        serde_json::to_string(&self.shown(cluster_index, record)).ok()
    }

    /// The peerings of a cluster as its list shows them, even if its servers are down.
    pub fn list_now(&self, cluster: &str) -> Result<String, UnknownCluster> {
        let cluster_index = self.cluster_index(cluster)?;
        let shown = self.clusters[cluster_index].store.all().map(|record| self.shown(cluster_index, record));
        Ok(serde_json::to_string(&shown.collect::<Vec<_>>()).unwrap_or_default())
    }
}
