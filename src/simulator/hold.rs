//! Pauses the servers' own timers, so that tests can observe short-lived states.

use super::World;

impl World {
    /// Pauses the servers' own timers. Requests continue.
    pub fn hold(&mut self) {
        self.timers.is_held = true;
    }

    /// Fires all paused timers immediately, in the order in which they were set, and resumes.
    pub fn release(&mut self) {
        if !std::mem::take(&mut self.timers.is_held) {
            return;
        }
        let mut serials = self.held();
        serials.sort_unstable();
        for serial in serials {
            self.fire_timer(serial);
        }
    }

    /// The serials of the servers' timers, the next one first.
    pub fn held(&self) -> Vec<u64> {
        self.timers.server_events().collect()
    }

    /// Fires one timer immediately.
    pub fn fire_timer(&mut self, serial: u64) {
        if let Some(event) = self.timers.take(serial) {
            self.handle_event(event);
        }
    }
}
