//! Whose peerings a plan may use or delete.

use super::table::{cells, decided};
use super::*;

#[test]
fn refuses_a_peering_that_another_cluster_uses() {
    let conflicting = |side: Side| Side { conflicting: Some("other".into()), ..side };
    // Another peering of the other cluster dials this acceptor.
    assert_eq!(decided(&acceptor("ACTIVE"), &conflicting(dialer("-", ""))), "p");
    assert_eq!(decided(&acceptor("PENDING, never dialed"), &conflicting(dialer("PENDING", "="))), "p");
    assert_eq!(
        decided(&acceptor("ACTIVE"), &conflicting(dialer("ACTIVE", "="))),
        "=",
        "a leftover of a race, next to the link"
    );
    // The dialer is linked with another acceptor of this cluster.
    assert_eq!(decided(&conflicting(acceptor("-")), &dialer("ACTIVE", "~")), "p");
}

#[test]
fn the_same_cluster_on_both_sides() {
    let found = plan(&eu(), &Side { name: "x".into(), ..eu() }).unwrap_err();
    assert_eq!(found.refusal.code, Code::SameCluster);
    let federated = Side { identity: identity("us", "e.consul"), ..us() };
    assert_eq!(decided(&eu(), &federated), "G", "another datacenter of the same trust domain");
}

#[test]
fn refuses_a_peering_of_unknown_ownership() {
    let unknown = |side: Side| Side { identity: Identity::default(), ..side };
    assert_eq!(decided(&unknown(acceptor("-")), &dialer("TERMINATED", "~")), "p");
    assert_eq!(decided(&unknown(acceptor("-")), &dialer("PENDING", "~")), "G", "never linked");
    assert_eq!(decided(&acceptor("ACTIVE"), &unknown(dialer("-", ""))), "p");
    assert_eq!(
        decided(&unknown(acceptor("ACTIVE")), &unknown(dialer("ACTIVE", "="))),
        "=",
        "each other's by their ids"
    );
    assert_eq!(decided(&unknown(acceptor("-")), &unknown(dialer("-", ""))), "G");
    let nowhere = Identity { datacenter: None, ..identity("", "u.consul") };
    let in_unknown_datacenter = Side { identity: nowhere, ..dialer("-", "") };
    for text in ["ACTIVE", "ACTIVE, another datacenter"] {
        assert_eq!(decided(&acceptor(text), &in_unknown_datacenter), "p", "it may be of a federated datacenter");
    }
}

/// The pairs that may be deleted: every row against every column of the table.
#[test]
fn disconnect_deletes_only_a_proven_pair() {
    for (row, column, whose, _) in cells() {
        let (accepting, dialing) = (acceptor(&row), dialer(&column, whose));
        let linked = whose == "="
            && !["-", "PENDING", "DELETING", "acceptor"].contains(&&*column)
            && row != "-"
            && row != "dialer";
        let acceptor_is_of_pair = !row.contains("another") && row != "dialer";
        // The acceptor in place of a dialer is ACTIVE, and its dialer unknown.
        let dialer_is_of_pair =
            column != "acceptor" && (["-", "PENDING", "DELETING"].contains(&&*column) || whose != "!");
        let expected = match (&*row, &*column) {
            ("dialer", _) => false,
            _ => linked || (acceptor_is_of_pair && dialer_is_of_pair),
        };
        assert_eq!(disconnect(&accepting, &dialing).is_ok(), expected, "{row} × {column} {whose}");
    }
    let conflicting = |side: Side| Side { conflicting: Some("other".into()), ..side };
    assert!(disconnect(&acceptor("ACTIVE"), &conflicting(dialer("-", ""))).is_err());
    assert!(disconnect(&conflicting(acceptor("-")), &dialer("ACTIVE", "~")).is_err());
    // Another cluster may have just dialed it: its CA and datacenter arrive a moment later.
    let just_dialed = Side { dialed_by: vec![], dialed_from: None, ..acceptor("ACTIVE") };
    assert!(disconnect(&just_dialed, &dialer("-", "")).is_err());
    assert!(disconnect(&just_dialed, &dialer("ACTIVE", "=")).is_ok());
    let unused = Side { existing: Some(record("r", "eu", State::Pending, Role::Acceptor)), ..us() };
    assert!(disconnect(&acceptor("-"), &unused).is_ok());
    let conflict = disconnect(&acceptor("ACTIVE"), &dialer("ACTIVE", "!")).unwrap_err();
    assert_eq!((conflict.on, conflict.refusal.code), (Role::Dialer, Code::PeerMismatch));
}

