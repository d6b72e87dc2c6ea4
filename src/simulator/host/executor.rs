//! Runs futures in virtual time. When none can make progress, advances the time to the next timer of a caller or the next
//! event of a cluster.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::Inner;
use crate::simulator::{Handled, Outcome, Request, RequestId};

/// Timers of callers.
#[derive(Clone, Default)]
pub struct Clock(Rc<Timers>);

#[derive(Default)]
struct Timers {
    now: Cell<Duration>,
    serial: Cell<u64>,
    set: RefCell<BTreeMap<(Duration, u64), Waker>>,
}

impl Clock {
    pub fn now(&self) -> Duration {
        self.0.now.get()
    }

    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.0.serial.set(self.0.serial.get() + 1);
        let due = self.now().saturating_add(duration);
        Sleep { clock: self.clone(), timer: (due, self.0.serial.get()), is_set: false }
    }

    fn next(&self) -> Option<Duration> {
        self.0.set.borrow().keys().next().map(|(due, _)| *due)
    }

    fn reach(&self, now: Duration) {
        self.0.now.set(now);
        loop {
            let mut set = self.0.set.borrow_mut();
            let Some(first) = set.first_entry().filter(|entry| entry.key().0 <= now) else { return };
            let waker = first.remove();
            drop(set);
            waker.wake();
        }
    }
}

pub struct Sleep {
    clock: Clock,
    timer: (Duration, u64),
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    /// Ready when its timer has fired. Even a sleep of zero yields to other futures.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut set = self.clock.0.set.borrow_mut();
        match set.get_mut(&self.timer) {
            Some(waker) => waker.clone_from(context.waker()),
            None if self.is_set => return Poll::Ready(()),
            None => drop(set.insert(self.timer, context.waker().clone())),
        }
        drop(set);
        self.is_set = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.0.set.borrow_mut().remove(&self.timer);
    }
}

/// Simulates a caller that crashes: drops `work` after this number of polls, and returns None.
pub async fn crash_after<T>(steps: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut remaining = steps;
    poll_fn(|context| {
        if remaining == 0 {
            return Poll::Ready(None);
        }
        remaining -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// The pending requests.
#[derive(Default)]
pub struct Pending(BTreeMap<RequestId, PendingRequest>);

#[derive(Default)]
struct PendingRequest {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

/// Aborts a request when its future is dropped.
struct AbortOnDrop<'a> {
    inner: &'a Inner,
    id: RequestId,
}

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        if self.inner.pending.borrow_mut().0.remove(&self.id).is_some_and(|request| request.outcome.is_none()) {
            self.inner.world.borrow_mut().abort(self.id);
        }
    }
}

/// Sends a request to an agent, and waits for its outcome.
pub async fn handle(inner: &Inner, cluster: &str, request: Request) -> Outcome {
    let handled = inner.world.borrow_mut().handle(cluster, request, inner.clock.now());
    let id = match handled {
        Handled::Done(outcome) => return outcome,
        Handled::Wait(id) => id,
    };
    inner.pending.borrow_mut().0.insert(id, PendingRequest::default());
    let _abort = AbortOnDrop { inner, id };
    poll_fn(|context| {
        let mut pending = inner.pending.borrow_mut();
        let request = pending.0.entry(id).or_default();
        request.waker = Some(context.waker().clone());
        request.outcome.take().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

impl Inner {
    /// Delivers the outcomes of requests to their futures.
    fn deliver_outcomes(&self) {
        let outcomes = self.world.borrow_mut().take_outcomes();
        let mut pending = self.pending.borrow_mut();
        for (id, outcome) in outcomes {
            if let Some(request) = pending.0.get_mut(&id) {
                request.outcome = Some(outcome);
                if let Some(waker) = request.waker.take() {
                    waker.wake();
                }
            }
        }
    }

    /// Advances the time to the next timer or event.
    fn step(&self) {
        let next = [self.clock.next(), self.world.borrow().next_timeout()].into_iter().flatten().min();
        let now = next.expect("deadlock: no timer is set and no event is due").max(self.clock.now());
        self.world.borrow_mut().advance(now);
        self.deliver_outcomes();
        self.clock.reach(now);
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub fn run<T>(inner: &Inner, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(flag.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        while flag.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(value) = work.as_mut().poll(&mut context) {
                return value;
            }
            inner.deliver_outcomes();
        }
        inner.step();
    }
}
