//! The interface `peering`: the operations of the crate, each run to its end.

use std::rc::Rc;

use consul_peering::consul::cluster::{Cluster, ClusterAddress};
use consul_peering::consul::peering::State;
use consul_peering::host::HostValue;
use consul_peering::host::data::Data;
use consul_peering::operations::call::{Call, Outcome};
use consul_peering::operations::client::Client;
use consul_peering::operations::error::Location;
use consul_peering::operations::pair::connect::{self, DisconnectOptions};
use consul_peering::operations::pair::link::Linked;
use consul_peering::operations::pair::{Member, Pair};
use consul_peering::operations::wait::Until;
use consul_peering::operations::{establish, generate, permissions, read, remove, troubleshoot, wait};
use consul_peering::rules::peer_name::PeerName;
use consul_peering::rules::spec::{self, Checked, QueryOptions};
use consul_peering::rules::value::Value;
use futures_util::FutureExt;
use wstd::runtime::block_on;

use crate::Component;
use crate::arguments::Arguments;
use crate::bindings::exports::consul_peering::component::peering::{self, Guest, Options, PermissionsResult, Side};
use crate::error::to_error;
use crate::host::{WasiHost, now};
use crate::record::{read_spec, to_record};

type Result<T> = std::result::Result<T, peering::Error>;

impl Guest for Component {
    fn establish(at: peering::Cluster, spec: String, wait: bool, replace: bool, options: Options) -> Result<String> {
        let mut given = CallInput::read("establish", at, &options);
        let checked = read_spec(&spec, |spec| spec::peering(spec, Data::read_json, now()));
        let spec = given.take(checked, |spec| &mut spec.options);
        let name = spec.as_ref().map(|spec| spec.peer_name.clone());
        let options = establish::EstablishOptions { wait, replace };
        given
            .run(name, spec, async |client, spec| establish::establish(client, &spec, options).await)
            .map(|peering| peering.to_text())
    }

    fn generate_token(at: peering::Cluster, spec: String, replace: bool, options: Options) -> Result<String> {
        let mut given = CallInput::read("generateToken", at, &options);
        let spec = given.take(read_spec(&spec, spec::token), |spec| &mut spec.options);
        let name = spec.as_ref().map(|spec| spec.peer_name.clone());
        let generated = given.run(name, spec, async |client, spec| generate::generate(client, &spec, replace).await)?;
        Ok(generated.token.expose().to_owned())
    }

    fn read(at: peering::Cluster, peer_name: String, options: Options) -> Result<Option<String>> {
        let found = CallInput::read("read", at, &options)
            .run_named(&peer_name, async |client, name| read::read(client, &name).await)?;
        Ok(found.as_ref().map(Data::to_text))
    }

    fn list_peerings(at: peering::Cluster, options: Options) -> Result<String> {
        let given = CallInput::read("list", at, &options);
        given.run(None, Some(()), async |client, ()| read::list(client).await).map(|list| list.to_text())
    }

    fn delete(at: peering::Cluster, peer_name: String, wait: bool, options: Options) -> Result<Option<String>> {
        let deleted = CallInput::read("delete", at, &options)
            .run_named(&peer_name, async |client, name| remove::remove(client, &name, wait).await)?;
        Ok(deleted.as_ref().map(Data::to_text))
    }

    fn permissions(at: peering::Cluster, options: Options) -> Result<PermissionsResult> {
        let given = CallInput::read("permissions", at, &options);
        let permissions = given.run(None, Some(()), async |client, ()| permissions::permissions(client).await)?;
        Ok(to_record(&permissions))
    }

    fn wait(
        at: peering::Cluster,
        peer_name: String,
        until: peering::Until,
        options: Options,
    ) -> Result<Option<String>> {
        let until = match until {
            peering::Until::Active => Until::State(State::Active),
            peering::Until::Terminated => Until::State(State::Terminated),
            peering::Until::Gone => Until::Gone,
        };
        let found = CallInput::read("wait", at, &options)
            .run_named(&peer_name, async |client, name| wait::wait(client, &name, until).await)?;
        Ok(found.as_ref().map(Data::to_text))
    }

    fn connect(acceptor: Side, dialer: Side, options: Options) -> Result<peering::Linked> {
        let sides = [(acceptor, "acceptor"), (dialer, "dialer")];
        let linked = on_pair("connect", sides, &options, async |call, pair| connect::connect(call, pair).await)?;
        let Linked { acceptor, dialer, changed, reversed, .. } = linked;
        Ok(peering::Linked { acceptor: acceptor.to_text(), dialer: dialer.to_text(), changed, reversed })
    }

    fn disconnect(a: Side, b: Side, force: bool, options: Options) -> Result<peering::Disconnected> {
        let how = DisconnectOptions { force, dry_run: false };
        let sides = [(a, "a"), (b, "b")];
        let deleted =
            on_pair("disconnect", sides, &options, async |call, pair| connect::disconnect(call, pair, how).await)?;
        Ok(peering::Disconnected { a: deleted.a.as_ref().map(Data::to_text), b: deleted.b.as_ref().map(Data::to_text) })
    }

