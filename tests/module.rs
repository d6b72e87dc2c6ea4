//! The JavaScript boundary, in Node and in a page: for any behaviour of a host's `fetch`, a call settles, with a value,
//! with a `PeeringError` or with the signal's own reason.
//!
//! A promise that never settles is the worst that can happen, so every call here races a timer.

#![cfg(target_arch = "wasm32")]

use consul_peering::js::{offline, single, task};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;

const PEERING: &str = r#"'{"ID":"1","Name":"us","State":"ACTIVE"}'"#;
const ADDRESS: &str = "http://eu.test:8500";

/// The value of a JavaScript expression.
fn js(expression: &str) -> JsValue {
    Function::new_no_args(&format!("return ({expression})")).call0(&JsValue::UNDEFINED).expect(expression)
}

/// The result of a function, passed as an expression, for a value.
fn apply(function: &str, value: &JsValue) -> JsValue {
    js(function).unchecked_into::<Function>().call1(&JsValue::UNDEFINED, value).expect(function)
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_else(|_| panic!("no {key}"))
}

fn text(object: &JsValue, key: &str) -> String {
    get(object, key).as_string().unwrap_or_else(|| panic!("{key} is no text"))
}

/// A cluster whose fetch has this body; `calls` has its arguments.
fn cluster(fetch_body: &str) -> JsValue {
    let make = format!(
        "const calls = [];
         const cluster = {{ address: '{ADDRESS}', fetch(url, init) {{ calls.push({{ url, init }}); {fetch_body} }} }};
         // Not enumerable: the module refuses unknown keys.
         return Object.defineProperty(cluster, 'calls', {{ value: calls }})"
    );
    Function::new_no_args(&make).call0(&JsValue::UNDEFINED).expect("the fetch compiles")
}

fn calls(cluster: &JsValue) -> Array {
    get(cluster, "calls").unchecked_into()
}

/// How a call ends; panics if it does not.
async fn end(promise: Promise) -> Result<JsValue, JsValue> {
    const NEVER: &str = "it never settled";
    let late = js(&format!("new Promise((resolve) => setTimeout(resolve, 4000, '{NEVER}'))"));
    let first = Promise::race(&Array::of2(&promise, &late));
    let ended = JsFuture::from(first).await;
    assert!(ended.as_ref().ok().and_then(JsValue::as_string).as_deref() != Some(NEVER), "{NEVER}");
    ended
}

/// How several calls end.
async fn ends(promises: &[Promise]) -> Array {
    end(Promise::all_settled(&promises.iter().collect::<Array>())).await.expect("all settle").unchecked_into()
}

async fn read(cluster: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    end(single::read(cluster, &"us".into(), options)).await
}

/// Reads from each of these clusters end with this code.
async fn all_fail(clusters: &[JsValue], code: &str) {
    let reads = clusters.iter().map(|cluster| single::read(cluster, &"us".into(), &JsValue::UNDEFINED));
    let ended = ends(&reads.collect::<Vec<_>>()).await;
    for (ended, cluster) in ended.iter().zip(clusters) {
        let fetch = String::from(get(cluster, "fetch").unchecked_into::<Function>().to_string());
        assert_eq!(text(&ended, "status"), "rejected", "{fetch}");
        assert_peering_error(&get(&ended, "reason"), code);
    }
}

/// The `PeeringError` of a read with this code.
async fn failed_read(cluster: &JsValue, code: &str) -> JsValue {
    let error = read(cluster, &JsValue::UNDEFINED).await.expect_err("it must fail");
    assert_peering_error(&error, code);
    error
}

fn assert_peering_error(error: &JsValue, code: &str) {
    assert!(error.is_instance_of::<js_sys::Error>(), "no Error: {error:?}");
    assert_eq!(text(error, "name"), "PeeringError");
    assert_eq!(text(error, "code"), code, "{}", text(error, "message"));
    assert!(text(error, "hint").len() > 20);
}

/// Another realm, if possible: a frame's in a page, a context of `node:vm` in Node.
const REALM: &str = "(globalThis.document ? document.body.appendChild(document.createElement('iframe')).contentWindow \
     : process.getBuiltinModule('node:vm').runInNewContext('globalThis'))";

fn in_a_page() -> bool {
    js("typeof document === 'object'").is_truthy()
}

