//! `troubleshoot`: what two clusters say about the way from an ACTIVE peering to a working call. Reads only.

use std::rc::Rc;

use futures_util::future::try_join;

use super::call::{Call, Outcome};
use super::pair::Member;
use crate::consul::request;
use crate::decide::troubleshoot::{Pair, Told, Troubleshooting, troubleshoot as judge};
use crate::host::{Host, HostValue};
use crate::rules::duration::Duration;
use crate::rules::value::Value;

mod gather;
mod instances;
mod told;

use gather::gather;
use told::told;

/// A change reaches the other side within a second; what has not arrived after this never will.
const ARRIVES_WITHIN: Duration = Duration::ms(5_000.0);
const REREAD_EVERY: Duration = Duration::ms(500.0);

/// `troubleshoot`: reads both clusters side by side, or the one that is given, and judges what they say.
pub async fn troubleshoot<H: Host>(
    call: &Rc<Call<H>>,
    side: &Member<H>,
    other: Option<&Member<H>>,
    service: Option<&str>,
) -> Outcome<H, Troubleshooting> {
    let read = |member| gather(call, member, service);
    let (mut here, mut there) = match other {
        Some(other) => {
            let (here, there) = try_join(read(side), read(other)).await?;
            (here, Some(there))
        }
        None => (read(side).await?, None),
    };
    let began = call.now();
    let mut judged = judge(&Pair { side: &here, other: there.as_ref(), service, now: call.wall_clock() });
    while judged.may_still_arrive() && call.now() - began < ARRIVES_WITHIN && call.remaining() > REREAD_EVERY * 2.0 {
        call.sleep(REREAD_EVERY).await;
        let far = async {
            match (other, &mut there) {
                (Some(other), Some(there)) => reread(call, other, &mut there.peering).await,
                _ => Ok(()),
            }
        };
        try_join(reread(call, side, &mut here.peering), far).await?;
        judged = judge(&Pair { side: &here, other: there.as_ref(), service, now: call.wall_clock() });
    }
    Ok(judged)
}

/// The peering as this cluster spells it, the names of all, and the peering itself.
fn read_peerings<H: Host>(peerings: Told<H::Value>, name: &str) -> (String, Told<Vec<String>>, Told<Value>) {
    let items = match peerings {
        Ok(peerings) => peerings.items().unwrap_or_default(),
        Err(unread) => return (name.to_owned(), Err(unread.clone()), Err(unread)),
    };
    let names: Vec<_> =
        items.iter().map(|item| item.pick(&["Name"]).get("Name").filled().unwrap_or_default()).collect();
    let index = names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let peering = index.and_then(|index| items.get(index)?.to_peering()).map_or(Value::Null, |found| found.to_data());
    let spelt = index.and_then(|index| names.get(index).cloned()).unwrap_or_else(|| name.to_owned());
    (spelt, Ok(names), Ok(peering))
}

/// Reads a peering that was read before once more.
async fn reread<H: Host>(call: &Rc<Call<H>>, member: &Member<H>, peering: &mut Told<Value>) -> Outcome<H, ()> {
    if peering.is_ok() {
        let client = member.client(call)?;
        let list = request::list(client.cluster.options.partition.as_deref());
        let peerings = client.within(told(&client, Ok(()), list)).await?;
        *peering = read_peerings::<H>(peerings, &member.peer_name).2;
    }
    Ok(())
}
