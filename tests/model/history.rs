//! What happens in a history, drawn from a seed: callers that make calls one after another, and what goes wrong.

use std::time::Duration;

use consul_peering::simulator::host::Conditions;
use consul_peering::simulator::{AclOptions, ClusterOptions, Fault, Options};

const CLUSTERS: [&str; 4] = ["eu", "us", "ap", "sa"];
/// A cluster that no call names. It is peered with the first one under [`LEGACY`], and sometimes under a name of the pairs.
pub const OUTSIDER: &str = "old";
pub const LEGACY: &str = "legacy";
const VERSIONS: [&str; 4] = ["1.22.7", "1.22.7", "1.19.2", "1.16.0"];
const ITEMS_MAX: u64 = 14;

/// Random numbers that a seed reproduces (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn in_hundred(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// With the token that was generated last, or so many before it.
    Establish {
        token: usize,
        wait: bool,
        replace: bool,
    },
    Generate {
        replace: bool,
    },
    Read,
    List,
    Delete {
        wait: bool,
    },
    Wait {
        gone: bool,
    },
    Connect,
    Rotate,
    Disconnect {
        force: bool,
    },
    Mesh,
}

/// A call on the cluster `at`; of a pair, that one accepts.
#[derive(Clone, Debug)]
pub struct Planned {
    pub at: &'static str,
    pub other: &'static str,
    pub op: Op,
    pub timeout: u64,
    pub abort_after: Option<u64>,
    /// The caller crashes after so many steps.
    pub crash_after: Option<u32>,
}

#[derive(Clone, Debug)]
pub enum What {
    Call(Planned),
    Restart(&'static str, u64),
    LoseLeader(&'static str, u64),
    StepClock(f64),
    Network(Conditions),
    /// One request meets it.
    Fault(&'static str, Fault),
}

/// What one party does, so many ms after what it did before.
#[derive(Clone, Debug)]
pub struct Item {
    pub party: usize,
    pub after: u64,
    pub what: What,
}

/// The parties: two callers, and what goes wrong.
pub const CALLERS: usize = 2;
pub const NATURE: usize = CALLERS;

pub struct History {
    pub names: Vec<&'static str>,
    pub options: Options,
    /// A live peering of the outsider has a name that the calls use.
    pub is_name_taken: bool,
    pub items: Vec<Item>,
}

impl History {
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let names = CLUSTERS[..chance.pick(&[2, 2, 2, 3, 3, 4])].to_vec();
        let mut clusters: Vec<_> = names.iter().map(|name| cluster(name, &mut chance)).collect();
        clusters.push(ClusterOptions::named(OUTSIDER));
        let options = Options { clusters, seed: seed as u32, ..Options::named(&[]) };
        let is_name_taken = chance.in_hundred(15);
        let hurry = chance.pick(&[10, 500, 4_000]);
        let callers = 1 + chance.below(CALLERS as u64);
        let items = (0..3 + chance.below(ITEMS_MAX)).map(|_| item(&names, callers, hurry, &mut chance)).collect();
        Self { names, options, is_name_taken, items }
    }
}

fn cluster(name: &str, chance: &mut Chance) -> ClusterOptions {
    let acl = chance.in_hundred(25).then(AclOptions::default);
    ClusterOptions { acl, version: chance.pick(&VERSIONS).into(), ..ClusterOptions::named(name) }
}

fn item(names: &[&'static str], callers: u64, hurry: u64, chance: &mut Chance) -> Item {
    let after = chance.below(hurry);
    if chance.in_hundred(65) {
        let party = chance.below(callers) as usize;
        return Item { party, after, what: What::Call(planned(names, chance)) };
    }
    Item { party: NATURE, after: after * 2, what: blow(names, chance) }
}

fn planned(names: &[&'static str], chance: &mut Chance) -> Planned {
    let at = chance.pick(names);
    let others: Vec<_> = names.iter().filter(|name| **name != at).copied().collect();
    let op = match chance.below(100) {
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
        _ => Op::Mesh,
    };
    let timeout = match chance.below(8) {
        0 => 20 + chance.below(400),
        1 => 400 + chance.below(3_000),
        2 | 3 => 3_000 + chance.below(17_000),
        _ => 60_000,
    };
    let within = chance.pick(&[60, 600, 6_000]);
    let abort_after = chance.in_hundred(10).then(|| chance.below(within));
    let crash_after = chance.in_hundred(12).then(|| 1 + chance.below(60) as u32);
    Planned { at, other: chance.pick(&others), op, timeout, abort_after, crash_after }
}

fn blow(names: &[&'static str], chance: &mut Chance) -> What {
    let at = chance.pick(names);
    let lasting = chance.pick(&[0, 100, 700, 3_000, 9_000]);
    match chance.below(12) {
        0..3 => What::Restart(at, lasting),
        3..5 => What::LoseLeader(at, lasting),
        5 => What::StepClock(chance.pick(&[-3_600_000.0, -500.0, 500.0, 86_400_000.0])),
        6..9 => {
            let delay = Duration::from_millis(chance.pick(&[0, 3, 30, 200]));
            let share = chance.pick(&[0.0, 0.05, 0.2]);
            What::Network(Conditions { delay, lost_before: share, lost_after: share, cut: share })
        }
        _ => What::Fault(at, fault(lasting, chance)),
    }
}

fn fault(lasting: u64, chance: &mut Chance) -> Fault {
    match chance.below(8) {
        0 => Fault::DropBefore,
        1 => Fault::DropAfter,
        2 => Fault::Cut,
        3 => Fault::RateLimited(Some(1)),
        4 => Fault::Unavailable(None),
        5 => Fault::ProxyPage(chance.pick(&[200, 404, 502])),
        6 => Fault::GatewayTimeout,
        _ => Fault::Restart { lasting: Duration::from_millis(lasting), acted: chance.in_hundred(60) },
    }
}
