//! Attaching a file as a browser without script does.

use crate::clerk::{Clerk, Pressed};
use crate::world::World;
use anyhow::{Context, bail, ensure};
use tests::Page;
use uuid::Uuid;

/// The test file that every scanner knows, in two halves so that no scanner removes this source.
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// A file that was announced on a draft.
pub struct Upload {
    /// Its bytes' row.
    pub version: Uuid,
    page: String,
    fields: Vec<(String, String)>,
    store: String,
}

/// Announces a file and opens the page that sends its bytes.
pub async fn announce(clerk: &Clerk, draft: &str) -> anyhow::Result<Upload> {
    let fields = [("name", "記録.txt"), ("kind", "record")];
    let Pressed::Taken(page) = clerk.press(&format!("{draft}/announce"), &fields, None).await? else { bail!("no file announced") };
    let body = clerk.open(&page).await?.body;
    let form = body.split("<form").find(|form| form.contains("multipart/form-data")).context("the form for the bytes")?;
    let (store, fields) = tests::form(&format!("<form{form}")).context("the form's fields")?;
    let fields = fields.into_iter().filter(|(name, _)| name != "file").collect();
    let version = page.trim_start_matches("/uploads/").parse().with_context(|| page.clone())?;
    Ok(Upload { version, page, fields, store })
}

impl Upload {
    /// Sends the bytes to the store.
    pub async fn send(&self, bytes: &[u8]) -> anyhow::Result<()> {
        const LINE: &str = "----boundary7f3a";
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"log.txt\"";
        body.extend(format!("--{LINE}\r\n{head}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend(format!("\r\n--{LINE}--\r\n").bytes());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let request = http.post(&self.store).header("content-type", format!("multipart/form-data; boundary={LINE}"));
        let answer = request.body(body).send().await?;
        ensure!(answer.status().is_success() || answer.status().is_redirection(), "the store: {}", answer.status());
        Ok(())
    }

    /// Says once that the bytes are there.
    pub async fn arrived(&self, clerk: &Clerk) -> anyhow::Result<Page> {
        clerk.post(&format!("{}/arrived", self.page), &[]).await
    }

    /// Announced, sent and said to be there: it waits for its verdict.
    pub async fn whole(clerk: &Clerk, draft: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        let upload = announce(clerk, draft).await?;
        upload.send(bytes).await?;
        let page = upload.arrived(clerk).await?;
        ensure!(page.status == 303, "arrived: {} {}", page.status, page.body);
        Ok(upload)
    }

    /// What is said of the bytes.
    pub async fn state(&self, world: &World) -> anyhow::Result<String> {
        let sql = "SELECT state FROM file_versions WHERE id = $1";
        Ok(sqlx::query_scalar(sql).bind(self.version).fetch_one(&mut world.god().await?).await?)
    }

    /// How somebody who tries to open it is answered.
    pub async fn open(&self, clerk: &Clerk, world: &World) -> anyhow::Result<Page> {
        let sql = "SELECT file_id FROM file_versions WHERE id = $1";
        let file: Uuid = sqlx::query_scalar(sql).bind(self.version).fetch_one(&mut world.god().await?).await?;
        clerk.post(&format!("/files/{file}/open"), &[]).await
    }
}
