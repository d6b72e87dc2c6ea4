//! Decisions: whatever stands and whatever is asked for, nothing usable is touched and each way out is one.

use consul_peering::consul::code::Code;
use consul_peering::consul::delivery::Delivery;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::consul::request::Effect;
use consul_peering::decide::establish;
use consul_peering::decide::generate;
use consul_peering::decide::leftover::Changed;
use consul_peering::decide::preflight::Preflight;
use consul_peering::decide::retry::{FailedAttempt, delay};
use consul_peering::rules::identity::Identity;
use consul_peering::rules::spec::PeeringSpec;
use serde_json::{Value as Json, json};

use super::peering;
use super::settling::{self, Look};
use super::story::Choices;

const STEPS_MS: [f64; 8] = [0.0, 20.0, 80.0, 500.0, 999.0, 1_000.0, 6_000.0, 15_000.0];

/// Any bytes as a story.
pub fn check(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (spec, own) = (choices.spec(), choices.identity());
    let stood = choices.answer().as_ref().and_then(peering::check);
    check_establish(stood.as_ref(), &spec, &own);
    check_generate(stood.as_ref(), &spec);
    check_retry(&mut choices);

    let mut at = 0.0;
    let mut looks = Vec::new();
    while !choices.are_used_up() && looks.len() < 64 {
        at += choices.of(&STEPS_MS);
        let answer = choices.after(looks.last().and_then(|look: &Look| look.answer.as_ref()));
        looks.push(Look { at, answer });
        settling::check_pace(at, at + choices.of(&STEPS_MS));
    }
    for look in &looks {
        if let Some(seen) = look.answer.as_ref().and_then(peering::check) {
            check_after(stood.as_ref(), &seen, look.answer.as_ref().unwrap(), &spec);
        }
    }
    settling::check("p1", &looks);
}

/// A token of this cluster's own, as far as both are known.
fn is_own(spec: &PeeringSpec, own: &Identity) -> bool {
    let info = &spec.peering_token.info;
    own.datacenter.is_some()
        && own.trust_domain.is_some()
        && own.datacenter == info.datacenter
        && own.trust_domain == info.trust_domain
}

fn check_establish(stands: Option<&Peering>, spec: &PeeringSpec, own: &Identity) {
    let info = &spec.peering_token.info;
    let decide = |replace| establish::preflight(stands, info, own, replace);
    let (plain, replacing) = (decide(false), decide(true));
    let story = format!("{plain:?} or, replacing, {replacing:?}: {stands:?}, {info:?}, {own:?}");
    if is_own(spec, own) {
        assert!([&plain, &replacing].iter().all(|before| code(before) == Some(Code::SameCluster)), "{story}");
        return;
    }
    check_choice(&plain, &replacing, &story);
    let Some(stands) = stands else { return assert_eq!(plain, Preflight::Send(None), "{story}") };
    let deleting = stands.state == State::Deleting;
    let dialer = stands.role == Role::Dialer;
    let same_record = stands.peer_id.as_deref() == Some(&*info.peer_id);
    // Where either has no name, only the record tells.
    let theirs = stands.server_name.as_deref().filter(|_| !info.server_name.is_empty());
    let same_cluster = theirs.map(|name| name == info.server_name);
    let active = stands.state == State::Active;

    if matches!(plain, Preflight::Send(_)) {
        assert!(dialer && !deleting && same_cluster != Some(false) && (same_record || !active), "ruins it: {story}");
    }
    if let Preflight::Replace(why) = &replacing {
        let useless = !dialer || same_cluster == Some(false) || (same_cluster.is_none() && !same_record);
        assert!(!deleting && useless, "deletes what can serve: {story}");
        assert!(why.contains("\"us\""), "{story}");
    }
    if dialer && !deleting && same_cluster != Some(false) && (same_record || (!active && same_cluster.is_some())) {
        assert!(matches!(plain, Preflight::Send(_)), "would have been repaired: {story}");
    }
    assert_eq!(deleting, replacing == Preflight::WaitGone, "{story}");
    assert_eq!(deleting, code(&plain) == Some(Code::Deleting), "{story}");
}

fn check_generate(stands: Option<&Peering>, spec: &PeeringSpec) {
    for meta in [None, Some(&spec.meta)] {
        let decide = |replace| generate::preflight(stands, meta, replace);
        let (plain, replacing) = (decide(false), decide(true));
        let story = format!("{plain:?} or, replacing, {replacing:?}: {stands:?}, {meta:?}");
        let Some(stands) = stands else {
            assert_eq!((plain, replacing), (Preflight::Send(None), Preflight::Send(None)));
            continue;
        };
        if stands.state == State::Deleting {
            assert!(plain == Preflight::WaitGone && replacing == Preflight::WaitGone, "{story}");
            continue;
        }
        check_choice(&plain, &replacing, &story);
        let useless = stands.role == Role::Dialer || stands.state == State::Terminated;
        let other_meta = meta.is_some_and(|meta| *meta != stands.meta);
        assert_eq!(useless, matches!(replacing, Preflight::Replace(_)), "{story}");
        assert_eq!(!useless && !other_meta, matches!(plain, Preflight::Send(_)), "{story}");
        let unused = stands.state == State::Pending;
        assert!(!matches!(plain, Preflight::Send(note) if note.is_some() != unused), "{story}");
    }
}

