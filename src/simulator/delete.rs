//! `DELETE /v1/peering/<name>`: the peering is marked; its leader removes it.

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
        // The name is written as the request has it.
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
            // Of what it was, only its addresses stay.
            let Record { id, name, manual, addresses, .. } = *found;
            let deleted_at = Some(deleted_at);
            let record = Record { id, name, deleted_at, manual, addresses, ..Record::default() };
            self.write(flight.cluster, record, Some(State::Deleting), None)?;
        }
        Ok(empty(&self.clusters[flight.cluster].version, Headers::new()))
    }
}
