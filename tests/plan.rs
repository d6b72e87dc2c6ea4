//! The decisions of connect: every state of one side against every state of the other.
#![cfg(not(target_arch = "wasm32"))]

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::decide::plan::{Action, NoteCode, Plan, StepReason, disconnect, plan, rotate};
use consul_peering::decide::side::Side;
use consul_peering::rules::identity::Identity;
use consul_peering::rules::meta::Meta;

/// The decision as a table. A row is the acceptor's side, a column the dialer's; columns 1, 2 and 3 of a state
/// are a dialer of this acceptor, of a deleted one, of another cluster.
///
/// `G` generate and establish · `x` delete the acceptor, wait until it is gone · `w` wait until the dialer is
/// TERMINATED · `d` wait until what is being deleted is gone · `…` linked, wait until ACTIVE · `=` linked, nothing to do
/// · `p` refused, peer_mismatch · `r` refused, role_conflict
const TABLE: &str = "
                          |  -  |  PENDING  | ESTABLISHING |  ACTIVE   |  FAILING  | TERMINATED | DELETING | acceptor
                          |     | 1   2   3 |  1   2   3   | 1   2   3 | 1   2   3 | 1   2   3  |          |
 -                        |  G  | G   G   p |  G   G   p   | wG  wG  p | G   G   p | G   G   p  | dG       | r
 PENDING, never dialed    |  G  | G   G   p |  …   G   p   | …   wG  p | …   G   p | G   G   p  | dG       | r
 PENDING                  | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 ESTABLISHING             | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 ACTIVE                   | xG  | xG  xG  p |  …   xG  p   | =   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 FAILING                  | xG  | xG  xG  p |  …   xG  p   | …   wG  p | …   xG  p | xG  xG  p  | dxG      | r
 TERMINATED               | xG  | xG  xG  p |  xG  xG  p   | xG  xG  p | xG  xG  p | xG  xG  p  | dxG      | r
 DELETING                 | dG  | dG  dG  p |  dG  dG  p   | dwG dwG p | dG  dG  p | dG  dG  p  | ddG      | r
 ACTIVE, another cluster  |  p  | p   p   p |  …   p   p   | =   p   p | …   p   p | p   p   p  | p        | r
 ACTIVE, another datacenter| p  | p   p   p |  …   p   p   | =   p   p | …   p   p | p   p   p  | p        | r
 dialer                   |  r  | r   r   r |  r   r   r   | r   r   r | r   r   r | r   r   r  | r        | r
";

fn identity(datacenter: &str, trust_domain: &str) -> Identity {
    Identity { datacenter: Some(datacenter.into()), trust_domain: Some(trust_domain.into()) }
}

fn eu() -> Side {
    Side { name: "us".into(), identity: identity("eu", "e.consul"), addresses_named: true, ..Side::default() }
}

fn us() -> Side {
    Side { name: "eu".into(), identity: identity("us", "u.consul"), ..Side::default() }
}

fn state(text: &str) -> State {
    match text {
        "PENDING" => State::Pending,
        "ESTABLISHING" => State::Establishing,
        "ACTIVE" => State::Active,
        "FAILING" => State::Failing,
        "TERMINATED" => State::Terminated,
        "DELETING" => State::Deleting,
        other => panic!("{other}"),
    }
}

fn record(id: &str, name: &str, state: State, role: Role) -> Peering {
    Peering {
        id: id.into(),
        name: name.into(),
        state,
        role,
        meta: vec![],
        peer_id: None,
        server_name: None,
        create_index: 1,
        modify_index: 1,
    }
}

fn acceptor(text: &str) -> Side {
    let side = eu();
    if text == "-" {
        return side;
    }
    let (word, by) = text.split_once(", ").unwrap_or((text, ""));
    if word == "dialer" {
        return Side { existing: Some(dialer_record(State::Active, "=")), ..side };
    }
    let (domain, datacenter) = match by {
        "never dialed" => (None, None),
        "another cluster" => (Some("x.consul"), Some("us")),
        "another datacenter" => (Some("u.consul"), Some("us-2")),
        _ if word == "DELETING" => (None, None),
        _ => (Some("u.consul"), Some("us")),
    };
    Side {
        existing: Some(record("a", "us", state(word), Role::Acceptor)),
        dialed_by: domain.into_iter().map(Into::into).collect(),
        dialed_from: datacenter.map(Into::into),
        ..side
    }
}

