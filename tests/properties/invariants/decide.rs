//! Decisions: for any state and any request, nothing usable is changed and each suggested fix works.

use consul_peering::consul::code::Code;
use consul_peering::consul::delivery::Delivery;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::consul::request::Effect;
use consul_peering::decide::establish;
use consul_peering::decide::generate;
use consul_peering::decide::leftover::Changed;
use consul_peering::decide::preflight::Preflight;
use consul_peering::decide::retry::{FailedAttempt, delay};
use consul_peering::rules::duration::{Duration, Instant};
use consul_peering::rules::identity::Identity;
use consul_peering::rules::spec::PeeringSpec;
use serde_json::{Value as Json, json};

use super::activation::{self, Read};
use super::peering;
use super::story::Choices;

const STEPS_MS: [f64; 8] = [0.0, 20.0, 80.0, 500.0, 999.0, 1_000.0, 6_000.0, 15_000.0];

/// Any bytes as a history.
pub fn check(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (spec, own) = (choices.spec(), choices.identity());
    let before = choices.answer().as_ref().and_then(peering::check);
    check_establish(before.as_ref(), &spec, &own);
    check_generate(before.as_ref(), &spec);
    check_retry(&mut choices);

    let mut at = 0.0;
    let mut reads = Vec::new();
    while !choices.are_used_up() && reads.len() < 64 {
        at += choices.of(&STEPS_MS);
        let answer = choices.after(reads.last().and_then(|read: &Read| read.answer.as_ref()));
        reads.push(Read { at: Instant::at_ms(at), answer });
        activation::check_pace(Duration::ms(at), Duration::ms(at + choices.of(&STEPS_MS)));
    }
    for read in &reads {
        if let Some(observed) = read.answer.as_ref().and_then(peering::check) {
            check_after(before.as_ref(), &observed, read.answer.as_ref().unwrap(), &spec);
        }
    }
    activation::check("p1", &reads);
}

/// The cluster's own token, as far as both are known.
fn is_own(spec: &PeeringSpec, own: &Identity) -> bool {
    let info = &spec.peering_token.info;
    own.datacenter.is_some()
        && own.trust_domain.is_some()
        && own.datacenter == info.datacenter
        && own.trust_domain == info.trust_domain
}

fn check_establish(existing: Option<&Peering>, spec: &PeeringSpec, own: &Identity) {
    let info = &spec.peering_token.info;
    let decide = |replace| establish::preflight(existing, info, own, replace);
    let (plain, replacing) = (decide(false), decide(true));
    let story = format!("{plain:?} or, replacing, {replacing:?}: {existing:?}, {info:?}, {own:?}");
    if is_own(spec, own) {
        assert!([&plain, &replacing].iter().all(|before| code(before) == Some(Code::SameCluster)), "{story}");
        return;
    }
    check_choice(&plain, &replacing, &story);
    let Some(existing) = existing else { return assert_eq!(plain, Preflight::Send(None), "{story}") };
    let deleting = existing.state == State::Deleting;
    let dialer = existing.role == Role::Dialer;
    let same_record = existing.peer_id.as_deref() == Some(&*info.peer_id);
    // If either has no server name, only the record identifies the cluster.
    let linked_with = existing.server_name.as_deref().filter(|_| !info.server_name.is_empty());
    let same_cluster = linked_with.map(|name| name == info.server_name);
    let active = existing.state == State::Active;

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

fn check_generate(existing: Option<&Peering>, spec: &PeeringSpec) {
    for meta in [None, Some(&spec.meta)] {
        let decide = |replace| generate::preflight(existing, meta, replace);
        let (plain, replacing) = (decide(false), decide(true));
        let story = format!("{plain:?} or, replacing, {replacing:?}: {existing:?}, {meta:?}");
        let Some(existing) = existing else {
            assert_eq!((plain, replacing), (Preflight::Send(None), Preflight::Send(None)));
            continue;
        };
        if existing.state == State::Deleting {
            assert!(plain == Preflight::WaitGone && replacing == Preflight::WaitGone, "{story}");
            continue;
        }
        check_choice(&plain, &replacing, &story);
        let useless = existing.role == Role::Dialer || existing.state == State::Terminated;
        let other_meta = meta.is_some_and(|meta| *meta != existing.meta);
        assert_eq!(useless, matches!(replacing, Preflight::Replace(_)), "{story}");
        assert_eq!(!useless && !other_meta, matches!(plain, Preflight::Send(_)), "{story}");
        let unused = existing.state == State::Pending;
        assert!(!matches!(plain, Preflight::Send(note) if note.is_some() != unused), "{story}");
    }
}

/// `replace` allows a refused call, changes nothing of an allowed one, and is suggested if it helps.
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
        Preflight::WaitGone | Preflight::Replace(_) => panic!("replace was not set: {story}"),
    }
}

