//! How calls end, and the arguments that they accept.

use super::*;

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