#[test]
fn a_refused_disconnect_says_what_the_peering_is_linked_with() {
    let refused = |a: &Side, b: &Side| disconnect(a, b).unwrap_err().refusal.message;
    let conflicting = Side { conflicting: Some("other".into()), ..dialer("-", "") };
    assert!(refused(&acceptor("ACTIVE"), &conflicting).contains("linked with \"other\" on the other cluster"));
    let dials_elsewhere = refused(&acceptor("-"), &dialer("ACTIVE", "!"));
    assert!(dials_elsewhere.contains("another cluster (server.ap.peering.x.consul)"), "{dials_elsewhere}");
    let used_elsewhere = refused(&acceptor("ACTIVE, another datacenter"), &dialer("-", ""));
    assert!(used_elsewhere.contains("another cluster (us-2)"), "{used_elsewhere}");
    let unknown = Side { dialed_by: vec![], dialed_from: None, ..acceptor("ACTIVE") };
    assert!(refused(&unknown, &dialer("-", "")).contains("cannot be determined"));
}

/// What a dialer and an acceptor store of the cluster they were created with, here before it was rebuilt.
#[test]
fn a_rebuilt_cluster_is_recognised_in_either_role() {
    let eu_before = Side {
        existing: Some(Peering {
            server_name: Some("server.eu.peering.old.consul".into()),
            ..dialer_record(State::Failing, "~")
        }),
        ..us()
    };
    let us_before = Side { dialed_by: vec!["old.consul".into()], ..acceptor("FAILING") };
    for (accepting, dialing, on, was) in [
        (acceptor("-"), eu_before.clone(), Role::Dialer, "old.consul"),
        (acceptor("PENDING, never dialed"), eu_before.clone(), Role::Dialer, "old.consul"),
        (us_before.clone(), dialer("-", ""), Role::Acceptor, "old.consul"),
    ] {
        let found = plan(&accepting, &dialing).unwrap_err();
        assert_eq!((found.on, found.refusal.code), (on, Code::PeerMismatch));
        let finding = &found.refusal.findings[0];
        assert_eq!(finding.rule, "rebuilt");
        assert!(finding.message.contains(was) && found.refusal.message == finding.message);
        assert!(found.refusal.hint.contains("delete it, then connect again"));
        assert!(!found.may_be_concurrent_call);
        // Also with the roles exchanged.
        let turned = plan(&dialing, &accepting).unwrap_err();
        assert_eq!((turned.on, turned.refusal.findings[0].rule), (on.other(), "rebuilt"));
        let apart = disconnect(&accepting, &dialing).unwrap_err();
        assert_eq!(apart.refusal.findings[0].rule, "rebuilt");
    }
    let elsewhere = plan(&acceptor("-"), &dialer("FAILING", "!")).unwrap_err();
    assert_eq!(elsewhere.refusal.findings, [], "another datacenter");
}

#[test]
fn an_unused_side_of_the_opposite_direction_may_belong_to_another_call() {
    let unused = Side { existing: Some(record("r", "eu", State::Pending, Role::Acceptor)), ..us() };
    let dials = |state, server_name: &str| Side {
        existing: Some(Peering { server_name: Some(server_name.into()), ..dialer_record(state, "~") }),
        dialed_by: vec!["u.consul".into()], // its token has the other cluster's CA
        ..eu()
    };
    let own = "server.us.peering.u.consul";
    for (accepting, dialing, on) in [
        (acceptor("-"), unused.clone(), Role::Dialer),
        (acceptor("PENDING, never dialed"), unused, Role::Dialer),
        (dials(State::Pending, own), us(), Role::Acceptor),
        (dials(State::Establishing, own), us(), Role::Acceptor),
    ] {
        let found = plan(&accepting, &dialing).unwrap_err();
        assert_eq!((found.on, found.refusal.code, found.may_be_concurrent_call), (on, Code::RoleConflict, true));
        assert!(found.refusal.hint.contains("other direction"));
    }
    for (accepting, dialing) in [
        (acceptor("-"), dialer("acceptor", "")),
        (dials(State::Active, own), us()),
        (dials(State::Pending, "server.ap.peering.a.consul"), us()),
    ] {
        let used = plan(&accepting, &dialing).unwrap_err();
        assert!(!used.may_be_concurrent_call && !used.refusal.hint.contains("other direction"));
    }
}

#[test]
fn a_second_peering_of_the_same_two_clusters_is_noted() {
    let as_other = |side: Side, name: &str| Side { name: name.into(), ..side };
    let with = |side: Side, others: &[Side]| Side { others: others.to_vec(), ..side };
    let notes = |accepting: &[Side], dialing: &[Side]| {
        plan(&with(acceptor("-"), accepting), &with(dialer("-", ""), dialing)).unwrap().notes
    };
    let accepts = as_other(acceptor("ACTIVE"), "us-2");
    let dials = as_other(dialer("ACTIVE", "="), "eu-2");
    let found = notes(&[accepts], &[dials]);
    assert!(found.iter().all(|note| note.code == NoteCode::OtherPeering) && found.len() == 2, "{found:?}");
    assert!(found[0].text.contains("\"us-2\" on the cluster eu is another peering"), "{found:?}");
    assert!(found[1].text.contains("\"eu-2\" on the cluster us is another peering"), "{found:?}");
    let unrelated =
        [as_other(acceptor("ACTIVE, another cluster"), "x"), as_other(acceptor("ACTIVE, another datacenter"), "y")];
    assert_eq!(notes(&unrelated, &[as_other(dialer("ACTIVE", "!"), "ap")]), []);
}
