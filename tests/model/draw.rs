//! Draws a history from a seed.
//!
//! A seed yields the same history only while the generator does not change. Seeds that have failed are kept as tests, so
//! each extension is a new [`Generation`], and the earlier ones remain unchanged.

use std::time::Duration;

use consul_peering::simulator::host::Conditions;
use consul_peering::simulator::{self, AclOptions, AclRules, ClusterOptions, Fault, Options};

use crate::aim::{AIMED_MS, aim};
use crate::chance::Chance;
use crate::history::{Access, Addresses, CALLERS, ENVIRONMENT, History, Item, OUTSIDER, Op, Planned, What};

const CLUSTERS: [&str; 6] = ["eu", "us", "ap", "sa", "af", "oc"];
const VERSIONS: [&str; 4] = ["1.22.7", "1.22.7", "1.19.2", "1.16.0"];
const ITEMS_MAX: u64 = 14;
pub const RIGHT_PORT: u16 = 9_443;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    First,
    Second,
    Third,
}

pub const NEWEST: Generation = Generation::Third;

struct Draw {
    chance: Chance,
    names: Vec<&'static str>,
    is_wide: bool,
}

/// The secret of a cluster's read-only ACL token.
pub fn reading_secret(cluster: &str) -> String {
    format!("5ead0000-0000-4000-8000-{cluster:0>12}")
}

impl History {
    pub fn draw(generation: Generation, seed: u64) -> Self {
        let is_wide = generation != Generation::First;
        let mut chance = Chance::new(seed);
        let counts: &[usize] = if is_wide { &[2, 2, 2, 3, 3, 4, 5, 6] } else { &[2, 2, 2, 3, 3, 4] };
        let names = CLUSTERS[..chance.pick(counts)].to_vec();
        let mut draw = Draw { chance, names: names.clone(), is_wide };
        let mut clusters: Vec<_> = names.iter().map(|name| draw.cluster(name)).collect();
        clusters.push(ClusterOptions::named(OUTSIDER));
        let options = Options { clusters, seed: seed as u32, ..Options::named(&[]) };
        let is_name_taken = draw.chance.in_hundred(15);
        let hurry = draw.chance.pick(&[10, 500, 4_000]);
        let callers = 1 + draw.chance.below(CALLERS as u64);
        let mut items: Vec<_> = (0..3 + draw.chance.below(ITEMS_MAX)).map(|_| draw.item(callers, hurry)).collect();
        let watched = (is_wide && draw.chance.in_hundred(30)).then(|| {
            let (at, other) = draw.pair();
            (at, draw.chance.in_hundred(50).then_some(other))
        });
        if generation == Generation::Third && draw.chance.in_hundred(50) {
            let (at, other) = draw.pair();
            let aimed = aim(&mut draw.chance, &names, [at, other]);
            for party in 1..=ENVIRONMENT {
                items.iter_mut().filter(|item| item.party == party).take(1).for_each(|item| item.after += AIMED_MS);
            }
            items.splice(0..0, aimed);
        }
        Self { names, options, is_name_taken, items, watched }
    }
}

impl Draw {
    fn cluster(&mut self, name: &str) -> ClusterOptions {
        let mut acl = self.chance.in_hundred(25).then(AclOptions::default);
        let version = self.chance.pick(&VERSIONS).into();
        let mut options = ClusterOptions { version, ..ClusterOptions::named(name) };
        if self.is_wide {
            let rules = AclRules { peering: Some(simulator::Access::Read), ..AclRules::default() };
            acl.iter_mut().for_each(|acl| acl.tokens.push((reading_secret(name), rules.clone())));
            options.external_addresses = vec![format!("{name}.example:{RIGHT_PORT}")];
        }
        ClusterOptions { acl, ..options }
    }

    fn pair(&mut self) -> (&'static str, &'static str) {
        let at = self.chance.pick(&self.names);
        let others: Vec<_> = self.names.iter().filter(|name| **name != at).copied().collect();
        (at, self.chance.pick(&others))
    }

    fn item(&mut self, callers: u64, hurry: u64) -> Item {
        let after = self.chance.below(hurry);
        if self.chance.in_hundred(65) {
            let party = self.chance.below(callers) as usize;
            return Item { party, after, what: What::Call(self.planned()) };
        }
        Item { party: ENVIRONMENT, after: after * 2, what: self.event() }
    }