    fn troubleshoot(side: Side, other: Option<Side>, service: Option<String>, options: Options) -> Result<String> {
        const NAME: &str = "troubleshoot";
        let host = WasiHost;
        let mut arguments = Arguments::new(NAME, &options);
        let timeout = arguments.timeout;
        let mut here = arguments.member(&host, side, "side");
        let mut there = other.and_then(|other| arguments.member(&host, other, "other"));
        name_each_other(&mut here, &mut there);
        arguments.service(service.as_deref());
        arguments.check(of_several())?;
        let Some(here) = here else { unreachable!("a side without an error was read") };
        let call = Call::new(host, timeout, None);
        let found = block_on(run(&call, troubleshoot::troubleshoot(&call, &here, there.as_ref(), service.as_deref())));
        let found = found.map_err(|error| to_error(NAME, &error))?;
        Ok(serde_json::to_string(&found).unwrap_or_default())
    }
}

/// Nothing aborts a call: a host that stops a component drops it.
async fn run<T>(call: &Call<WasiHost>, work: impl Future<Output = Outcome<WasiHost, T>>) -> Outcome<WasiHost, T> {
    call.run(std::future::pending(), work.boxed_local()).await
}

/// What a function on one cluster was given.
struct CallInput {
    operation: &'static str,
    cluster: Cluster,
    arguments: Arguments,
}

impl CallInput {
    fn read(operation: &'static str, at: peering::Cluster, options: &Options) -> Self {
        let mut arguments = Arguments::new(operation, options);
        Self { operation, cluster: arguments.cluster(at), arguments }
    }

    fn take<T>(&mut self, checked: Checked<T>, options_of: impl FnOnce(&mut T) -> &mut QueryOptions) -> Option<T> {
        self.arguments.take(checked, &mut self.cluster, options_of)
    }

    fn run_named<T>(
        mut self,
        peer_name: &str,
        work: impl AsyncFnOnce(&Client<WasiHost>, PeerName) -> Outcome<WasiHost, T>,
    ) -> Result<T> {
        let reference = self.take(spec::reference(&Value::from(peer_name)), |reference| &mut reference.options);
        let name = reference.map(|reference| reference.peer_name);
        self.run(name.clone(), name, work)
    }

    /// Does the work with what was checked, which is missing if there is an error among the findings.
    fn run<S, T>(
        self,
        peer_name: Option<PeerName>,
        checked: Option<S>,
        work: impl AsyncFnOnce(&Client<WasiHost>, S) -> Outcome<WasiHost, T>,
    ) -> Result<T> {
        let Self { operation, cluster, arguments } = self;
        let timeout = arguments.timeout;
        let location = Location { cluster: cluster.address.clone(), peer_name: peer_name.clone(), of_pair: false };
        arguments.check(location)?;
        let Some(checked) = checked else { unreachable!("arguments without an error were read") };
        let call = Call::new(WasiHost, timeout, None);
        let client = Client::new(&call, WasiHost, cluster, peer_name, timeout);
        let outcome = block_on(run(&call, client.within(work(&client, checked))));
        outcome.map_err(|error| to_error(operation, &error))
    }
}

/// An invalid argument of several clusters concerns none of them alone.
fn of_several() -> Location {
    Location { cluster: ClusterAddress::default(), peer_name: None, of_pair: false }
}

/// In a pair, each side has the name that the other one gives it.
fn name_each_other(a: &mut Option<Member<WasiHost>>, b: &mut Option<Member<WasiHost>>) {
    if let (Some(a), Some(b)) = (a, b) {
        a.alias.clone_from(&b.peer_name);
        b.alias.clone_from(&a.peer_name);
    }
}

fn on_pair<T>(
    operation: &'static str,
    [(first, first_field), (second, second_field)]: [(Side, &str); 2],
    options: &Options,
    work: impl AsyncFnOnce(&Rc<Call<WasiHost>>, &mut Pair<WasiHost>) -> Outcome<WasiHost, T>,
) -> Result<T> {
    let host = WasiHost;
    let mut arguments = Arguments::new(operation, options);
    let timeout = arguments.timeout;
    let mut a = arguments.member(&host, first, first_field);
    let mut b = arguments.member(&host, second, second_field);
    name_each_other(&mut a, &mut b);
    arguments.check(of_several())?;
    let (Some(a), Some(b)) = (a, b) else { unreachable!("sides without an error were read") };
    let call = Call::new(host, timeout, None);
    let mut pair = Pair::new(&call, [a, b]);
    let outcome = block_on(run(&call, work(&call, &mut pair)));
    outcome.map_err(|error| to_error(operation, &pair.complete(error)))
}
