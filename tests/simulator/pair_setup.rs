//! Three simulated clusters, and the peering between `eu` (the acceptor, whose peer is "us") and `us` (the dialer, whose
//! peer is "eu") in any state.

use std::rc::Rc;

use consul_peering::consul::peering::State;
use consul_peering::consul::request;
use consul_peering::decide::plan::Plan;
use consul_peering::decide::progress::{Kind, Progress, ProgressCode};
use consul_peering::host::{Host, Response};
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::establish::{EstablishOptions, establish};
use consul_peering::operations::generate::generate;
use consul_peering::operations::pair::connect::{connect, plan};
use consul_peering::operations::pair::link::Linked;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::remove::remove;
use consul_peering::operations::wait::{Until, wait};
use consul_peering::rules::duration::Duration;
use consul_peering::simulator::ClusterOptions;
use consul_peering::simulator::host::{Data, SentRequest, SimulatedHost, SimulatedResponse};
use serde_json::json;

use crate::calls::{
    TIMEOUT, call, done, host, host_of, is_active, member, on_pair, peer_name, peering_spec, token_spec,
};
use crate::client::{content, token_of};

/// Two of the leaders' cycles of five seconds.
pub const TWO_ROUNDS: Duration = Duration::ms(10_000.0);

/// Brings the two into a state.
pub type Make = fn(&Setup);

pub struct Setup {
    pub host: SimulatedHost,
}

impl Setup {
    pub fn new() -> Self {
        Self { host: host(&["eu", "us", "ap"]) }
    }

    /// With these options of `eu` and `us`.
    pub fn with_options(eu: ClusterOptions, us: ClusterOptions) -> Self {
        let clusters = vec![eu, us, ClusterOptions::named("ap")];
        Self { host: host_of(clusters) }
    }

    /// The acceptor and the dialer.
    pub fn sides(&self) -> [Member<SimulatedHost>; 2] {
        [member(&self.host, "eu", "us"), member(&self.host, "us", "eu")]
    }

    /// The writes so far: the cluster, the method and the path.
    pub fn writes(&self) -> Vec<String> {
        let shown = |request: &SentRequest| format!("{} {} {}", request.cluster, request.method, request.path());
        self.host.requests().iter().filter(|request| request.is_write()).map(shown).collect()
    }

    /// One call on both sides.
    pub fn on_pair<T>(
        &self,
        sides: [Member<SimulatedHost>; 2],
        timeout: Duration,
        work: impl AsyncFnOnce(&Rc<Call<SimulatedHost>>, &mut Pair<SimulatedHost>) -> Outcome<SimulatedHost, T>,
    ) -> Outcome<SimulatedHost, T> {
        self.host.run(on_pair(&self.host, sides, timeout, work))
    }

    /// One call on the peering `name` of a cluster.
    pub fn perform<T>(
        &self,
        cluster: &str,
        name: &str,
        work: impl AsyncFnOnce(&Client<SimulatedHost>) -> Outcome<SimulatedHost, T>,
    ) -> T {
        let client = call(&self.host, cluster, name);
        done(self.host.run(client.within(work(&client))))
    }

    /// A write without any of the package's checks, as of another client.
    fn send(&self, cluster: &str, request: &request::Request) -> SimulatedResponse {
        let to = self.host.cluster(cluster);
        self.host.run(self.host.send(&to, request)).unwrap_or_else(|_| panic!("no response"))
    }

    pub fn token(&self, by: &str, name: &str) -> String {
        self.perform(by, name, async |client| generate(client, &token_spec(name), false).await).token.expose().into()
    }

    /// A token that `eu` generates for "us".
    pub fn own_token(&self) -> String {
        self.token("eu", "us")
    }

    pub fn dial(&self, token: &str, on: &str, name: &str, waits: bool) {
        let spec = peering_spec(&self.host, name, token);
        let options = EstablishOptions { wait: waits, replace: false };
        self.perform(on, name, async |client| establish(client, &spec, options).await);
    }

    /// A dialer whose token was refused, as any other tool would leave it.
    pub fn spoil(&self, token: &str) {
        let mut content = content(token);
        content["EstablishmentSecret"] = json!("00000000-0000-4000-8000-000000000000");
        assert_eq!(self.establish_raw(&token_of(&content)), 403);
    }

    /// Establishes without any of the package's checks.
    pub fn establish_raw(&self, token: &str) -> u16 {
        self.send("us", &request::establish(&peering_spec(&self.host, "eu", token))).status()
    }

    /// A token that `eu` generates for "us", without any of the package's checks.
    pub fn raw_token(&self) -> String {
        let response = self.send("eu", &request::token(&token_spec("us")));
        response.json().and_then(|json| json.get("PeeringToken").non_empty_text()).expect("a token")
    }

    /// Links peering `name` of `eu` with peering `other` of `on`.
    pub fn link_as(&self, name: &str, on: &str, other: &str) {
        self.dial(&self.token("eu", name), on, other, true);
        self.wait_for("eu", name, State::Active);
        self.sleep(Duration::ms(1_000.0)); // until it has the CA of its dialer
    }