#[wasm_bindgen_test]
async fn a_fetch_is_called_with_a_text_and_a_plain_init() {
    let cluster = cluster(&format!("return new Response({PEERING})"));
    let _ = Reflect::set(&cluster, &"token".into(), &"an-acl-token".into());
    let _ = Reflect::set(&cluster, &"headers".into(), &js("({ 'X-Tenant': 'eu', 'content-type': 'text/plain' })"));
    let peering = read(&cluster, &JsValue::UNDEFINED).await.expect("a peering");
    assert_eq!(text(&peering, "state"), "ACTIVE");

    let calls = calls(&cluster);
    assert_eq!(calls.length(), 1);
    let (url, init) = (get(&calls.get(0), "url"), get(&calls.get(0), "init"));
    assert_eq!(url.as_string().expect("a text, no URL object"), format!("{ADDRESS}/v1/peering/us"));
    let keys = apply("Object.keys", &init).unchecked_into::<Array>();
    let keys: Vec<_> = keys.iter().filter_map(|key| key.as_string()).collect();
    let page: &[&str] = if in_a_page() { &["cache"] } else { &[] };
    assert_eq!(keys, [&["method", "headers", "signal", "redirect"], page].concat());
    assert_eq!((text(&init, "method"), text(&init, "redirect")), ("GET".into(), "manual".into()));
    if in_a_page() {
        assert_eq!(text(&init, "cache"), "no-store");
    }
    assert!(apply("(it) => it instanceof AbortSignal && !it.aborted", &get(&init, "signal")).is_truthy());
    // The package has a Headers of its own, which keeps order and letters (tests/node).
    let plain = "(it) => Object.getPrototypeOf(it) === Object.prototype
         && JSON.stringify(Object.entries(it).map(([name, value]) => [name.toLowerCase(), value]).sort())";
    let headers = apply(plain, &get(&init, "headers")).as_string().expect("plain headers");
    assert_eq!(headers, r#"[["content-type","application/json"],["x-consul-token","an-acl-token"],["x-tenant","eu"]]"#);
}

#[wasm_bindgen_test]
async fn a_trap_rejects_the_promise_and_other_calls_continue() {
    let other = cluster(&format!("return new Promise((resolve) => setTimeout(resolve, 50, new Response({PEERING})))"));
    let under_way = single::read(&other, &"us".into(), &JsValue::UNDEFINED);
    for waits in [false, true] {
        let trapped = end(task::start(Box::pin(async move {
            if waits {
                let _ = JsFuture::from(Promise::resolve(&JsValue::NULL)).await;
            }
            std::arch::wasm32::unreachable()
        })));
        let trap = trapped.await.expect_err("it must fail");
        assert_eq!(text(&trap, "name"), "RuntimeError", "{trap:?}");
    }
    assert_eq!(text(&end(under_way).await.expect("a peering"), "id"), "1");
    assert_eq!(text(&read(&other, &JsValue::UNDEFINED).await.expect("a peering"), "id"), "1");
}

#[wasm_bindgen_test]
async fn a_body_is_sent_as_text() {
    let cluster = cluster(
        "return url.endsWith('/token') ? new Response('{\"PeeringToken\":\"it\"}') : new Response('Peering not found for \"us\"', { status: 404 })",
    );
    let spec = js("({ peer_name: 'us', meta: { ['__proto__']: 'a', b: '\\u{1f600}' } })");
    let token = end(single::generate_token(&cluster, &spec, &JsValue::UNDEFINED)).await.expect("a token");
    assert_eq!(token.as_string().as_deref(), Some("it"));
    let sends_body = |call: &JsValue| get(&get(call, "init"), "method") == "POST";
    let sent = calls(&cluster).iter().find(sends_body).expect("a request with a body");
    let body = text(&get(&sent, "init"), "body");
    assert_eq!(body, r#"{"PeerName":"us","Meta":{"__proto__":"a","b":"😀"}}"#);
}

#[wasm_bindgen_test]
async fn a_fetch_that_throws_at_once() {
    let cluster = cluster("throw this.thrown ??= new TypeError('not today')");
    let error = failed_read(&cluster, "network").await;
    assert!(text(&error, "message").contains("not today"));
    assert_eq!(text(&get(&error, "cause"), "name"), "TypeError");
}

#[wasm_bindgen_test]
async fn a_fetch_that_rejects_with_anything() {
    let mut clusters = Vec::new();
    for thrown in [
        "'a text'",
        "''",
        "null",
        "undefined",
        "0",
        "10n",
        "Symbol('it')",
        "() => {}",
        "[]",
        "{}",
        "Object.create(null)",
        "{ get message() { throw 1 }, get code() { throw 2 }, get cause() { throw 3 }, toString() { throw 4 } }",
        "{ message: 5, code: {}, cause: 'why' }",
        "new Proxy({}, { get() { throw 6 }, has() { throw 7 }, ownKeys() { throw 8 } })",
        "Proxy.revocable({}, {}).proxy",
        "new (class extends Error { get message() { return '\\ud800' } })()",
    ] {
        for body in [format!("return Promise.reject({thrown})"), format!("throw ({thrown})")] {
            clusters.push(cluster(&body));
        }
    }
    all_fail(&clusters, "network").await;
    for cluster in &clusters {
        assert_eq!(calls(cluster).length(), 3, "a read is tried twice more");
    }
}

#[wasm_bindgen_test]
async fn an_error_of_another_realm() {
    let cluster = cluster(&format!("return Promise.reject(new ({REALM}).TypeError('from afar'))"));
    let error = failed_read(&cluster, "network").await;
    assert!(text(&error, "message").contains("from afar"));
    assert!(get(&error, "cause").is_instance_of::<js_sys::Error>(), "a copy, in this realm");
    assert_eq!(text(&get(&error, "cause"), "name"), "TypeError");
    assert_eq!(text(&get(&error, "cause"), "message"), "from afar");
}

#[wasm_bindgen_test]
async fn a_promise_and_a_response_of_another_realm() {
    let cluster = cluster(&format!(
        "const realm = {REALM};
         const like = {{ status: 200, headers: new Map(), text: () => realm.Promise.resolve({PEERING}) }};
         return realm.Promise.resolve(realm.Response ? new realm.Response({PEERING}) : like)"
    ));
    assert_eq!(text(&read(&cluster, &JsValue::UNDEFINED).await.expect("a peering"), "id"), "1");
}

#[wasm_bindgen_test]
async fn accepts_a_response_like_object_or_a_promise_of_one() {
    for answer in [
        "{ status: 200, headers: new Headers(), text: () => BODY }",
        "{ status: 200, text: async () => BODY }",
        "Promise.resolve({ status: 200, text: () => BODY })",
        "{ then(resolve) { resolve({ status: 200, headers: null, body: {}, text: async () => BODY }) } }",
        "{ status: 200, headers: { get() { return null } }, body: { getReader: null }, text: () => ({ toString: () => BODY }) }",
    ] {
        let cluster = cluster(&format!("return {}", answer.replace("BODY", PEERING)));
        let peering = read(&cluster, &JsValue::UNDEFINED).await.unwrap_or_else(|_| panic!("{answer}"));
        assert_eq!(text(&peering, "id"), "1");
    }
}

#[wasm_bindgen_test]
async fn rejects_other_values_than_a_response() {
    for answer in [
        "undefined",
        "null",
        "'{}'",
        "42",
        "{}",
        "[]",
        "() => {}",
        "{ status: 200 }",
        "{ status: '200', text: async () => '{}' }",
        "{ status: NaN, text: async () => '{}' }",
        "{ status: 0, text: async () => '{}' }",
        "{ status: 1e9, text: async () => '{}' }",
        "{ get status() { throw 1 }, get type() { throw 2 }, text: async () => '{}' }",
        "{ ok: true, json: async () => ({}) }",
    ] {
        let cluster = cluster(&format!("return ({answer})"));
        let error = failed_read(&cluster, "unexpected_answer").await;
        assert!(text(&error, "hint").contains("Response"), "{answer}");
        assert_eq!(calls(&cluster).length(), 1, "a second read causes no other fetch: {answer}");
    }
}

#[wasm_bindgen_test]
async fn a_body_that_cannot_be_read() {
    let bodies = [
        "text() { throw 'a text' }",
        "text: () => Promise.reject(null)",
        "text: () => Promise.reject({ get message() { throw 1 } })",
        "text: async () => Object.create(null)",
        "body: { getReader() { throw undefined } }, text: async () => '{}'",
        "body: { getReader: () => ({ read: async () => ({ done: false, value: 'no bytes' }) }) }, text: async () => '{}'",
        "body: { getReader: () => ({ read: () => Promise.reject('cut off') }) }, text: async () => '{}'",
    ];
    let clusters = bodies.map(|body| cluster(&format!("return {{ status: 200, {body} }}")));
    all_fail(&clusters, "network").await;
    failed_read(&cluster("return { status: 200, text: async () => Symbol('it') }"), "unexpected_answer").await;
    // Headers are optional: a response without readable ones is read all the same.
    failed_read(
        &cluster("return { status: 200, get headers() { throw 1 }, text: async () => '{}' }"),
        "unexpected_answer",
    )
    .await;
    // Only its text distinguishes a refusal: five different ones are 403.
    failed_read(&cluster("return { status: 403, text() { throw 'a text' } }"), "network").await;
}

#[wasm_bindgen_test]
async fn a_fetch_that_hangs_ends_with_the_timeout() {
    for hangs in [
        "return new Promise(() => {})",
        "return { then() {} }",
        "return { status: 200, text: () => new Promise(() => {}) }",
        "return { status: 500, text: () => new Promise(() => {}) }",
        "return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))",
    ] {
        let cluster = cluster(hangs);
        let error = read(&cluster, &js("({ timeout: 50 })")).await.expect_err(hangs);
        assert_peering_error(&error, "timeout");
        let signal = get(&get(&calls(&cluster).get(0), "init"), "signal");
        assert!(get(&signal, "aborted").is_truthy(), "the request is given up: {hangs}");
    }
}

#[wasm_bindgen_test]
async fn an_abort_rejects_with_exactly_the_signals_reason() {
    for (reason, hangs) in [
        ("'why'", "return new Promise(() => {})"),
        ("", "return new Promise(() => {})"),
        ("null", "return new Promise(() => {})"),
        (
            "new Error('mine')",
            "return new Promise((_, no) => init.signal.addEventListener('abort', () => no('other')))",
        ),
        ("'in the body'", "return { status: 200, text: () => new Promise(() => {}) }"),
        ("", "return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))"),
        (
            "7",
            "return { status: 200, text: () => new Promise((_, no) => init.signal.addEventListener('abort', () => no('other'))) }",
        ),
    ] {
        let cluster = cluster(hangs);
        let controller = js("new AbortController()");
        let options = Object::new();
        let _ = Reflect::set(&options, &"signal".into(), &get(&controller, "signal"));
        let promise = single::read(&cluster, &"us".into(), &options);
        JsFuture::from(js("new Promise((go) => setTimeout(go, 20))").unchecked_into::<Promise>()).await.unwrap();
        apply(&format!("(controller) => controller.abort({reason})"), &controller);
        let rejected = end(promise).await.expect_err(hangs);
        assert!(Object::is(&rejected, &get(&get(&controller, "signal"), "reason")), "abort({reason}): {rejected:?}");
        let signal = get(&get(&calls(&cluster).get(0), "init"), "signal");
        assert!(get(&signal, "aborted").is_truthy(), "the request is given up");

        let again = read(&cluster, &options).await.expect_err("it is aborted");
        assert!(Object::is(&again, &rejected));
        assert_eq!(calls(&cluster).length(), 1, "an aborted signal sends nothing");
    }
}

#[wasm_bindgen_test]
async fn an_invalid_header_is_refused_before_a_request() {
    for (key, value) in [
        ("token", "'abcdefgh\\n'"),
        ("token", "'abcd\\r\\nX-Evil: 1'"),
        ("token", "'abc\\u20ac'"),
        ("headers", "{ 'X-Tenant': 'abcdefgh\\nX-Evil: 1' }"),
        ("headers", "{ 'X-Tenant': 'abcdefgh\\0' }"),
        ("headers", "{ 'X Tenant': 'eu' }"),
        ("headers", "{ '': 'eu' }"),
        ("headers", "{ 'X-Tenant': 7 }"),
    ] {
        let cluster = cluster("return new Response('[]')");
        let _ = Reflect::set(&cluster, &key.into(), &js(value));
        let error = failed_read(&cluster, "invalid").await;
        assert_eq!(calls(&cluster).length(), 0, "{key} {value}");
        let findings: Array = get(&error, "findings").unchecked_into();
        assert!(text(&findings.get(0), "field").contains(key), "{}", text(&findings.get(0), "field"));
        assert!(!text(&error, "message").contains("abcd"), "a message repeats no value");
    }
}

#[wasm_bindgen_test]
async fn a_redirect_is_never_followed() {
    for answer in [
        "{ status: 0, type: 'opaqueredirect', headers: new Headers(), text: async () => '' }",
        "new Response('', { status: 307, headers: { Location: 'http://elsewhere.test/' } })",
        "new Response('', { status: 301, headers: { Location: '/ui/' } })",
        "{ status: 200, redirected: true, headers: new Headers(), text: async () => BODY }",
    ] {
        let cluster = cluster(&format!("return {}", answer.replace("BODY", PEERING)));
        let error = failed_read(&cluster, "network").await;
        assert!(text(&error, "hint").contains("redirect"), "{answer}");
        assert_eq!(calls(&cluster).length(), 1, "{answer}");
    }
}

#[wasm_bindgen_test]
async fn the_hosts_own_fetch_at_a_closed_port() {
    // A port that browsers do not block, and on which no program listens.
    let error = failed_read(&"http://127.0.0.1:2".into(), "network").await;
    let hint = text(&error, "hint");
    for header in ["Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods"] {
        assert_eq!(hint.contains(header), in_a_page(), "{hint}");
    }
    assert_eq!(text(&get(&error, "cause"), "name"), "TypeError");
}

#[wasm_bindgen_test]
async fn a_host_without_fetch_has_a_specific_error() {
    let take = "(() => { const it = globalThis.fetch; globalThis.fetch = undefined; return it })()";
    let own = js(take);
    let ended = end(single::read(&ADDRESS.into(), &"us".into(), &js("({ timeout: 2000 })"))).await;
    let _ = Reflect::set(&js_sys::global(), &"fetch".into(), &own);
    let error = ended.expect_err("there is no fetch");
    assert_peering_error(&error, "network");
    assert!(text(&error, "hint").contains("fetch"));
}

#[wasm_bindgen_test]
async fn a_listener_that_throws_has_no_effect() {
    let cluster = cluster(&format!("if (calls.length === 1) throw 'once'; return new Response({PEERING})"));
    let reported = js("[]");
    let options = apply("(reported) => ({ onProgress(it) { reported.push(it); throw new Error('mine') } })", &reported);
    assert_eq!(text(&read(&cluster, &options).await.expect("a peering"), "id"), "1");
    let reported: Array = reported.unchecked_into();
    let kinds: Vec<_> = reported.iter().map(|event| text(&event, "kind")).collect();
    assert_eq!(kinds, ["retry", "recovered"]);
}

/// Unexpected values for every argument of every function: each call settles.
#[wasm_bindgen_test]
async fn unexpected_arguments() {
    let odd: Array = js("[
        undefined, null, 0, NaN, '', '\\ud800', 10n, Symbol('it'), () => {}, [], [[]], {}, Object.create(null), new Date(NaN),
        new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } }), Proxy.revocable({}, {}).proxy,
        (() => { const cycle = {}; cycle.peer_name = cycle.meta = cycle.address = cycle; return cycle })(),
        { get peer_name() { throw 1 }, get address() { throw 2 }, get signal() { throw 3 }, get timeout() { throw 4 } },
        { peer_name: 'us', peering_token: 'x', meta: new Proxy({}, { ownKeys() { throw 1 } }) },
    ]")
    .unchecked_into();
    let unusable = cluster("return 'no Response'");
    let options = js("({ timeout: 1 })");
    for value in odd.iter() {
        let faulty = [
            single::establish(&unusable, &value, &options),
            single::generate_token(&unusable, &value, &options),
            single::read(&unusable, &value, &options),
            single::remove(&unusable, &value, &options),
            single::wait(&unusable, &value, &"ACTIVE".into(), &options),
        ];
        for ended in ends(&faulty).await.iter() {
            assert_peering_error(&get(&ended, "reason"), "invalid");
        }
        // Some of these are valid and end otherwise; that they end is what counts.
        ends(&[
            single::wait(&unusable, &"us".into(), &value, &options),
            single::list(&value, &options),
            single::permissions(&value, &options),
            single::list(&unusable, &value),
            single::permissions(&unusable, &value),
            single::establish(&value, &value, &value),
        ])
        .await;
        assert!(Array::is_array(&offline::validate_peer_name(&value)));
        assert!(Array::is_array(&offline::validate_peering(&value, f64::NAN)));
        assert!(Array::is_array(&offline::validate_token(&value)));
        assert!(Array::is_array(&offline::check_terraform(&value, 0.0)));
        assert_peering_error(&offline::inspect_token(&value).expect_err("odd"), "invalid");
    }
}

#[wasm_bindgen_test]
async fn an_object_with_many_cycles_is_read_to_an_end() {
    let cycle = js("(() => { const it = {}; for (const key of 'abcdefgh') it[key] = it; return it })()");
    assert!(Array::is_array(&offline::validate_peering(&cycle, 0.0)));
    assert_peering_error(&read(&cycle, &JsValue::UNDEFINED).await.expect_err("no cluster"), "invalid");
}