    fn planned(&mut self) -> Planned {
        let at = self.chance.pick(&self.names);
        let others: Vec<_> = self.names.iter().filter(|name| **name != at).copied().collect();
        let op = self.op();
        let chance = &mut self.chance;
        let timeout = match chance.below(8) {
            0 => 20 + chance.below(400),
            1 => 400 + chance.below(3_000),
            2 | 3 => 3_000 + chance.below(17_000),
            _ => 60_000,
        };
        let within = chance.pick(&[60, 600, 6_000]);
        let abort_after = chance.in_hundred(10).then(|| chance.below(within));
        let crash_after = chance.in_hundred(12).then(|| 1 + chance.below(60) as u32);
        let other = chance.pick(&others);
        let planned = Planned { timeout, abort_after, crash_after, ..Planned::new(at, other, op) };
        if !self.is_wide {
            return planned;
        }
        let meta = chance.in_hundred(25).then(|| chance.pick(&["blue", "green"]));
        let addresses = match chance.below(20) {
            0..12 => Addresses::None,
            12..16 => Addresses::Omitted,
            16..19 => Addresses::Right,
            _ => Addresses::Wrong,
        };
        let access = match chance.below(20) {
            0..17 => Access::Everything,
            17 => Access::Read,
            18 => Access::Anonymous,
            _ => Access::Unknown,
        };
        Planned { meta, addresses, access, ..planned }
    }

    fn op(&mut self) -> Op {
        let chance = &mut self.chance;
        match chance.below(if self.is_wide { 122 } else { 100 }) {
            0..12 => Op::Generate { replace: chance.in_hundred(30) },
            12..30 => {
                let token = if chance.in_hundred(75) { 0 } else { chance.below(3) as usize };
                Op::Establish { token, wait: chance.in_hundred(75), replace: chance.in_hundred(30) }
            }
            30..34 => Op::Read,
            34..36 => Op::List,
            36..48 => Op::Delete { wait: chance.in_hundred(75) },
            48..52 => Op::Wait { gone: chance.in_hundred(50) },
            52..76 => Op::Connect,
            76..82 => Op::Rotate,
            82..94 => Op::Disconnect { force: chance.in_hundred(30) },
            94..100 => Op::Mesh,
            100..104 => Op::Permissions,
            104..107 => Op::Identify,
            107..112 => Op::Watch { all: chance.in_hundred(50) },
            112..116 => Op::Plan,
            116..118 => Op::PlanRotation,
            118..120 => Op::PlanDisconnect,
            _ => Op::PlanMesh,
        }
    }

    fn event(&mut self) -> What {
        let chance = &mut self.chance;
        let at = chance.pick(&self.names);
        let duration = chance.pick(&[0, 100, 700, 3_000, 9_000]);
        match chance.below(if self.is_wide { 14 } else { 12 }) {
            0..3 => What::Restart(at, duration),
            3..5 => What::LoseLeader(at, duration),
            5 => What::StepClock(chance.pick(&[-3_600_000.0, -500.0, 500.0, 86_400_000.0])),
            6..9 => {
                let delay = Duration::from_millis(chance.pick(&[0, 3, 30, 200]));
                let share = chance.pick(&[0.0, 0.05, 0.2]);
                What::Network(Conditions { delay, lost_before: share, lost_after: share, cut: share })
            }
            9..12 => {
                let fault = fault(duration, self.is_wide, chance);
                let times = if self.is_wide { chance.pick(&[1, 1, 1, 3]) } else { 1 };
                What::Fault(at, fault, times)
            }
            12 => What::RotateAuthority(at),
            _ => What::Rebuild(at, duration),
        }
    }
}

fn fault(duration: u64, is_wide: bool, chance: &mut Chance) -> Fault {
    let duration = Duration::from_millis(duration);
    match chance.below(if is_wide { 11 } else { 8 }) {
        0 => Fault::DropBefore,
        1 => Fault::DropAfter,
        2 => Fault::Cut,
        3 => Fault::RateLimited(Some(1)),
        4 => Fault::Unavailable(None),
        5 => Fault::ProxyPage(chance.pick(&[200, 404, 502])),
        6 => Fault::GatewayTimeout,
        7 => Fault::Restart { duration, acted: chance.in_hundred(60) },
        8 => Fault::Delay(Duration::from_millis(1) + duration),
        9 => Fault::LeaderLost(duration),
        _ => Fault::Redirect { location: "http://elsewhere.example/".into(), status: chance.pick(&[301, 307]) },
    }
}
