//! `mesh`: peers every cluster with every other.
//!
//! Consul's leader takes up to five seconds for any number of peerings, so all writes are sent as soon as possible, and
//! waiting needs no permit.

mod list;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::FutureExt;

use self::list::List;
use super::call::{Call, Outcome};
use super::error::Error;
use super::gateway_mode::note_gateway;
use super::join_all::join_all;
use super::left_behind::PartLeftovers;
use super::pair::cluster_peerings::ClusterPeerings;
use super::pair::link::link;
use super::pair::{Member, Pair};
use super::semaphore::Semaphore;
use crate::codes::codes;
use crate::consul::code::Code;
use crate::consul::peering::{Peering, State};
use crate::decide::plan::{Note, NoteCode, Plan};
use crate::decide::progress::{Kind, ProgressCode};
use crate::host::Host;
use crate::rules::peer_name::PeerName;

/// What the pairs of a mesh share.
pub struct Mesh<H: Host> {
    /// How many pairs write at once.
    pub writes: Semaphore,
    /// By the aliases of the clusters.
    lists: Vec<(PeerName, List<H>)>,
    claims: RefCell<Vec<Claim>>,
    links: RefCell<Vec<Link>>,
    dry_run: bool,
    /// The leftovers of failed pairs, reported if the call is aborted: then their results are not returned.
    failed: Rc<PartLeftovers>,
}

/// A peering that a pair is about to create.
struct Claim {
    cluster: String,
    peer_name: PeerName,
    /// Of the cluster, in this pair.
    alias: PeerName,
}

/// The peering of one pair, which exists or is about to be created.
struct Link {
    /// Of the cluster that has it.
    alias: PeerName,
    peer_name: PeerName,
    /// The alias of the other cluster.
    other: PeerName,
    /// The other cluster's servers, if its identity is known.
    server_name: Option<String>,
}

codes! {
    /// The outcome of a pair.
    Status {
        Linked = "linked",
        Changed = "changed",
        Planned = "planned",
        Failed = "failed",
    }
}

pub struct PairResult<V> {
    pub acceptor: PeerName,
    pub dialer: PeerName,
    pub status: Status,
    pub plan: Plan,
    pub error: Option<Error<V>>,
}

/// `mesh`: links each two of these clusters, whose peer names are their aliases.
pub async fn mesh<H: Host>(
    call: &Rc<Call<H>>,
    members: Vec<Member<H>>,
    concurrency: u32,
    dry_run: bool,
) -> Outcome<H, Vec<PairResult<H::Value>>> {
    members.iter().for_each(|member| member.warn(call));
    let mesh = Mesh {
        writes: Semaphore::new(concurrency),
        lists: members.iter().map(|member| (member.alias.clone(), List::default())).collect(),
        claims: RefCell::default(),
        links: RefCell::default(),
        dry_run,
        failed: call.leftovers.open(),
    };
    let pairs = members.iter().enumerate().flat_map(|(index, a)| members.iter().skip(index + 1).map(move |b| (a, b)));
    let results = join_all(pairs.map(|(a, b)| mesh.connect(call, a, b).boxed_local())).await;
    let mut results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    mesh.note_aliases(call, &members, &mut results);
    Ok(results)
}

impl<H: Host> Mesh<H> {
    async fn connect(&self, call: &Rc<Call<H>>, a: &Member<H>, b: &Member<H>) -> Outcome<H, PairResult<H::Value>> {
        let [acceptor, dialer] = roles(a, b);
        let mut pair = Pair::new(call, [acceptor.named(&dialer.alias), dialer.named(&acceptor.alias)]);
        let mut plan = Plan::default();
        let linked = self.link(call, &mut pair, &mut plan).await;
        let (status, error) = match linked {
            Ok(status) => (status, None),
            Err(error) => {
                let error = pair.complete(error);
                error.left_behind.iter().for_each(|left| self.failed.keep(left.clone()));
                (Status::Failed, Some(error))
            }
        };
        Ok(PairResult { acceptor: acceptor.alias.clone(), dialer: dialer.alias.clone(), status, plan, error })
    }

    async fn link(&self, call: &Rc<Call<H>>, pair: &mut Pair<H>, plan: &mut Plan) -> Outcome<H, Status> {
        pair.fetch(call, Some(self)).await?;
        self.take_existing_names(pair)?;
        pair.find(call);
        match pair.plan() {
            Ok(planned) => *plan = planned,
            // A concurrent call that connects the two in the opposite direction is waited for below.
            Err(conflict) if conflict.may_be_concurrent_call && !self.dry_run => {}
            Err(conflict) => return Err(pair.conflict(conflict)),
        }
        if plan.linked && plan.steps.is_empty() {
            return Ok(Status::Linked);
        }
        self.add_links(pair)?;
        if self.dry_run {
            note_gateway(call, pair, plan).await;
            return Ok(Status::Planned);
        }
        for member in &pair.members {
            self.claim_name(member)?;
        }
        let linked = link(call, pair, Some(self)).await?;
        pair.leftovers.clear();
        Ok(if linked.changed { Status::Changed } else { Status::Linked })
    }

