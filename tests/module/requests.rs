//! The requests that a fetch receives.

use super::*;

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
