//! What the host brings along: environment variables, files, the page's own origin.

use alloc::string::String;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/host.js")]
extern "C" {
    /// An environment variable that is set and not empty; none in a page.
    pub fn variable(name: &str) -> Option<String>;

    /// The origin of the page or worker, where there is one.
    pub fn origin() -> Option<String>;

    /// The text of a file, on hosts that have Node's file system.
    pub fn file(path: &str) -> Option<String>;
}
