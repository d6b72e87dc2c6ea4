//! How every combination of states of both sides comes about on simulated clusters, and what `connect` does about it.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;

use crate::pair_setup::{Make, Setup};

/// The states of both sides, the plan in the letters of the table of decisions, and how they come about.
///
/// `G` generate and establish · `x` delete the acceptor, wait until it is gone · `w` wait until the dialer is TERMINATED
/// · `d` wait until the deletion is complete · `…` linked, wait until ACTIVE · `=` linked, nothing to do
pub const REPAIRED: &[(&str, &str, Make)] = &[
    ("- × -", "G", |_| {}),
    ("PENDING × -", "G", |pair| {
        pair.own_token();
    }),
    ("PENDING × PENDING, of this acceptor", "G", |pair| pair.spoil(&pair.own_token())),
    ("PENDING × PENDING, of one that is gone", "G", |pair| {
        pair.spoil(&pair.own_token());
        pair.remove("eu", "us");
        pair.own_token();
    }),
    ("- × PENDING, of one that is gone", "G", |pair| {
        pair.spoil(&pair.own_token());
        pair.remove("eu", "us");
    }),
    ("PENDING × ESTABLISHING", "…", |pair| {
        pair.hold();
        pair.dial(&pair.own_token(), "us", "eu", false);
    }),
    ("- × ESTABLISHING, of one that is gone", "G", |pair| {
        pair.hold_reads();
        pair.dial(&pair.own_token(), "us", "eu", false);
        pair.remove_held("eu", "us");
    }),
    ("PENDING × ESTABLISHING, of one that is gone", "G", |pair| {
        pair.hold_reads();
        pair.dial(&pair.own_token(), "us", "eu", false);
        pair.remove_held("eu", "us");
        pair.own_token();
    }),
    ("ACTIVE × ACTIVE", "=", Setup::link),
    ("- × ACTIVE, not notified yet", "wG", |pair| {
        pair.link();
        pair.remove_unheard("eu", "us");
    }),
    ("PENDING × ACTIVE, not notified yet", "wG", |pair| {
        pair.link();
        pair.remove_unheard("eu", "us");
        pair.own_token();
    }),
    ("ACTIVE × -, not notified yet", "xG", |pair| {
        pair.link();
        pair.remove_unheard("us", "eu");
    }),
    ("ACTIVE × PENDING, refused since", "xG", |pair| {
        pair.link();
        pair.remove_unheard("us", "eu");
        pair.spoil(&pair.own_token());
    }),
    ("PENDING × ACTIVE, over which a new token was used too early", "…", |pair| {
        pair.link();
        pair.remove_unheard("eu", "us");
        pair.establish_raw(&pair.own_token());
    }),
    ("ACTIVE × ESTABLISHING, recreated too early", "…", |pair| {
        pair.link();
        pair.remove_unheard("us", "eu");
        pair.dial(&pair.own_token(), "us", "eu", false);
    }),
    ("PENDING, in use × FAILING", "…", |pair| {
        pair.link();
        pair.restart("eu");
    }),
    ("FAILING × ESTABLISHING", "…", |pair| {
        pair.link();
        pair.restart("us");
    }),
    ("FAILING × -", "xG", |pair| {
        pair.link();
        pair.restart("us");
        pair.remove_held("us", "eu");
    }),
    ("PENDING, in use × -", "xG", |pair| {
        pair.link();
        pair.restart("eu");
        pair.remove_held("us", "eu");
    }),
    ("PENDING, in use × PENDING", "xG", |pair| {
        pair.link();
        pair.restart("eu");
        pair.remove_held("us", "eu");
        pair.spoil(&pair.own_token());
    }),
    ("- × FAILING, of one that is gone", "G", |pair| {
        pair.link();
        pair.restart("eu");
        pair.remove_held("eu", "us");
    }),
    ("PENDING × FAILING, of one that is gone", "G", |pair| {
        pair.link();
        pair.restart("eu");
        pair.remove_held("eu", "us");
        pair.own_token();
    }),
    ("- × TERMINATED", "G", |pair| {
        pair.link();
        pair.remove("eu", "us");
        pair.terminated("us", "eu");
    }),
    ("PENDING × TERMINATED, of one that is gone", "G", |pair| {
        pair.link();
        pair.remove("eu", "us");
        pair.terminated("us", "eu");
        pair.own_token();
    }),
    ("PENDING × TERMINATED, by a token that was used too early", "G", |pair| {
        pair.link();
        pair.remove_unheard("eu", "us");
        pair.establish_raw(&pair.own_token());
        pair.release();
        pair.terminated("us", "eu");
    }),
    ("TERMINATED × -", "xG", |pair| {
        pair.link();
        pair.remove("us", "eu");
        pair.terminated("eu", "us");
    }),
    ("TERMINATED × PENDING, by a dead token", "xG", |pair| {
        pair.link();
        pair.remove("us", "eu");
        pair.terminated("eu", "us");
        pair.spoil(&pair.raw_token());
    }),
    ("TERMINATED × FAILING, recreated too early", "xG", |pair| {
        pair.link();
        pair.remove_unheard("us", "eu");
        pair.dial(&pair.own_token(), "us", "eu", false);
        pair.release();
        pair.terminated("eu", "us");
        pair.wait_for("us", "eu", State::Failing);
        pair.hold();
    }),
    ("DELETING × -", "dG", |pair| {
        pair.own_token();
        pair.deleting("eu", "us");
    }),
    ("DELETING × PENDING", "dG", |pair| {
        pair.spoil(&pair.own_token());
        pair.deleting("eu", "us");
    }),
    ("DELETING × ACTIVE", "dwG", |pair| {
        pair.link();
        pair.deleting("eu", "us");
    }),
    ("DELETING × ESTABLISHING", "dG", |pair| {
        pair.hold();
        pair.dial(&pair.own_token(), "us", "eu", false);
        pair.deleting("eu", "us");
    }),
    ("DELETING × FAILING", "dG", |pair| {
        pair.link();
        pair.restart("eu");
        pair.deleting("eu", "us");
    }),
    ("- × DELETING", "dG", |pair| {
        pair.link();
        pair.remove("eu", "us");
        pair.terminated("us", "eu");
        pair.deleting("us", "eu");
    }),
    ("PENDING × DELETING", "dG", |pair| {
        pair.spoil(&pair.own_token());
        pair.deleting("us", "eu");
    }),
    ("ACTIVE × DELETING", "dxG", |pair| {
        pair.link();
        pair.deleting("us", "eu");
    }),
    ("TERMINATED × DELETING", "dxG", |pair| {
        pair.link();
        pair.remove("us", "eu");
        pair.terminated("eu", "us");
        pair.token("us", "eu");
        pair.deleting("us", "eu");
    }),
    ("- × DELETING, of which its own server has lost sight", "dG", |pair| {
        pair.link();
        pair.quiet();
        pair.deleting("us", "eu");
        pair.deleting("eu", "us");
        pair.pass(); // eu reads
        pair.pass(); // and ends the stream before the removal
        pair.release();
        pair.gone("eu", "us");
    }),
    ("DELETING × DELETING", "ddG", |pair| {
        pair.link();
        pair.deleting("eu", "us");
        pair.deleting("us", "eu");
    }),
    ("dialer × acceptor: linked in the opposite direction", "=", |pair| {
        pair.dial(&pair.token("us", "eu"), "eu", "us", true);
        pair.wait_for("us", "eu", State::Active);
    }),
    ("ESTABLISHING × PENDING: the opposite direction", "…", |pair| {
        pair.hold();
        pair.dial(&pair.token("us", "eu"), "eu", "us", false);
    }),
];

