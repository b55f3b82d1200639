//! Signing in through the issuer, as a browser does.

use crate::world::World;
use anyhow::{Context, ensure};
use reqwest::header;
use std::collections::BTreeMap;
use tests::{Abroad, Page};
use url::Url;

type Cookies = BTreeMap<String, String>;

async fn send(request: reqwest::RequestBuilder, cookies: &mut Cookies) -> anyhow::Result<Page> {
    let held: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let answer = request.header(header::COOKIE, held.join("; ")).header(header::ACCEPT_LANGUAGE, "ja").send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    for cookie in headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
        if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
    let location = headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).map(str::to_owned);
    Ok(Page { status, location, headers, body: answer.text().await? })
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?)
}

/// Presses the first federation's button on the sign-in page: the answer, and the browser's cookies.
pub async fn begin(world: &World) -> anyhow::Result<(Page, BTreeMap<String, String>)> {
    let (http, mut cookies) = (client()?, Cookies::new());
    let page = send(http.get(format!("{}/sign-in", world.home())), &mut cookies).await?.expect(200);
    let sql = "SELECT id FROM issuers WHERE client_id = 'tomoshibi-1'";
    let issuer: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(&mut world.god().await?).await?;
    let form = page.form(&format!("/sign-in/{issuer}"));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let request = http.post(world.home().to_owned() + &form.action).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let page = send(request.body(body), &mut cookies).await?;
    Ok((page, cookies))
}

/// Goes the whole way as this person: their first page.
pub async fn through(world: &World, key: &str) -> anyhow::Result<Page> {
    let (page, mut cookies) = begin(world).await?;
    ensure!(page.status == 200, "the way to the issuer: {} {}", page.status, page.body);
    let refresh = page.headers.get("refresh").and_then(|v| v.to_str().ok()).context("the page does not move on")?;
    let mut to = Url::parse(refresh.trim_start_matches("0; url="))?;
    to.query_pairs_mut().append_pair("login_hint", key).append_pair("auto", "1").append_pair("factor", "otp");
    let back = Abroad::new(&format!("{}/", world.home()), world.clock.clone()).go(to).await;
    let http = client()?;
    let landed = send(http.get(back), &mut cookies).await?;
    ensure!(landed.status == 303, "the way back: {} {}", landed.status, landed.body);
    let at = landed.leads();
    Ok(send(http.get(Url::parse(world.home())?.join(&at)?), &mut cookies).await?.expect(200))
}