fn code(before: &Preflight) -> Option<Code> {
    match before {
        Preflight::Refuse(refusal) => Some(refusal.code),
        _ => None,
    }
}

/// The classification of a read after a refused or lost call. `answer` is the response with `observed`.
fn check_after(before: Option<&Peering>, observed: &Peering, answer: &Json, spec: &PeeringSpec) {
    let sent: serde_json::Map<_, _> = spec.meta.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let meta = answer.get("Meta").filter(|meta| !meta.is_null()).cloned().unwrap_or_else(|| json!({}));
    let name = answer["PeerServerName"].as_str().filter(|name| !name.is_empty());
    let of_token = answer["PeerID"] == "p1" && name.is_none_or(|name| name == spec.peering_token.info.server_name);
    let of_call = of_token && meta == Json::Object(sent) && !peering::is_deleted(answer);
    assert_eq!(establish::is_of_token(observed, spec), of_token, "{answer}");
    assert_eq!(establish::is_as_requested(observed, spec), of_call && answer["State"] == "ACTIVE", "{answer}");
    let untouched = answer["CreateIndex"] == answer["ModifyIndex"];
    let leftover = of_call && answer["State"] == "PENDING" && untouched;
    assert_eq!(establish::is_own_leftover(observed, spec), leftover, "deleted or left: {answer}");

    assert_eq!(establish::overwritten(observed, observed), []);
    let Some(before) = before else { return };
    let changed = establish::overwritten(before, observed);
    for (member, differs) in [
        (Changed::Meta, before.meta != observed.meta),
        (Changed::PeerId, before.peer_id != observed.peer_id),
        (Changed::PeerServerName, before.server_name != observed.server_name),
        (Changed::State, before.state != observed.state && observed.state == State::Pending),
    ] {
        assert_eq!(changed.contains(&member), differs, "{changed:?}: {before:?}, {observed:?}");
    }
}

/// Attempts that fail in the same way, until the call gives up.
fn check_retry(choices: &mut Choices) {
    const CODES: [Code; 6] =
        [Code::Network, Code::RateLimited, Code::NotReady, Code::ServerError, Code::TokenSpent, Code::Timeout];
    let effect = choices.of(&[Effect::Read, Effect::Write]);
    let attempt = FailedAttempt {
        code: choices.of(&CODES),
        status: choices.of(&[None, Some(500), Some(503), Some(429)]),
        delivery: choices.of(&[Delivery::NotSent, Delivery::Refused, Delivery::Unknown]),
        retry_after: choices
            .of(&[None, Some(0.0), Some(499.0), Some(500.0), Some(3_000.0), Some(60_000.0)])
            .map(Duration::ms),
    };
    let (mut tried, mut waited) = (0, 0.0);
    while tried < 40 {
        let jitter = choices.of(&[0.0, 0.25, 0.5, 1.0]);
        let Some(ms) = delay(effect, attempt, tried, jitter).map(Duration::as_ms) else { break };
        let longest = attempt.retry_after.map_or(0.0, Duration::as_ms).max(8_000.0);
        assert!(ms >= 100.0 && ms <= longest, "{ms} ms: {attempt:?}");
        tried += 1;
        waited += ms;
        match attempt.retry_after.map(Duration::as_ms) {
            Some(wanted) if wanted >= 500.0 && attempt.code != Code::Network => assert_eq!(ms, wanted, "{attempt:?}"),
            _ => {}
        }
    }
    let busy = matches!(attempt.code, Code::RateLimited | Code::NotReady);
    let unavailable = attempt.code == Code::ServerError && attempt.status == Some(503);
    let is_safe = effect == Effect::Read || attempt.delivery == Delivery::NotSent;
    let expected = match attempt.code {
        _ if busy || (unavailable && effect == Effect::Read) => 40,
        Code::Network if is_safe => 2,
        _ => 0,
    };
    assert_eq!(tried, expected, "{effect:?} {attempt:?}");
    assert!(attempt.code != Code::Network || waited < 1_000.0, "{waited} ms");
}