    pub fn link(&self) {
        self.link_as("us", "us", "eu");
    }

    pub fn wait_for(&self, cluster: &str, name: &str, state: State) {
        self.perform(cluster, name, async |client| wait(client, &peer_name(name), Until::State(state)).await);
    }

    pub fn terminated(&self, cluster: &str, name: &str) {
        self.wait_for(cluster, name, State::Terminated);
    }

    pub fn gone(&self, cluster: &str, name: &str) {
        self.perform(cluster, name, async |client| wait(client, &peer_name(name), Until::Gone).await);
    }

    pub fn remove(&self, cluster: &str, name: &str) {
        self.perform(cluster, name, async |client| remove(client, &peer_name(name), true).await);
    }

    fn mark_for_deletion(&self, cluster: &str, name: &str) {
        self.perform(cluster, name, async |client| remove(client, &peer_name(name), false).await);
    }

    pub fn sleep(&self, duration: Duration) {
        self.host.run(self.host.sleep(duration));
    }

    /// Pauses the servers' own timers: they react to nothing.
    pub fn hold(&self) {
        self.host.world(|world| world.hold());
    }

    pub fn release(&self) {
        self.host.world(|world| world.release());
    }

    /// Fires only the paused timer that was set last.
    pub fn pass(&self) {
        self.host.world(|world| {
            let last = world.held().into_iter().max().expect("a timer");
            world.fire_timer(last);
        });
    }

    /// Acts, and fires only the first due of the timers that this has set.
    fn pass_after(&self, act: impl FnOnce()) {
        let before = self.host.world(|world| world.held());
        act();
        self.host.world(|world| {
            let set = world.held().into_iter().find(|serial| !before.contains(serial)).expect("a timer");
            world.fire_timer(set);
        });
    }

    /// Until no timer of the servers is set.
    pub fn quiet(&self) {
        while !self.host.world(|world| world.held()).is_empty() {
            self.sleep(Duration::ms(5.0));
        }
    }

    /// Both servers are about to read their peerings, and are paused.
    pub fn hold_reads(&self) {
        self.hold();
        for side in ["eu", "us"] {
            self.token(side, "any"); // eu will be the first to read
        }
    }

    /// Deletes one side, without the other being notified yet.
    pub fn remove_unheard(&self, side: &str, name: &str) {
        self.hold_reads();
        self.remove_held(side, name);
    }

    pub fn remove_held(&self, side: &str, name: &str) {
        self.pass_after(|| self.mark_for_deletion(side, name));
        assert!(self.host.peering(side, name).is_none(), "it is gone");
    }

    /// One server loses its streams, and none is opened again.
    pub fn restart(&self, side: &str) {
        self.hold();
        self.pass_after(|| self.host.world(|world| world.restart(side, std::time::Duration::ZERO).unwrap()));
    }

    /// Marked for deletion, and held in that state.
    pub fn deleting(&self, side: &str, name: &str) {
        self.hold();
        self.mark_for_deletion(side, name);
    }

    /// The states of both sides; "-" without a peering.
    pub fn states(&self) -> [String; 2] {
        [("eu", "us"), ("us", "eu")]
            .map(|(cluster, name)| self.host.peering(cluster, name).map_or("-".into(), |it| it.state.to_string()))
    }

    pub fn plan(&self) -> Outcome<SimulatedHost, Plan> {
        self.on_pair(self.sides(), TIMEOUT, async |call, pair| plan(call, pair, false).await)
    }

    /// Connects, and does this at each event.
    pub fn connect_with(
        &self,
        sides: [Member<SimulatedHost>; 2],
        on_progress: impl Fn(&Progress<'_>) + 'static,
    ) -> Outcome<SimulatedHost, Linked<Data>> {
        let call = Call::new(self.host.clone(), TIMEOUT, Some(Box::new(on_progress)));
        let mut pair = Pair::new(&call, sides);
        self.host.run(connect(&call, &mut pair)).map_err(|error| pair.complete(error))
    }

    /// Connects. The servers' timers run from its first step on.
    pub fn connect(&self) -> Outcome<SimulatedHost, Linked<Data>> {
        let host = self.host.clone();
        self.connect_with(self.sides(), move |progress| {
            if progress.kind == Kind::Step && matches!(progress.code, ProgressCode::Step(_)) {
                host.world(|world| world.release());
            }
        })
    }
}

/// The linked sides. Checks that they are.
pub fn linked(outcome: Outcome<SimulatedHost, Linked<Data>>) -> Linked<Data> {
    let linked = done(outcome);
    assert!(is_active(&linked.acceptor) && is_active(&linked.dialer));
    let [accepting, dialing] =
        if linked.reversed { [&linked.dialer, &linked.acceptor] } else { [&linked.acceptor, &linked.dialer] };
    assert_eq!(dialing.get("peer_id").text(), accepting.get("id").text());
    linked
}
