//! The page's files, embedded in the program.

use include_dir::{Dir, include_dir};

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/inspector/assets");

/// The page itself.
pub(super) fn page() -> &'static [u8] {
    ASSETS.get_file("index.html").map_or(&[], |file| file.contents())
}

/// A file of the page and its media type.
pub(super) fn asset(path: &str) -> Option<(&'static [u8], &'static str)> {
    let file = ASSETS.get_file(path)?;
    let extension = file.path().extension().and_then(|extension| extension.to_str());
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
    Some((file.contents(), media_type))
}
