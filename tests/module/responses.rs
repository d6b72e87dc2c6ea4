//! What a fetch resolves to, rejects with or throws.

use super::*;

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
