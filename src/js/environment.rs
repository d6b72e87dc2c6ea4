//! What the host brings along: environment variables, files, the page's own origin, its fetch.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen(module = "/src/js/host.js")]
extern "C" {
    /// An environment variable that is set and not empty; none in a page.
    pub fn variable(name: &str) -> Option<String>;

    /// The origin of the page or worker, where there is one.
    pub fn origin() -> Option<String>;

    /// The text of a file, on hosts that have Node's file system.
    pub fn file(path: &str) -> Option<String>;

    /// The host's fetch, looked up each time: tests and tools put others in its place.
    #[wasm_bindgen(js_name = hostFetch)]
    pub fn fetch() -> Option<Function>;

    /// A way to give a request up, which every host with a fetch has.
    #[wasm_bindgen(js_name = abortController)]
    pub fn abort_controller() -> Option<AbortController>;
}