    /// Reads what exists on a cluster, once for all of its pairs.
    pub async fn fetch(&self, call: &Rc<Call<H>>, member: &Member<H>) -> Outcome<H, Rc<ClusterPeerings<H::Value>>> {
        let Some(list) = self.list(&member.alias) else { return member.fetch_alone(call).await };
        list.fetch(call, member).await.map_err(|error| match error.location {
            // It was read for all pairs: each pair has its own name for the cluster.
            Some(_) => member.failed(error),
            None => error,
        })
    }

    /// If the pair is already linked under other names than the aliases, uses these names.
    fn take_existing_names(&self, pair: &mut Pair<H>) -> Outcome<H, ()> {
        let Some(names) = linked_names(pair) else { return Ok(()) };
        for (member, name) in pair.members.iter_mut().zip(names) {
            member.peer_name = name;
        }
        self.add_links(pair)
    }

    /// Two clusters may have dialed one acceptor: Consul accepts only one of them, so only one pair may change it.
    fn add_links(&self, pair: &Pair<H>) -> Outcome<H, ()> {
        let [a, b] = &pair.members;
        let mut links = self.links.borrow_mut();
        for (member, other) in [(a, b), (b, a)] {
            let server_name = other.server_name();
            // Two aliases may be one cluster.
            let is_with_other =
                |link: &Link| link.other != other.alias && (server_name.is_none() || link.server_name != server_name);
            let mut own = links.iter().filter(|link| link.alias == member.alias && link.peer_name == member.peer_name);
            if own.any(is_with_other) {
                return Err(
                    member.failed(Error::new(Code::PeerMismatch, "another cluster of the mesh is linked with it too"))
                );
            }
            let (alias, peer_name) = (member.alias.clone(), member.peer_name.clone());
            links.push(Link { alias, peer_name, other: other.alias.clone(), server_name });
        }
        Ok(())
    }

    /// If two aliases are one cluster, two pairs have the same peering: the first to write creates it, the other fails.
    fn claim_name(&self, member: &Member<H>) -> Outcome<H, ()> {
        let Some(cluster) = member.server_name() else { return Ok(()) };
        let mut claims = self.claims.borrow_mut();
        let other = claims.iter().find(|claim| {
            claim.cluster == cluster && claim.peer_name == member.peer_name && claim.alias != member.alias
        });
        if let Some(other) = other {
            let error = Error::new(Code::SameCluster, &same_cluster(&other.alias, &member.alias));
            return Err(member.failed(error));
        }
        claims.push(Claim { cluster, peer_name: member.peer_name.clone(), alias: member.alias.clone() });
        Ok(())
    }

    fn list(&self, alias: &PeerName) -> Option<&List<H>> {
        self.lists.iter().find(|(own, _)| own == alias).map(|(_, list)| list)
    }

    /// Two aliases of one cluster peer it twice with each of the others.
    fn note_aliases(&self, call: &Call<H>, members: &[Member<H>], results: &mut [PairResult<H::Value>]) {
        let identity = |member: &Member<H>| self.list(&member.alias)?.identity();
        for (index, member) in members.iter().enumerate() {
            let Some(own) = identity(member) else { continue };
            let mut before = members.iter().take(index);
            let Some(first) = before.find(|other| identity(other).as_ref() == Some(&own)) else { continue };
            let text = same_cluster(&first.alias, &member.alias);
            let code = ProgressCode::Note(NoteCode::SameCluster);
            call.report(Kind::Step, code, &member.cluster.address, None, &text, None);
            for result in results.iter_mut() {
                if result.acceptor == member.alias || result.dialer == member.alias {
                    result.plan.notes.push(Note { code: NoteCode::SameCluster, text: text.clone() });
                }
            }
        }
    }
}

fn same_cluster(alias: &str, other: &str) -> String {
    format!("the aliases \"{alias}\" and \"{other}\" are the same cluster")
}

/// The acceptor and the dialer: a cluster with external addresses accepts, otherwise the smaller alias.
fn roles<'a, H: Host>(a: &'a Member<H>, b: &'a Member<H>) -> [&'a Member<H>; 2] {
    let has_addresses = |member: &Member<H>| member.external_addresses.as_ref().is_some_and(|all| !all.is_empty());
    let b_accepts = match (has_addresses(a), has_addresses(b)) {
        (false, true) => true,
        (true, false) => false,
        _ => b.alias < a.alias,
    };
    if b_accepts { [b, a] } else { [a, b] }
}

/// The names under which the pair is already linked: the aliases, or others.
fn linked_names<H: Host>(pair: &Pair<H>) -> Option<[PeerName; 2]> {
    let linked = |here: &Peering, there: &Peering| {
        here.state != State::Deleting
            && there.state != State::Deleting
            && (here.has_dialed(there) || there.has_dialed(here))
    };
    let [a, b] = &pair.members;
    if let (Some(here), Some(there)) = (&a.existing, &b.existing)
        && linked(&here.peering, &there.peering)
    {
        return Some([a.peer_name.clone(), b.peer_name.clone()]);
    }
    a.peerings().iter().find_map(|here| {
        let there = b.peerings().iter().find(|there| linked(&here.peering, &there.peering))?;
        Some([PeerName::of_existing(&here.peering.name)?, PeerName::of_existing(&there.peering.name)?])
    })
}
