//! The plans of connect, rotate and disconnect.
#![cfg(not(target_arch = "wasm32"))]

mod changes;
mod ownership;
mod table;

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::decide::plan::{Action, NoteCode, Plan, StepReason, disconnect, plan, rotate};
use consul_peering::decide::side::Side;
use consul_peering::rules::identity::Identity;
use consul_peering::rules::meta::Meta;

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
    let state = State::parse(text);
    assert!(!matches!(state, State::Other(_)), "{text}");
    state
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
