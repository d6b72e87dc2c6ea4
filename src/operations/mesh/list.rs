//! The list of peerings of one cluster: all pairs of the cluster share one read of it, a few times a second.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::{FutureExt, Shared};

use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::pair::Member;
use crate::operations::pair::cluster_peerings::ClusterPeerings;
use crate::rules::duration::{Duration, Instant};
use crate::rules::identity::Identity;

/// The minimum between two reads.
const LIST_INTERVAL: Duration = Duration::ms(250.0);

type SharedRead<H> = Shared<Pin<Box<dyn Future<Output = Outcome<H, Rc<ClusterPeerings<<H as Host>::Value>>>>>>>;

/// The list of one cluster, read for all of its pairs: each gets a read that began after its request.
pub struct List<H: Host>(Rc<RefCell<Reads<H>>>);

struct Reads<H: Host> {
    /// The next read, which has not begun.
    next: Option<SharedRead<H>>,
    /// The read that began last.
    last: Option<SharedRead<H>>,
    last_began: Option<Instant>,
    identity: Option<Identity>,
}

impl<H: Host> Default for List<H> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Reads { next: None, last: None, last_began: None, identity: None })))
    }
}

impl<H: Host> Drop for List<H> {
    /// Unfinished reads reference the list.
    fn drop(&mut self) {
        let (next, last) = {
            let mut reads = self.0.borrow_mut();
            (reads.next.take(), reads.last.take())
        };
        drop((next, last));
    }
}

impl<H: Host> List<H> {
    pub fn identity(&self) -> Option<String> {
        self.0.borrow().identity.as_ref()?.server_name()
    }

    pub async fn fetch(&self, call: &Rc<Call<H>>, member: &Member<H>) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        let reading = self.0.borrow().next.clone();
        let reading = reading.unwrap_or_else(|| {
            let (reads, call, member) = (self.0.clone(), call.clone(), member.clone());
            let reading: Pin<Box<dyn Future<Output = _>>> = Box::pin(Self::read(reads, call, member));
            let reading = reading.shared();
            self.0.borrow_mut().next = Some(reading.clone());
            reading
        });
        reading.await
    }

    async fn read(
        reads: Rc<RefCell<Reads<H>>>,
        call: Rc<Call<H>>,
        mut member: Member<H>,
    ) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        let last = reads.borrow().last.clone();
        if let Some(last) = last {
            let _ = last.await;
        }
        let last_began = reads.borrow().last_began;
        let wait = last_began.map_or(Duration::ZERO, |began| began + LIST_INTERVAL - call.now());
        let paused = call.pause(wait).await;
        {
            let mut reads = reads.borrow_mut();
            reads.last = reads.next.take();
            reads.last_began = Some(call.now());
            member.identity = reads.identity.clone();
        }
        paused?;
        let read = member.fetch_alone(&call).await?;
        let identity = &read.identity;
        if identity.datacenter.is_some() && identity.trust_domain.is_some() {
            reads.borrow_mut().identity = Some(identity.clone());
        }
        Ok(read)
    }
}
