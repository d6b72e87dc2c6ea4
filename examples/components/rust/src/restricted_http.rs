//! WASI for `consul-peering.wasm` in wasmtime: the component can reach the given clusters, and nothing else.

use http::{Request, Response, Uri};
use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Engine, Result};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView, default_hooks,
};

/// The data of a store. It has no files, no variables and no arguments.
pub struct RestrictedHttp {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    allowed: Allowed,
}

impl RestrictedHttp {
    /// Requests go to the scheme, the host and the port of these addresses alone.
    pub fn new(addresses: &[String]) -> Result<Self> {
        let allowed = addresses.iter().map(|address| Ok(origin(&address.parse()?))).collect::<Result<_>>()?;
        let (table, wasi, http) = (ResourceTable::new(), WasiCtx::default(), WasiHttpCtx::new());
        Ok(Self { table, wasi, http, allowed: Allowed(allowed) })
    }

    /// Links everything that the component imports.
    pub fn linker(engine: &Engine) -> Result<Linker<Self>> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi_http::p2::add_to_linker_async(&mut linker)?;
        Ok(linker)
    }
}

struct Allowed(Vec<Origin>);

type Origin = (Option<String>, Option<String>, u16);

fn origin(uri: &Uri) -> Origin {
    let lower_case = |text: &str| text.to_ascii_lowercase();
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    (uri.scheme_str().map(lower_case), uri.host().map(lower_case), uri.port_u16().unwrap_or(default_port))
}

type Done = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<WasiBody>, Done), Error>> + Send>;

impl WasiHttpHooks for Allowed {
    fn send_request(&mut self, request: Request<WasiBody>, options: Option<RequestOptions>, done: Done) -> Sent {
        if !self.0.contains(&origin(request.uri())) {
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        default_hooks().send_request(request, options, done)
    }
}

impl WasiView for RestrictedHttp {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for RestrictedHttp {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.allowed }
    }
}
