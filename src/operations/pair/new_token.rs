//! A new token for a pair, and its use. The token exists only here.

use std::rc::Rc;

use super::{Member, Pair};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::host::{Host, HostValue};
use crate::operations::call::{Call, Outcome};
use crate::operations::error::Error;
use crate::operations::establish::{EstablishOptions, establish};
use crate::operations::generate::generate;
use crate::operations::left_behind::LeftBehind;
use crate::operations::read::fetch;
use crate::operations::remove::delete;
use crate::rules::peering_token;
use crate::rules::secret::Secret;
use crate::rules::spec::{PeeringSpec, QueryOptions, TokenSpec};
use crate::rules::value::Value;

/// Generates a token on the side `on`, and establishes with it on the other.
pub async fn exchange_new_token<H: Host>(
    call: &Rc<Call<H>>,
    pair: &Pair<H>,
    on: Role,
    reason: Option<&str>,
) -> Outcome<H, ()> {
    let (acceptor, dialer) = (pair.member(on), pair.member(on.other()));
    let existed = acceptor.existing.is_some();
    let because = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let text = format!("generating a token for \"{}\"{because}", acceptor.peer_name);
    acceptor.step(call, StepCode::Generating, &text);
    let wanted = TokenSpec {
        options: query_options(acceptor),
        peer_name: acceptor.peer_name.clone(),
        meta: if existed { None } else { acceptor.meta.clone() },
        server_external_addresses: acceptor.external_addresses.clone(),
    };
    let client = acceptor.client(call)?;
    let token = client.within(generate(&client, &wanted, false)).await?;
    drop(client);
    if !existed {
        pair.leftovers.keep(acceptor.left_behind(Leftover::token_unused(&acceptor.peer_name)));
    }
    dialer.step(call, StepCode::Establishing, &format!("establishing \"{}\" with the token", dialer.peer_name));
    let read = read_token(call, dialer, token);
    let acceptor_id = read.as_ref().ok().map(|token| token.info.peer_id.clone());
    let established = match read {
        Ok(token) => use_token(call, dialer, token).await,
        Err(error) => Err(error),
    };
    if let Err(error) = established {
        if !existed && let Some(left) = delete_unused_acceptor(call, acceptor, acceptor_id.as_deref(), &error).await {
            pair.leftovers.pop();
            left.into_iter().for_each(|left| pair.leftovers.keep(left));
        }
        return Err(error);
    }
    pair.leftovers.clear();
    for member in [acceptor, dialer] {
        pair.leftovers.keep(member.left_behind(Leftover::not_active(&member.peer_name)));
    }
    Ok(())
}

fn query_options<H: Host>(member: &Member<H>) -> QueryOptions {
    QueryOptions { partition: member.cluster.options.partition.clone(), ..QueryOptions::default() }
}

fn read_token<H: Host>(
    call: &Rc<Call<H>>,
    dialer: &Member<H>,
    token: Secret,
) -> Result<peering_token::PeeringToken, Error<H::Value>> {
    let text = Value::from(token.expose());
    let reading = peering_token::read(&text, H::Value::read_json, dialer.host.wall_clock());
    let Some(token) = reading.token else { return Err(dialer.failed(Error::invalid(reading.findings))) };
    for finding in &reading.findings {
        call.warn(&dialer.location(), finding, dialer.cluster.secrets());
    }
    Ok(token)
}

async fn use_token<H: Host>(
    call: &Rc<Call<H>>,
    dialer: &Member<H>,
    peering_token: peering_token::PeeringToken,
) -> Outcome<H, ()> {
    let existing = dialer.existing.as_ref().map(|existing| existing.peering.meta.clone());
    let meta = dialer.meta.clone().or(existing).unwrap_or_default();
    let spec = PeeringSpec { options: query_options(dialer), peer_name: dialer.peer_name.clone(), peering_token, meta };
    let client = dialer.client(call)?;
    client.within(establish(&client, &spec, EstablishOptions { wait: false, replace: false })).await?;
    Ok(())
}

/// Deletes an acceptor that this call created, if no call has used or changed it since and none can use it later.
/// Returns its leftover, if known; None if it was kept.
async fn delete_unused_acceptor<H: Host>(
    call: &Rc<Call<H>>,
    acceptor: &Member<H>,
    id: Option<&str>,
    error: &Error<H::Value>,
) -> Option<Vec<LeftBehind>> {
    // It may be needed if the dialer exists, or may, or another call has a newer token.
    if !error.left_behind.is_empty()
        || error.code == Code::Timeout
        || error.timeout.is_some()
        || means_concurrent_change(error.code)
    {
        return None;
    }
    let client = acceptor.client(call).ok()?;
    let taken_back = client.within(async {
        let Some(existing) = fetch(&client, &acceptor.peer_name).await? else { return Ok(true) };
        let peering = &existing.peering;
        let is_unused = peering.state == State::Pending && peering.create_index == peering.modify_index;
        if Some(&*peering.id) != id || !is_unused {
            return Ok(false);
        }
        delete(&client, &existing, true, false).await
    });
    match taken_back.await {
        Ok(is_gone) => is_gone.then(Vec::new),
        Err(mut error) => Some(std::mem::take(&mut error.left_behind)).filter(|left| !left.is_empty()),
    }
}

