//! A limit on concurrent tasks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// For a single thread.
pub struct Semaphore {
    free: Cell<u32>,
    waiting: RefCell<VecDeque<Waker>>,
}

/// A permit, returned when it is dropped.
pub struct Permit<'a>(&'a Semaphore);

impl Semaphore {
    pub fn new(permits: u32) -> Self {
        Self { free: Cell::new(permits), waiting: RefCell::default() }
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> Permit<'_> {
        poll_fn(|context| match self.free.get() {
            0 => {
                self.waiting.borrow_mut().push_back(context.waker().clone());
                Poll::Pending
            }
            free => {
                self.free.set(free - 1);
                Poll::Ready(Permit(self))
            }
        })
        .await
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.free.set(self.0.free.get() + 1);
        // Wakes all: a task may have several wakers here, or stale ones.
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }
}