/// The states of both sides, the code of the refusal, the name of the conflicting side, and how they come about.
pub const REFUSED: &[(&str, Code, &str, Make)] = &[
    ("dialer of another cluster × -", Code::RoleConflict, "us", |pair| {
        pair.dial(&pair.token("ap", "x"), "eu", "us", true);
    }),
    ("dialer, of this one's other name × -", Code::RoleConflict, "us", |pair| {
        pair.dial(&pair.token("us", "other"), "eu", "us", true);
    }),
    ("- × acceptor", Code::RoleConflict, "eu", |pair| {
        pair.token("us", "eu");
    }),
    ("PENDING × acceptor", Code::RoleConflict, "eu", |pair| {
        pair.own_token();
        pair.token("us", "eu");
    }),
    ("ACTIVE × acceptor", Code::RoleConflict, "eu", |pair| {
        pair.link();
        pair.remove_unheard("us", "eu");
        pair.token("us", "eu");
    }),
    ("- × ACTIVE, of another cluster", Code::PeerMismatch, "eu", |pair| {
        pair.dial(&pair.token("ap", "us"), "us", "eu", true);
    }),
    ("PENDING × ACTIVE, of another cluster", Code::PeerMismatch, "eu", |pair| {
        pair.own_token();
        pair.dial(&pair.token("ap", "us"), "us", "eu", true);
    }),
    ("- × PENDING, of another cluster", Code::PeerMismatch, "eu", |pair| pair.spoil(&pair.token("ap", "us"))),
    ("- × TERMINATED, of another cluster", Code::PeerMismatch, "eu", |pair| {
        pair.dial(&pair.token("ap", "us"), "us", "eu", true);
        pair.remove("ap", "us");
        pair.terminated("us", "eu");
    }),
    ("- × FAILING, of another cluster", Code::PeerMismatch, "eu", |pair| {
        pair.dial(&pair.token("ap", "us"), "us", "eu", true);
        pair.restart("ap");
    }),
    ("TERMINATED × ACTIVE, of another cluster", Code::PeerMismatch, "eu", |pair| {
        pair.link();
        pair.remove("us", "eu");
        pair.terminated("eu", "us");
        pair.dial(&pair.token("ap", "us"), "us", "eu", true);
    }),
    ("ACTIVE, another cluster's × -", Code::PeerMismatch, "us", |pair| pair.link_as("us", "ap", "eu")),
    ("ACTIVE, another cluster's × PENDING", Code::PeerMismatch, "us", |pair| {
        pair.link_as("us", "ap", "eu");
        pair.spoil(&pair.own_token());
    }),
    ("ACTIVE, another cluster's × TERMINATED", Code::PeerMismatch, "us", |pair| {
        pair.link();
        pair.remove("eu", "us");
        pair.terminated("us", "eu");
        pair.link_as("us", "ap", "eu");
    }),
    ("ACTIVE, another name's × -", Code::PeerMismatch, "us", |pair| pair.link_as("us", "us", "other")),
    ("ACTIVE, another name's × PENDING", Code::PeerMismatch, "us", |pair| {
        pair.link_as("us", "us", "other");
        pair.spoil(&pair.own_token());
    }),
    ("- × ACTIVE, of another name here", Code::PeerMismatch, "eu", |pair| {
        pair.dial(&pair.token("eu", "other"), "us", "eu", true);
    }),
];
