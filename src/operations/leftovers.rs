//! The leftovers of a call that ended now.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use serde::Serialize;

use crate::consul::cluster::ClusterAddress;
use crate::consul::peering::State;
use crate::decide::leftover::{Changed, Leftover, LeftoverCode};

/// A leftover and its place, for an error.
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
    pub fn place(&self) -> (&str, &str) {
        (&self.cluster, &self.peer_name)
    }
}

/// The leftovers of one part of a call: some stay, the last one is replaced by the next.
#[derive(Default)]
pub struct Leftovers {
    kept: RefCell<Vec<LeftBehind>>,
    current: RefCell<Option<LeftBehind>>,
}

impl Leftovers {
    /// Adds it, in place of one with the same code for the same peering.
    pub fn keep(&self, left: LeftBehind) {
        let is_same = |kept: &LeftBehind| kept.code == left.code && kept.place() == left.place();
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
pub struct Ledger(RefCell<Vec<Weak<Leftovers>>>);

impl Ledger {
    /// The leftovers of one more part; they count until it is dropped.
    pub fn open(&self) -> Rc<Leftovers> {
        let part = Rc::default();
        let mut parts = self.0.borrow_mut();
        parts.retain(|part| part.strong_count() > 0);
        parts.push(Rc::downgrade(&part));
        part
    }

    /// All of them, the newest part's first.
    pub fn all(&self) -> Vec<LeftBehind> {
        current(self.0.borrow().iter().rev().filter_map(Weak::upgrade).flat_map(|part| part.all()).collect())
    }
}

/// Of leftovers, the newest part's first, those that are current: once a peering's deletion was sent, it is not known
/// to exist.
pub fn current(mut all: Vec<LeftBehind>) -> Vec<LeftBehind> {
    let is_deletion =
        |left: &&LeftBehind| matches!(left.code, LeftoverCode::Deleting | LeftoverCode::DeletionUnanswered);
    let place = |left: &LeftBehind| (left.cluster.clone(), left.peer_name.clone());
    let deleted: Vec<_> = all.iter().filter(is_deletion).map(place).collect();
    all.retain(|left| !(left.code.is_existing_half() && deleted.contains(&place(left))));
    all
}
