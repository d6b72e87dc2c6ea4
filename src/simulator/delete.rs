//! `DELETE /v1/peering/<name>`: marks the peering as DELETING; the leader removes it later.

use super::World;
use super::http::{Headers, Response};
use super::in_flight::{Commit, InFlight, Step};
use super::options::Access;
use super::response::{Refusal, empty};
use super::store::{Record, State};
use super::time::timestamp;

impl World {
    pub(super) fn delete(&mut self, flight: &InFlight, name: &str) -> Step {
        if let Err(refusal) = self.authorize(flight, Access::Write) {
            return Step::refused(refusal);
        }
        let existing = self.clusters[flight.cluster].store.find(name);
        // Consul stores the name in the letter case of the request.
        let found = existing.map(|existing| Box::new(Record { name: name.into(), ..existing.clone() }));
        Step::commit(Commit::Deletion(found))
    }

    pub(super) fn commit_deletion(
        &mut self,
        flight: &InFlight,
        found: Option<Box<Record>>,
    ) -> Result<Response, Refusal> {
        if let Some(found) = found.filter(|found| found.state != State::Deleting) {
            let deleted_at = timestamp(self.date(), self.random.between(1.0, 999_999.0));
            // Consul keeps only the addresses.
            let Record { id, name, manual, addresses, .. } = *found;
            let deleted_at = Some(deleted_at);
            let record = Record { id, name, deleted_at, manual, addresses, ..Record::default() };
            self.write(flight.cluster, record, Some(State::Deleting), None)?;
        }
        Ok(empty(&self.clusters[flight.cluster].version, Headers::new()))
    }
}
