//! The page's files, embedded in the program. The build compressed each: they are sent as they are kept.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use crate::webhook::packed::unpack;

const PAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.packed"));

static ASSETS: LazyLock<HashMap<String, Vec<u8>>> =
    LazyLock::new(|| unpack(PAGE).into_iter().collect());

/// A file of the page as it is sent, compressed with `deflate`, and its media type.
pub(super) fn asset(path: &str) -> Option<(&'static [u8], &'static str)> {
    let contents = ASSETS.get(path)?;
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let media_type = match extension.unwrap_or_default() {
        "mjs" | "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    Some((contents, media_type))
}
