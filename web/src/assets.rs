//! Style sheets, scripts and pictures, embedded in the binary and served under an address that holds the hash of all of
//! them. One hash for all, so that scripts may import each other and sheets may name pictures by relative path.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::OnceLock;

#[derive(rust_embed::Embed)]
#[folder = "assets/"]
struct Files;

/// Where assets are mounted: `GET {ROOT}/{hash}/{*path}`.
pub const ROOT: &str = "/assets";

/// The files' common hash and the addresses made from it.
pub struct Assets {
    hash: String,
}

impl Assets {
    /// Hashes everything that is there.
    pub fn load() -> Self {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        let mut all = Sha256::new();
        for name in &names {
            if let Some(file) = Files::get(name) {
                all.update(name.as_bytes());
                all.update([0]);
                all.update(file.metadata.sha256_hash());
            }
        }
        Self { hash: hex::encode(&all.finalize()[..8]) }
    }

    /// The address of an asset, or None when there is no such file.
    pub fn address(&self, path: &str) -> Option<String> {
        Files::iter().any(|name| name == path).then(|| format!("{ROOT}/{}/{path}", self.hash))
    }

    /// The common hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// The hash as it was when the process began. A debug build reads files anew on each request, so there the answer is
/// never marked as lasting.
fn standing() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Assets::load().hash)
}

/// The content type of what we ship; anything else is not served.
fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// `GET /assets/{hash}/{*path}`. An address with today's hash may be kept for ever. An address with another hash comes
/// from a page of another release (two versions run side by side during an update): it gets today's file, not to be kept.
pub async fn serve(Path((hash, path)): Path<(String, String)>) -> Response {
    let lasting = !cfg!(debug_assertions) && hash == standing();
    file(&path, if lasting { "public, max-age=31536000, immutable" } else { "no-cache" })
}

/// `GET /favicon.ico`
pub async fn favicon_ico() -> Response {
    file("icons/favicon.ico", "public, max-age=86400")
}

/// `GET /favicon.svg`
pub async fn favicon_svg() -> Response {
    file("icons/favicon.svg", "public, max-age=86400")
}

/// `GET /apple-touch-icon.png`
pub async fn touch_icon() -> Response {
    file("icons/touch-180.png", "public, max-age=86400")
}

fn file(path: &str, cache: &'static str) -> Response {
    // rust-embed itself refuses to leave its folder; the type list keeps everything else in.
    let Some((kind, file)) = content_type(path).zip(Files::get(path)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut headers = HeaderMap::new();
    let pairs: [(HeaderName, &'static str); 3] =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    for (name, value) in pairs {
        headers.insert(name, HeaderValue::from_static(value));
    }
    match file.data {
        Cow::Borrowed(bytes) => (headers, bytes).into_response(),
        Cow::Owned(bytes) => (headers, bytes).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn assets_are_served_with_their_type_and_nothing_else_is() {
        let css = serve(Path(("x".into(), "css/tokens.css".into()))).await;
        assert_eq!(css.status(), StatusCode::OK);
        assert_eq!(css.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(css.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(css.headers()[header::CACHE_CONTROL], "no-cache");
        for path in ["css/none.css", "../Cargo.toml", "../src/lib.rs", "css", "", "/etc/passwd", "css/../../Cargo.toml"] {
            assert_eq!(serve(Path(("x".into(), path.into()))).await.status(), StatusCode::NOT_FOUND, "{path:?}");
        }
        for icon in [favicon_ico().await, favicon_svg().await, touch_icon().await] {
            assert_eq!(icon.status(), StatusCode::OK);
        }
    }

    #[test]
    fn addresses_hold_the_hash_and_name_only_what_exists() {
        let assets = Assets::load();
        assert_eq!(assets.hash().len(), 16);
        assert_eq!(assets.address("css/portal.css"), Some(format!("/assets/{}/css/portal.css", assets.hash())));
        assert_eq!(assets.address("css/nothing.css"), None);
    }

    #[test]
    fn every_shipped_file_has_a_type() {
        let unknown: Vec<_> = Files::iter().filter(|n| content_type(n).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
