//! One request and its response over `wasi:http`.

use std::pin::pin;

use consul_peering::consul::cluster::Cluster;
use consul_peering::consul::request::{self, Method, Request};
use futures_util::future::{Either, select};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    self, ErrorCode, Fields, FutureIncomingResponse, IncomingBody, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;
use wstd::http::Uri;
use wstd::io::{AsyncOutputStream, AsyncPollable};

const CHUNK_BYTES: u64 = 64 * 1024;

/// A response, its body read.
pub struct Exchanged {
    pub status: u16,
    pub headers: Fields,
    pub body: Vec<u8>,
}

/// Why there is no response.
pub enum Failure {
    TooLarge,
    Failed(ErrorCode),
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Failed(code)
    }
}

/// The host does not accept a part of the request: it may know no IPv6 addresses, or reserve a header.
const NOT_ACCEPTED: ErrorCode = ErrorCode::HttpRequestUriInvalid;

/// Sends a request once. A redirect is not followed.
pub async fn exchange(cluster: &Cluster, request: &Request) -> Result<Exchanged, Failure> {
    let outgoing = build(cluster, request).ok_or(NOT_ACCEPTED)?;
    let body = outgoing.body().map_err(|()| NOT_ACCEPTED)?;
    let response = handle(outgoing, None)?;
    let sending = pin!(send(body, request.body.as_deref()));
    let receiving = pin!(receive(response, request.response_max_bytes() as usize));
    // The response tells how the request ended, not the end of sending: a host drops the body of a request that has
    // failed, and that of a GET with its head, and what is written to it then fails.
    match select(receiving, sending).await {
        Either::Left((received, _)) => received,
        Either::Right(((), receiving)) => receiving.await,
    }
}

fn build(cluster: &Cluster, request: &Request) -> Option<OutgoingRequest> {
    let uri: Uri = format!("{}{}", cluster.address, request.target()).parse().ok()?;
    let headers = Fields::new();
    for (name, value) in request::headers(cluster) {
        headers.append(name, value.as_bytes()).ok()?;
    }
    if request.method != Method::Get {
        let length = request.body.as_ref().map_or(0, String::len);
        headers.append("Content-Length", length.to_string().as_bytes()).ok()?;
    }
    let outgoing = OutgoingRequest::new(headers);
    outgoing.set_method(method(request.method)).ok()?;
    let scheme = if uri.scheme_str() == Some("https") { Scheme::Https } else { Scheme::Http };
    outgoing.set_scheme(Some(&scheme)).ok()?;
    outgoing.set_authority(uri.authority().map(|authority| authority.as_str())).ok()?;
    outgoing.set_path_with_query(uri.path_and_query().map(|path| path.as_str())).ok()?;
    Some(outgoing)
}

fn method(method: Method) -> &'static types::Method {
    match method {
        Method::Get => &types::Method::Get,
        Method::Post => &types::Method::Post,
        Method::Delete => &types::Method::Delete,
    }
}

/// Sends the body, as far as the host takes it.
async fn send(body: OutgoingBody, text: Option<&str>) {
    if let Some(text) = text {
        let Ok(stream) = body.write() else { return };
        let _ = AsyncOutputStream::new(stream).write_all(text.as_bytes()).await;
    }
    let _ = OutgoingBody::finish(body, None);
}

async fn receive(response: FutureIncomingResponse, max_bytes: usize) -> Result<Exchanged, Failure> {
    AsyncPollable::new(response.subscribe()).wait_for().await;
    let Some(Ok(response)) = response.get() else { unreachable!("it is ready, and was not taken before") };
    let response = response?;
    let body = response.consume().map_err(|()| ErrorCode::HttpProtocolError)?;
    Ok(Exchanged { status: response.status(), headers: response.headers(), body: read(body, max_bytes).await? })
}

async fn read(body: IncomingBody, max_bytes: usize) -> Result<Vec<u8>, Failure> {
    let stream = body.stream().map_err(|()| ErrorCode::HttpProtocolError)?;
    let ready = AsyncPollable::new(stream.subscribe());
    let mut bytes = Vec::new();
    loop {
        ready.wait_for().await;
        match stream.read(CHUNK_BYTES) {
            Ok(chunk) if bytes.len() + chunk.len() > max_bytes => return Err(Failure::TooLarge),
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            // `http_error_code` would know more, but a host can fail in it (jco's preview2-shim 0.26).
            Err(StreamError::LastOperationFailed(_)) => return Err(ErrorCode::HttpResponseIncomplete.into()),
        }
    }
}
