//! A page with a known hole, for the scanner to find: what cannot find this has looked at nothing.

use axum::Router;
use axum::extract::Query;
use axum::response::Html;
use axum::routing::get;
use std::collections::BTreeMap;
use tokio::net::TcpListener;

/// Where the hole is, and what wapiti calls it.
pub const HOLE: (&str, &str) = ("/greet", "Reflected Cross Site Scripting");

async fn home() -> Html<&'static str> {
    Html(
        r#"<!doctype html><html><body><a href="/greet?name=you">Greet</a><form action="/greet"><input name="name" value="x"></form></body></html>"#,
    )
}

/// Says what it was told, as it was told.
async fn greet(Query(told): Query<BTreeMap<String, String>>) -> Html<String> {
    Html(format!("<!doctype html><html><body><p>Hello {}</p></body></html>", told.get("name").map_or("", String::as_str)))
}

/// Serves it on loopback until the program ends: its address.
pub async fn serve() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/", get(home)).route(HOLE.0, get(greet));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(base)
}