/// How establishing with a new token ends when another call for the same pair has written in between.
fn means_concurrent_change(code: Code) -> bool {
    matches!(code, Code::TokenSpent | Code::PeerMismatch | Code::NotActive | Code::Deleting)
}

/// Whether another call wrote in between. A role conflict means so if the name was free a moment ago.
pub fn was_changed_concurrently<H: Host>(error: &Error<H::Value>, pair: &Pair<H>) -> bool {
    if error.code != Code::RoleConflict {
        return means_concurrent_change(error.code);
    }
    let Some(location) = &error.location else { return false };
    pair.members.iter().any(|member| {
        location.peer_name.as_ref() == Some(&member.peer_name)
            && location.cluster == member.cluster.address
            && member.existing.is_none()
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::decide::leftover::LeftoverCode;
    use crate::operations::error::Location;
    use crate::operations::fixtures::{call, host, pair};
    use crate::rules::peer_name::PeerName;
    use crate::simulator::host::SimulatedHost;
    use crate::simulator::{Fault, Match};

    const FREE: [Option<State>; 2] = [None, None];

    fn matching(method: &str, path: &str) -> Match {
        Match { method: Some(method.into()), path: Some(path.into()), ..Match::default() }
    }

    /// Generates a token on one side, as another call may.
    fn generate_token(host: &SimulatedHost, call: &Rc<Call<SimulatedHost>>, member: &Member<SimulatedHost>) {
        let wanted = TokenSpec {
            options: QueryOptions::default(),
            peer_name: member.peer_name.clone(),
            meta: None,
            server_external_addresses: None,
        };
        let client = member.client(call).unwrap();
        host.run(client.within(generate(&client, &wanted, false))).unwrap();
    }

    fn codes(pair: &Pair<SimulatedHost>) -> Vec<LeftoverCode> {
        pair.leftovers.all().iter().map(|left| left.code).collect()
    }

    #[test]
    fn each_write_is_in_the_partition_of_its_side() {
        let host = host();
        let mut pair = pair(&call(&host), &host, FREE);
        pair.members[0].cluster.options.partition = Some("team".into());
        let partitions = pair.members.each_ref().map(|member| query_options(member).partition);
        assert_eq!(partitions, [Some("team".to_owned()), None]);
    }

    #[test]
    fn both_sides_are_leftovers_until_they_are_active() {
        let host = host();
        let call = call(&host);
        let pair = pair(&call, &host, FREE);
        host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
        assert_eq!(codes(&pair), [LeftoverCode::NotActive, LeftoverCode::NotActive]);
        assert!(host.peering("us", "eu").is_some() && host.peering("eu", "us").is_some());
    }

    #[test]
    fn the_acceptor_of_a_refused_token_is_deleted_unless_it_existed_before() {
        let host = host();
        let call = call(&host);
        let mut pair = pair(&call, &host, FREE);
        generate_token(&host, &call, pair.member(Role::Dialer));
        let renew_now = |pair: &_| host.run(exchange_new_token(&call, pair, Role::Acceptor, None)).unwrap_err().code;
        assert_eq!(renew_now(&pair), Code::RoleConflict);
        assert_eq!((host.peering("us", "eu"), codes(&pair)), (None, vec![]));

        generate_token(&host, &call, pair.member(Role::Acceptor));
        pair.members[0].existing =
            crate::operations::fixtures::pair(&call, &host, [Some(State::Pending), None]).members[0].existing.clone();
        assert_eq!(renew_now(&pair), Code::RoleConflict);
        assert!(host.peering("us", "eu").is_some());
        assert_eq!(codes(&pair), []);
    }

    #[test]
    fn the_acceptor_is_kept_where_the_dialer_may_exist() {
        let host = host();
        let call = call(&host);
        let pair = pair(&call, &host, FREE);
        let down = Fault::Restart { duration: Duration::MAX, acted: true };
        host.world(|world| world.add_fault(down, matching("POST", "/v1/peering/establish"), 1));
        assert!(host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).is_err());
        assert!(host.peering("us", "eu").is_some());
        assert_eq!(codes(&pair), [LeftoverCode::TokenUnused]);
    }

    #[test]
    fn an_acceptor_is_taken_back_only_if_no_call_can_need_it() {
        let refused = || Error::new(Code::RoleConflict, "why");
        let lost = || {
            let mut error = refused();
            error.timeout = Some(crate::rules::duration::Duration::ms(1.0));
            error
        };
        let with_leftover = |pair: &Pair<SimulatedHost>| {
            let mut error = refused();
            error.left_behind = vec![pair.members[1].left_behind(Leftover::establish_unread("us"))];
            error
        };
        for (case, tokens, is_own, is_taken_back) in [
            ("its only token was refused", 1, true, true),
            ("another call has a newer token", 2, true, false),
            ("another call has created it", 1, false, false),
            ("it is gone", 0, true, true),
            ("the dialer may exist", 1, true, false),
            ("the call has timed out", 1, true, false),
            ("the deadline has passed during the request", 1, true, false),
            ("another call wrote in between", 1, true, false),
        ] {
            let host = host();
            let call = call(&host);
            let pair = pair(&call, &host, FREE);
            let acceptor = pair.member(Role::Acceptor);
            (0..tokens).for_each(|_| generate_token(&host, &call, acceptor));
            let id = host.peering("us", "eu").map(|peering| peering.id).filter(|_| is_own);
            let error = match case {
                "the dialer may exist" => with_leftover(&pair),
                "the call has timed out" => Error::new(Code::Timeout, "why"),
                "the deadline has passed during the request" => lost(),
                "another call wrote in between" => Error::new(Code::TokenSpent, "why"),
                _ => refused(),
            };
            let left = host.run(delete_unused_acceptor(&call, acceptor, id.as_deref(), &error));
            assert_eq!(left.map(|left| left.len()), is_taken_back.then_some(0), "{case}");
            assert_eq!(host.peering("us", "eu").is_some(), !is_taken_back, "{case}");
        }
    }

    #[test]
    fn an_acceptor_that_was_dialed_is_kept() {
        let host = host();
        let call = call(&host);
        let pair = pair(&call, &host, FREE);
        host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
        host.run(host.sleep(crate::rules::duration::Duration::ms(6_000.0)));
        let id = host.peering("us", "eu").unwrap().id;
        let refused = Error::new(Code::RoleConflict, "why");
        assert!(host.run(delete_unused_acceptor(&call, pair.member(Role::Acceptor), Some(&id), &refused)).is_none());
        assert!(host.peering("us", "eu").is_some());
    }

    #[test]
    fn a_deletion_without_a_response_is_the_leftover() {
        let host = host();
        let call = call(&host);
        let pair = pair(&call, &host, FREE);
        let acceptor = pair.member(Role::Acceptor);
        generate_token(&host, &call, acceptor);
        let id = host.peering("us", "eu").unwrap().id;
        let refused = Error::new(Code::RoleConflict, "why");
        let down = Fault::Restart { duration: Duration::MAX, acted: false };
        host.world(|world| world.add_fault(down, matching("DELETE", "/v1/peering/eu"), 1));
        let left = host.run(delete_unused_acceptor(&call, acceptor, Some(&id), &refused)).unwrap();
        assert_eq!(left.iter().map(|left| left.code).collect::<Vec<_>>(), [LeftoverCode::DeletionUnanswered]);

        let unreadable = host.run(delete_unused_acceptor(&call, acceptor, Some(&id), &refused));
        assert!(unreadable.is_none(), "the leftover that is known remains");
    }

    #[test]
    fn a_role_conflict_is_a_race_where_the_name_was_free() {
        let host = host();
        let call = call(&host);
        let error = |code, location| {
            let mut error = Error::new(code, "why");
            error.location = location;
            error
        };
        let free = pair(&call, &host, FREE);
        let dialer = || Some(free.members[1].location());
        let elsewhere = |change: fn(&mut Location)| {
            let mut location = free.members[1].location();
            change(&mut location);
            Some(location)
        };
        assert!(was_changed_concurrently(&error(Code::RoleConflict, dialer()), &free));
        let other_name = elsewhere(|location| location.peer_name = PeerName::new("ap"));
        let other_cluster = elsewhere(|location| location.cluster = Default::default());
        for location in [None, other_name, other_cluster] {
            assert!(!was_changed_concurrently(&error(Code::RoleConflict, location), &free));
        }
        let existing = pair(&call, &host, [None, Some(State::Active)]);
        assert!(!was_changed_concurrently(&error(Code::RoleConflict, dialer()), &existing));
        for code in [Code::TokenSpent, Code::PeerMismatch, Code::NotActive, Code::Deleting] {
            assert!(was_changed_concurrently(&error(code, None), &existing), "{code:?}");
        }
        assert!(!was_changed_concurrently(&error(Code::Network, dialer()), &free));
    }
}
