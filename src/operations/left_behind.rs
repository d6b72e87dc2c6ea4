//! The leftovers of a call that ended now.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use serde::Serialize;

use crate::consul::cluster::ClusterAddress;
use crate::consul::peering::State;
use crate::decide::leftover::{Changed, Leftover, LeftoverCode};

/// A leftover and where it is, for an error.
#[derive(Clone, Serialize)]
pub struct LeftBehind {
    pub cluster: ClusterAddress,
    pub peer_name: String,
    pub code: LeftoverCode,
    pub what: String,
    pub fix: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub state: Option<State>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
}

fn as_text<S: serde::Serializer>(state: &Option<State>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&state.as_ref().map(State::to_string).unwrap_or_default())
}

impl LeftBehind {
    pub fn new(cluster: &ClusterAddress, peer_name: &str, leftover: Leftover) -> Self {
        let Leftover { code, what, fix, state, changed } = leftover;
        Self { cluster: cluster.clone(), peer_name: peer_name.to_owned(), code, what, fix, state, changed }
    }

    /// The cluster and the name.
    pub fn key(&self) -> (&str, &str) {
        (&self.cluster, &self.peer_name)
    }
}

/// The leftovers of one part of a call: some stay, the last one is replaced by the next.
#[derive(Default)]
pub struct PartLeftovers {
    kept: RefCell<Vec<LeftBehind>>,
    current: RefCell<Option<LeftBehind>>,
}

impl PartLeftovers {
    /// Adds it, in place of one with the same code for the same peering.
    pub fn keep(&self, left: LeftBehind) {
        let is_same = |kept: &LeftBehind| kept.code == left.code && kept.key() == left.key();
        self.retain(|kept| !is_same(kept));
        self.kept.borrow_mut().push(left);
    }

    pub fn set(&self, left: Option<LeftBehind>) {
        *self.current.borrow_mut() = left;
    }

    pub fn current(&self) -> Option<LeftBehind> {
        self.current.borrow().clone()
    }

    /// Removes the last one.
    pub fn pop(&self) {
        self.kept.borrow_mut().pop();
    }

    /// Updates each; None removes it.
    pub fn update(&self, update: impl FnMut(LeftBehind) -> Option<LeftBehind>) {
        let kept = self.kept.take();
        self.kept.replace(kept.into_iter().filter_map(update).collect());
    }

    /// Keeps those that `is_left` accepts.
    pub fn retain(&self, is_left: impl Fn(&LeftBehind) -> bool) {
        self.kept.borrow_mut().retain(is_left);
    }

    pub fn clear(&self) {
        self.kept.borrow_mut().clear();
        self.set(None);
    }

    pub fn all(&self) -> Vec<LeftBehind> {
        let mut all = self.kept.borrow().clone();
        all.extend(self.current());
        all
    }
}

/// The leftovers of every running part of a call.
#[derive(Default)]
pub struct CallLeftovers(RefCell<Vec<Weak<PartLeftovers>>>);

impl CallLeftovers {
    /// The leftovers of one more part; they count until it is dropped.
    pub fn open(&self) -> Rc<PartLeftovers> {
        let part = Rc::default();
        let mut parts = self.0.borrow_mut();
        parts.retain(|part| part.strong_count() > 0);
        parts.push(Rc::downgrade(&part));
        part
    }

    /// All of them, the newest part's first.
    pub fn all(&self) -> Vec<LeftBehind> {
        without_superseded(self.0.borrow().iter().rev().filter_map(Weak::upgrade).flat_map(|part| part.all()).collect())
    }
}

/// Of leftovers, the newest part's first, those that are current.
pub fn without_superseded(all: Vec<LeftBehind>) -> Vec<LeftBehind> {
    let is_current =
        |left: &&LeftBehind| !all.iter().any(|other| other.code.supersedes(left.code) && other.key() == left.key());
    all.iter().filter(is_current).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(cluster: &str, name: &str, leftover: Leftover) -> LeftBehind {
        LeftBehind::new(&ClusterAddress::new(cluster.into()), name, leftover)
    }

    fn places(all: &[LeftBehind]) -> Vec<(&str, &str, LeftoverCode)> {
        all.iter().map(|left| (left.key().0, left.key().1, left.code)).collect()
    }

    #[test]
    fn one_leftover_is_kept_of_each_kind_and_peering_and_the_current_one_comes_last() {
        use LeftoverCode::{Deleting, NotActive, NotDeleted, TokenUnused};
        let leftovers = PartLeftovers::default();
        leftovers.set(Some(left("a", "us", Leftover::not_deleted("us"))));
        for (cluster, name) in [("a", "us"), ("b", "us"), ("a", "eu"), ("a", "us")] {
            leftovers.keep(left(cluster, name, Leftover::not_active(name)));
        }
        leftovers.keep(left("a", "us", Leftover::token_unused("us")));
        let kept = [("b", "us", NotActive), ("a", "eu", NotActive), ("a", "us", NotActive), ("a", "us", TokenUnused)];
        assert_eq!(places(&leftovers.all()), [&kept[..], &[("a", "us", NotDeleted)]].concat());
        leftovers.pop();
        leftovers.retain(|left| left.key() != ("b", "us"));
        leftovers.set(Some(left("a", "us", Leftover::deleting("us"))));
        assert_eq!(places(&leftovers.all()), [&kept[1..3], &[("a", "us", Deleting)]].concat());
        leftovers.update(|kept| (kept.peer_name == "eu").then(|| left("a", "eu", Leftover::token_unused("eu"))));
        assert_eq!(places(&leftovers.all()), [("a", "eu", TokenUnused), ("a", "us", Deleting)]);
        leftovers.clear();
        assert!(leftovers.all().is_empty());
    }

    #[test]
    fn the_leftovers_of_a_call_are_those_of_its_parts_under_way() {
        use LeftoverCode::{Deleting, NotActive, NotDeleted};
        let leftovers = CallLeftovers::default();
        let [first, second] = [(); 2].map(|()| leftovers.open());
        first.keep(left("a", "us", Leftover::not_active("us")));
        first.keep(left("a", "eu", Leftover::not_active("eu")));
        first.keep(left("b", "us", Leftover::not_active("us")));
        second.set(Some(left("a", "us", Leftover::not_deleted("us"))));
        let others = [("a", "eu", NotActive), ("b", "us", NotActive)];
        assert_eq!(
            places(&leftovers.all()),
            [&[("a", "us", NotDeleted), ("a", "us", NotActive)], &others[..]].concat(),
            "the newest part's first"
        );
        // Once its deletion was sent, a peering is not known to exist.
        second.set(Some(left("a", "us", Leftover::deleting("us"))));
        assert_eq!(places(&leftovers.all()), [&[("a", "us", Deleting)], &others[..]].concat());
        drop(second);
        assert_eq!(leftovers.all().len(), 3);
        // The next acceptor is known to exist.
        for name in ["us", "ap"] {
            first.keep(left("a", name, Leftover::acceptor_deleted(name, &State::Terminated)));
        }
        let deleted = ("a", "ap", LeftoverCode::AcceptorDeleted);
        assert_eq!(places(&leftovers.all()), [&[("a", "us", NotActive)], &others[..], &[deleted]].concat());
        let third = leftovers.open();
        third.set(Some(left("a", "ap", Leftover::token_lost("ap", &State::Pending))));
        assert!(!places(&leftovers.all()).contains(&deleted));
        drop(third);
        drop(first);
        assert!(leftovers.open().all().is_empty());
        assert!(leftovers.all().is_empty() && leftovers.0.borrow().len() == 1);
    }
}
