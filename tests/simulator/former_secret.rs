//! A dialer that connects with the secret before the last one: Consul shows the new link as FAILING, until another token.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use consul_peering::decide::progress::{Progress, ProgressCode, StepCode};
use consul_peering::host::Host;
use consul_peering::operations::call::Call;
use consul_peering::operations::pair::Pair;
use consul_peering::operations::pair::connect::connect;
use consul_peering::rules::duration::Duration;
use futures_util::future::{Either, select};

use crate::calls::TIMEOUT;
use crate::pair_setup::{Setup, linked};

#[test]
fn a_link_that_fails_with_the_former_secret_gets_another_token() {
    let pair = Rc::new(Setup::new());
    pair.link();
    pair.restart("eu");
    pair.remove_held("eu", "us");
    let before = pair.writes();
    let modified = |pair: &Setup| pair.host.peering("us", "eu").map(|peering| peering.modify_index);
    // The index of the dialer before it is written.
    let waits_from: Rc<RefCell<Option<Option<u64>>>> = Rc::default();
    let listener = {
        let (pair, waits_from, dialed) = (pair.clone(), waits_from.clone(), Cell::new(0));
        Box::new(move |progress: &Progress<'_>| match progress.code {
            ProgressCode::Step(StepCode::Establishing) if dialed.get() < 2 => {
                dialed.set(dialed.get() + 1);
                pair.hold();
                waits_from.replace(Some(modified(&pair)));
            }
            ProgressCode::Step(StepCode::TokenAccepted) => {
                pair.pass(); // us reads again: it is connected, and has nothing to do
                pair.release();
            }
            _ => {}
        })
    };
    let call = Call::new(pair.host.clone(), TIMEOUT, Some(listener));
    let mut sides = Pair::new(&call, pair.sides());
    // us reads its peerings when the new acceptor is written, before the new secret is.
    let dial = async {
        loop {
            if waits_from.borrow().is_some_and(|before| before != modified(&pair)) {
                waits_from.take();
                pair.pass(); // it reads, and dials
                pair.pass(); // it is connected
            }
            pair.host.sleep(Duration::ms(0.2)).await;
        }
    };
    let ended = pair.host.run(async {
        match select(pin!(connect(&call, &mut sides)), pin!(dial)).await {
            Either::Left((ended, _)) => ended,
            Either::Right((never, _)) => never,
        }
    });
    linked(ended);
    let writes = &pair.writes()[before.len()..];
    assert_eq!(writes.iter().filter(|write| write.ends_with("/token")).count(), 3, "{writes:?}");
}
