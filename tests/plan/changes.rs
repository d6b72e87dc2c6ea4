//! What a plan changes, and in which order.

use super::table::{cells, decided};
use super::*;

#[test]
fn an_opposite_link_keeps_its_direction() {
    for (own, remote, expected) in
        [("ACTIVE", "ACTIVE", "="), ("ESTABLISHING", "ACTIVE", "…"), ("FAILING", "FAILING", "…")]
    {
        // eu, the requested acceptor, has dialed; us, the requested dialer, has accepted.
        let called_acceptor = Side {
            existing: Some(Peering {
                peer_id: Some("r".into()),
                server_name: Some("server.us.peering.u.consul".into()),
                ..record("d", "us", state(own), Role::Dialer)
            }),
            ..eu()
        };
        let called_dialer = Side {
            existing: Some(record("r", "eu", state(remote), Role::Acceptor)),
            dialed_by: vec!["e.consul".into()],
            dialed_from: Some("eu".into()),
            ..us()
        };
        let found = plan(&called_acceptor, &called_dialer).unwrap();
        assert!(found.reversed && found.linked);
        assert_eq!(shown(&found), expected);
        if own == "ESTABLISHING" {
            assert_eq!(found.steps[0].on, Role::Acceptor, "as the caller named the sides");
        }
        let exchanged = Side { meta: Some(vec![("team".into(), "net".into())]), ..called_acceptor };
        let conflict = plan(&exchanged, &called_dialer).unwrap_err();
        assert_eq!((conflict.on, conflict.refusal.code), (Role::Dialer, Code::ExternalAddressesUnknown));
    }
}

#[test]
fn a_change_of_meta_rotates_in_place() {
    let with = |meta: &[(&str, &str)]| -> Meta { meta.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect() };
    let linked = || (acceptor("ACTIVE"), dialer("ACTIVE", "="));
    let (accepting, mut dialing) = linked();
    dialing.meta = Some(with(&[("team", "net")]));
    assert_eq!(shown(&plan(&accepting, &dialing).unwrap()), "G");
    assert!(plan(&accepting, &dialing).unwrap().linked, "it stays linked throughout");
    dialing.existing.as_mut().unwrap().meta = with(&[("team", "net")]);
    assert_eq!(decided(&accepting, &dialing), "=");
    dialing.meta = None;
    assert_eq!(decided(&accepting, &dialing), "=", "left out, it is kept");
    dialing.meta = Some(vec![]);
    assert_eq!(shown(&plan(&accepting, &dialing).unwrap()), "G", "empty, it is cleared");

    let (mut accepting, dialing) = linked();
    accepting.meta = Some(with(&[("team", "net")]));
    let found = plan(&accepting, &dialing).unwrap();
    let noted: Vec<_> = found.notes.iter().map(|note| note.code).collect();
    assert_eq!((shown(&found), noted), ("=".into(), vec![NoteCode::AcceptorMetaKept]), "an acceptor's is a note");
    let terminated = Side { meta: accepting.meta.clone(), ..acceptor("TERMINATED") };
    assert_eq!(plan(&terminated, &dialing).unwrap().notes, [], "recreated, it has its meta");
    let unused = Side { meta: accepting.meta.clone(), ..acceptor("PENDING, never dialed") };
    let found = plan(&unused, &dialer("-", "")).unwrap();
    assert_eq!((shown(&found), found.notes.len()), ("G".into(), 1), "a new token does not change it");
}

#[test]
fn each_step_has_the_code_of_its_reason() {
    use StepReason::*;
    for (row, column, whose, expected) in [
        ("-", "-", "=", &[NoPeering][..]),
        ("-", "TERMINATED", "=", &[AcceptorGone]),
        ("-", "ACTIVE", "=", &[AcceptorGone, AcceptorGone]),
        ("PENDING, never dialed", "-", "=", &[TokenUnused]),
        ("PENDING, never dialed", "PENDING", "~", &[DialerPending]),
        ("PENDING, never dialed", "TERMINATED", "~", &[DialerTerminated]),
        ("PENDING, never dialed", "FAILING", "~", &[AcceptorRecreated]),
        ("PENDING, never dialed", "ACTIVE", "~", &[AcceptorRecreated, AcceptorRecreated]),
        ("TERMINATED", "-", "=", &[AcceptorTerminated, Deleting, AcceptorDeleted]),
        ("ACTIVE", "-", "=", &[DialerGone, Deleting, AcceptorDeleted]),
    ] {
        let plan = plan(&acceptor(row), &dialer(column, whose)).unwrap();
        let codes: Vec<_> = plan.steps.iter().map(|step| step.code).collect();
        assert_eq!(codes.split_last(), Some((&NewToken, expected)), "{row} × {column} {whose}");
    }
}

#[test]
fn external_addresses_are_never_lost_silently() {
    for (row, column, whose, expected) in cells().into_iter().filter(|cell| cell.3.ends_with('G')) {
        let accepting = Side { addresses_named: false, ..acceptor(&row) };
        let lives = !["-", "PENDING, never dialed", "DELETING"].contains(&&*row);
        match plan(&accepting, &dialer(&column, whose)) {
            Ok(plan) => assert!(!lives && shown(&plan) == expected, "{row} × {column} {whose}"),
            Err(conflict) => {
                assert!(lives, "{row} × {column} {whose}");
                assert_eq!((conflict.refusal.code, conflict.on), (Code::ExternalAddressesUnknown, Role::Acceptor));
            }
        }
    }
}

#[test]
fn an_acceptor_is_in_use_before_it_has_the_ca_of_its_dialer() {
    let accepting = Side { addresses_named: false, dialed_by: vec![], ..acceptor("ACTIVE") };
    let dialing = Side { meta: Some(vec![("team".into(), "net".into())]), ..dialer("ACTIVE", "=") };
    let conflict = plan(&accepting, &dialing).unwrap_err();
    assert_eq!(conflict.refusal.code, Code::ExternalAddressesUnknown);
}

#[test]
fn a_rotation_needs_a_link_and_the_accepting_sides_addresses() {
    let linked = (acceptor("ACTIVE"), dialer("ACTIVE", "="));
    let steps = |plan: Plan| plan.steps.into_iter().map(|step| (step.on, step.action)).collect::<Vec<_>>();
    let forwards = vec![(Role::Acceptor, Action::Generate), (Role::Dialer, Action::Establish)];
    assert_eq!(steps(rotate(&linked.0, &linked.1).unwrap()), forwards);

    let code = |rotated: Result<Plan, _>| {
        rotated.map_err(|conflict: consul_peering::decide::plan::Conflict| (conflict.on, conflict.refusal.code))
    };
    let unnamed = Side { addresses_named: false, ..linked.0.clone() };
    let missing = Code::ExternalAddressesUnknown;
    assert_eq!(code(rotate(&unnamed, &linked.1)).unwrap_err(), (Role::Acceptor, missing));
    // In the opposite direction, the second one accepts.
    assert_eq!(code(rotate(&linked.1, &unnamed)).unwrap_err(), (Role::Dialer, missing));
    let backwards = vec![(Role::Dialer, Action::Generate), (Role::Acceptor, Action::Establish)];
    assert_eq!(steps(rotate(&linked.1, &linked.0).unwrap()), backwards);

    let refused = code(rotate(&acceptor("PENDING, never dialed"), &us())).unwrap_err();
    assert_eq!(refused, (Role::Acceptor, Code::NotActive));
}
