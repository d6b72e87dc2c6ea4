//! Holds the servers' own timers, so that tests can observe short states.

use super::World;

impl World {
    /// From now on only requests continue: the servers' own timers are held.
    pub fn hold(&mut self) {
        self.timers.is_held = true;
    }

    /// All held timers fire now, in the order in which they were set.
    pub fn release(&mut self) {
        if !std::mem::take(&mut self.timers.is_held) {
            return;
        }
        let mut serials = self.held();
        serials.sort_unstable();
        for serial in serials {
            self.pass(serial);
        }
    }

    /// The serials of what the servers are going to do by themselves, in the order in which it becomes due.
    pub fn held(&self) -> Vec<u64> {
        self.timers.by_themselves().collect()
    }

    /// Lets one of it happen now.
    pub fn pass(&mut self, serial: u64) {
        if let Some(event) = self.timers.take(serial) {
            self.happen(event);
        }
    }
}