/// `replace` makes a way where there was none, changes nothing where there was one, and is spoken of where it helps.
fn check_choice(plain: &Preflight, replacing: &Preflight, story: &str) {
    match plain {
        Preflight::Send(_) => assert_eq!(plain, replacing, "{story}"),
        Preflight::Refuse(refusal) => {
            assert!(!matches!(replacing, Preflight::Send(_)), "{story}");
            assert!(!matches!(replacing, Preflight::Refuse(other) if other != refusal), "{story}");
            let hint = refusal.hint;
            assert!(
                !hint.contains("replace") || !matches!(replacing, Preflight::Refuse(_)),
                "a hint that leads nowhere: {story}"
            );
        }
        Preflight::WaitGone | Preflight::Replace(_) => panic!("nobody asked for that: {story}"),
    }
}

fn code(before: &Preflight) -> Option<Code> {
    match before {
        Preflight::Refuse(refusal) => Some(refusal.code),
        _ => None,
    }
}

/// What is made of a read after a call that was refused or lost. `answer` is what `seen` was read from.
fn check_after(stood: Option<&Peering>, seen: &Peering, answer: &Json, spec: &PeeringSpec) {
    let sent: serde_json::Map<_, _> = spec.meta.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let meta = answer.get("Meta").filter(|meta| !meta.is_null()).cloned().unwrap_or_else(|| json!({}));
    let name = answer["PeerServerName"].as_str().filter(|name| !name.is_empty());
    let of_token = answer["PeerID"] == "p1" && name.is_none_or(|name| name == spec.peering_token.info.server_name);
    let of_call = of_token && meta == Json::Object(sent) && !peering::is_deleted(answer);
    assert_eq!(establish::is_of_token(seen, spec), of_token, "{answer}");
    assert_eq!(establish::is_as_requested(seen, spec), of_call && answer["State"] == "ACTIVE", "{answer}");
    let untouched = answer["CreateIndex"] == answer["ModifyIndex"];
    let leftover = of_call && answer["State"] == "PENDING" && untouched;
    assert_eq!(establish::is_own_leftover(seen, spec), leftover, "deleted or left: {answer}");

    assert_eq!(establish::overwritten(seen, seen), []);
    let Some(stood) = stood else { return };
    let told = establish::overwritten(stood, seen);
    for (member, differs) in [
        (Changed::Meta, stood.meta != seen.meta),
        (Changed::PeerId, stood.peer_id != seen.peer_id),
        (Changed::PeerServerName, stood.server_name != seen.server_name),
        (Changed::State, stood.state != seen.state && seen.state == State::Pending),
    ] {
        assert_eq!(told.contains(&member), differs, "{told:?}: {stood:?}, {seen:?}");
    }
}

/// Tries that fail in the same way, until they are given up.
fn check_retry(choices: &mut Choices) {
    const CODES: [Code; 6] =
        [Code::Network, Code::RateLimited, Code::NotReady, Code::ServerError, Code::TokenSpent, Code::Timeout];
    let effect = choices.of(&[Effect::None, Effect::Change]);
    let trouble = FailedAttempt {
        code: choices.of(&CODES),
        status: choices.of(&[None, Some(500), Some(503), Some(429)]),
        delivery: choices.of(&[Delivery::NotSent, Delivery::Refused, Delivery::Unknown]),
        retry_after: choices.of(&[None, Some(0.0), Some(499.0), Some(500.0), Some(3_000.0), Some(60_000.0)]),
    };
    let (mut tried, mut waited) = (0, 0.0);
    while tried < 40 {
        let jitter = choices.of(&[0.0, 0.25, 0.5, 1.0]);
        let Some(ms) = delay(effect, trouble, tried, jitter) else { break };
        assert!(ms >= 100.0 && ms <= trouble.retry_after.unwrap_or(0.0).max(8_000.0), "{ms} ms: {trouble:?}");
        tried += 1;
        waited += ms;
        if let Some(asked) = trouble.retry_after.filter(|asked| *asked >= 500.0 && trouble.code != Code::Network) {
            assert_eq!(ms, asked, "{trouble:?}");
        }
    }
    let busy = matches!(trouble.code, Code::RateLimited | Code::NotReady);
    let unavailable = trouble.code == Code::ServerError && trouble.status == Some(503);
    let harmless = effect == Effect::None || trouble.delivery == Delivery::NotSent;
    let expected = match trouble.code {
        _ if busy || (unavailable && effect == Effect::None) => 40,
        Code::Network if harmless => 2,
        _ => 0,
    };
    assert_eq!(tried, expected, "{effect:?} {trouble:?}");
    assert!(trouble.code != Code::Network || waited < 1_000.0, "{waited} ms");
}
