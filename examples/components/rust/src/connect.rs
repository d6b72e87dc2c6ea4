//! `connect PEERING.wasm EAST WEST`: links two Consul clusters, given by their addresses. ACL tokens: EAST_TOKEN, WEST_TOKEN.

mod restricted_http;

use restricted_http::RestrictedHttp;
use wasmtime::component::{Component, bindgen};
use wasmtime::{Engine, Result, Store, bail};

bindgen!({ path: "../../../wit", world: "consul-peering", exports: { default: async } });

use exports::consul_peering::component::peering::{Cluster, Options, Side};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let [component, addresses @ ..] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else { bail!(USAGE) };
    let [east, west] = addresses else { bail!(USAGE) };
    let engine = Engine::default();
    let component = Component::from_file(&engine, component)?;
    let mut store = Store::new(&engine, RestrictedHttp::new(addresses)?);
    let linker = RestrictedHttp::linker(&engine)?;
    let instance = ConsulPeering::instantiate_async(&mut store, &component, &linker).await?;
    let (east, west) = (side(east, "EAST_TOKEN", "west"), side(west, "WEST_TOKEN", "east"));
    let peering = instance.consul_peering_component_peering();
    let linked = match peering.call_connect(&mut store, &east, &west, Options { timeout: Some(60_000) }).await? {
        Ok(linked) => linked,
        Err(error) => bail!("{}: {} {}", error.code, error.message, error.hint),
    };
    for half in [linked.acceptor, linked.dialer] {
        let half: serde_json::Value = serde_json::from_str(&half)?;
        println!("{} {} {}", half["peer_name"], half["role"], half["state"]);
    }
    Ok(())
}

const USAGE: &str = "usage: connect PEERING.wasm EAST WEST";

fn side(address: &str, token: &str, peer_name: &str) -> Side {
    let (address, token) = (address.to_owned(), std::env::var(token).ok());
    let spec = format!(r#"{{"peer_name": "{peer_name}", "server_external_addresses": []}}"#);
    Side { cluster: Cluster { address, token, datacenter: None, partition: None, headers: vec![] }, spec }
}