fn dialer_record(state: State, whose: &str) -> Peering {
    let (peer_id, server_name) = match whose {
        "=" => ("a", "server.eu.peering.e.consul"),
        "~" => ("gone", "server.eu.peering.e.consul"),
        _ => ("x", "server.ap.peering.x.consul"),
    };
    Peering {
        peer_id: Some(peer_id.into()),
        server_name: Some(server_name.into()),
        ..record("d", "eu", state, Role::Dialer)
    }
}

fn dialer(text: &str, whose: &str) -> Side {
    let existing = match text {
        "-" => None,
        "acceptor" => Some(record("r", "eu", State::Active, Role::Acceptor)),
        "DELETING" => Some(Peering { peer_id: None, ..dialer_record(State::Deleting, "=") }),
        text => Some(dialer_record(state(text), whose)),
    };
    Side { existing, ..us() }
}

fn shown(plan: &Plan) -> String {
    let steps: Vec<_> = plan.steps.iter().map(|step| (step.on, step.action, step.code)).collect();
    let mut text = String::new();
    let mut rest = &steps[..];
    while let [(on, action, code), after @ ..] = rest {
        rest = after;
        text.push(match (on, action, code) {
            (_, Action::Wait, StepReason::Deleting) => 'd',
            // For one side or for both.
            (_, Action::Wait, StepReason::NotActive) if text.ends_with('…') => continue,
            (_, Action::Wait, StepReason::NotActive) => '…',
            (Role::Dialer, Action::Wait, StepReason::AcceptorGone | StepReason::AcceptorRecreated) => 'w',
            (Role::Acceptor, Action::Delete, StepReason::AcceptorTerminated | StepReason::DialerGone) => {
                let [(Role::Acceptor, Action::Wait, StepReason::Deleting), after @ ..] = rest else {
                    panic!("no wait: {steps:?}")
                };
                rest = after;
                'x'
            }
            (Role::Acceptor, Action::Generate, _) => {
                let [(Role::Dialer, Action::Establish, StepReason::NewToken)] = rest else {
                    panic!("no establish: {steps:?}")
                };
                rest = &[];
                'G'
            }
            other => panic!("{other:?}"),
        });
    }
    if text.is_empty() { "=".into() } else { text }
}

fn decided(acceptor: &Side, dialer: &Side) -> String {
    match plan(acceptor, dialer) {
        Ok(plan) => {
            let shown = shown(&plan);
            let quiet = shown.chars().all(|c| "=…".contains(c));
            assert_eq!(plan.linked, quiet, "linked where nothing is written, and only there");
            shown
        }
        Err(conflict) => match conflict.refusal.code {
            _ if conflict.refusal.hint.contains("replace") => panic!("nothing is replaced"),
            Code::PeerMismatch => "p".into(),
            Code::RoleConflict => "r".into(),
            other => panic!("{other:?}"),
        },
    }
}

/// Every cell: the row's text, the column's state, its acceptor, the expected decision.
fn cells() -> Vec<(String, String, &'static str, String)> {
    let mut lines = TABLE.lines().filter(|line| line.contains('|'));
    let split = |line: &str| line.split('|').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    let head = split(lines.next().unwrap());
    lines.next(); // the numbers of the columns
    let mut cells = Vec::new();
    for line in lines {
        let parts = split(line);
        for (column, part) in head.iter().zip(&parts).skip(1) {
            let expected: Vec<_> = part.split_whitespace().collect();
            let whose: &[&str] = if expected.len() == 3 { &["=", "~", "!"] } else { &["="] };
            assert_eq!(whose.len(), expected.len(), "{line}");
            for (whose, expected) in whose.iter().zip(expected) {
                cells.push((parts[0].clone(), column.clone(), *whose, expected.to_owned()));
            }
        }
    }
    cells
}

#[test]
fn every_state_of_one_side_against_every_state_of_the_other() {
    let cells = cells();
    assert_eq!(cells.len(), 11 * 18);
    let wrong: Vec<_> = cells
        .into_iter()
        .filter_map(|(row, column, whose, expected)| {
            let found = decided(&acceptor(&row), &dialer(&column, whose));
            (found != expected).then(|| format!("{row} × {column} {whose}: {found}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_documented_table_is_equal() {
    assert!(include_str!("../docs/connect.md").contains(TABLE.trim_matches('\n')));
}

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
