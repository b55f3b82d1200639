//! What people do all day: a clinic asks, the desk replies, the clinic answers; several at once, until told to stop.

use crate::clerk::{Clerk, Pressed};
use crate::ledger::{Deed, Ledger};
use crate::world::World;
use anyhow::Context;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

/// A clinic and somebody at the desk.
#[derive(Clone)]
pub struct Crew {
    /// Who asks.
    pub clinic: Clerk,
    /// Who replies.
    pub desk: Clerk,
    ledger: Ledger,
}

impl Crew {
    /// Signs both in.
    pub async fn of(world: &World, ledger: &Ledger, clinic: &str) -> anyhow::Result<Self> {
        let (clinic, desk) = (Clerk::sign_in(world, ledger, clinic).await?, Clerk::sign_in(world, ledger, "otsuki").await?);
        Ok(Self { clinic, desk, ledger: ledger.clone() })
    }

    /// Some crews, each with a clinic of its own.
    pub async fn some(world: &World, ledger: &Ledger, how_many: usize) -> anyhow::Result<Vec<Self>> {
        let mut crews = Vec::new();
        for clinic in ["aizawa", "ooki", "kobayakawa", "sumida"].into_iter().take(how_many) {
            crews.push(Self::of(world, ledger, clinic).await?);
        }
        Ok(crews)
    }

    /// Asks, page by page, and presses "send" twice: the address of the case.
    pub async fn ask(&self) -> anyhow::Result<String> {
        let title = mark("相談");
        let draft = self.draft().await?;
        let fill = async |name: &str, fields: &[(&str, &str)], typed: Option<&str>| {
            self.clinic.press(&format!("{draft}/{name}"), fields, typed).await.map(drop)
        };
        fill("symptom", &[("category", "INC-RAN")], None).await?;
        fill("noticed", &[("noticed", "2026-11-16T06:40")], None).await?;
        fill("care", &[("care", "partly")], None).await?;
        fill("words", &[("title", &title), ("body", "受付のパソコンに警告が出ます。")], Some(&title)).await?;
        fill("done", &[("done", "LANケーブルを抜いた")], Some("LANケーブルを抜いた")).await?;
        fill("files", &[], None).await?;
        fill("contact", &[("phone", "090-0000-0123"), ("contact", "受付")], Some("090-0000-0123")).await?;
        fill("privacy", &[("privacy", "everyone")], None).await?;
        let check = format!("{draft}/check");
        self.ledger.will_ask(&title);
        let mut case = String::new();
        for _ in 0..2 {
            let Pressed::Taken(to) = self.clinic.press(&check, &[], None).await? else { anyhow::bail!("{check}: refused as stale") };
            case = to.split('?').next().unwrap_or_default().to_owned();
            self.ledger.asked(&title, case.trim_start_matches("/c/").parse::<Uuid>().with_context(|| to.clone())?);
        }
        Ok(case)
    }

    /// Begins to ask: the draft's address.
    pub async fn draft(&self) -> anyhow::Result<String> {
        let Pressed::Taken(to) = self.clinic.press("/ask/new", &[], None).await? else { anyhow::bail!("a draft cannot be stale") };
        Ok(to.trim_end_matches("/symptom").to_owned())
    }

    /// The desk replies, the clinic's turn.
    pub async fn reply(&self, case: &str) -> anyhow::Result<()> {
        self.say(&self.desk, case, Deed::Said, "reply", &[("then", "requester")]).await
    }

    /// The clinic answers.
    pub async fn answer(&self, case: &str) -> anyhow::Result<()> {
        self.say(&self.clinic, case, Deed::Said, "answer", &[]).await
    }

    async fn say(&self, who: &Clerk, case: &str, deed: Deed, act: &str, more: &[(&str, &str)]) -> anyhow::Result<()> {
        let version = who.open(case).await?.input("version").with_context(|| format!("{case}: no form to {act}"))?;
        let text = mark("文");
        let mut fields = vec![("body", text.as_str()), ("version", version.as_str())];
        fields.extend(more);
        self.ledger.will_do(deed, &text);
        // "Before" is no acknowledgement, but the text may be there: once.
        if let Pressed::Taken(_) = who.press(&format!("{case}/{act}"), &fields, Some(&text)).await? {
            self.ledger.did(deed, &text);
        }
        Ok(())
    }

    /// The desk notes something.
    async fn note(&self, case: &str) -> anyhow::Result<()> {
        self.say(&self.desk, case, Deed::Noted, "note", &[]).await
    }

    /// Sends a form that is done once per case.
    async fn decide(&self, who: &Clerk, case: &str, deed: Deed, act: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        let path = format!("{case}/{act}");
        let version = who.open(&path).await?.input("version").with_context(|| format!("{path}: no version"))?;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
        let by = case.trim_start_matches("/c/");
        self.ledger.will_do(deed, by);
        if let Pressed::Taken(_) = who.press(&path, &fields, None).await? {
            self.ledger.did(deed, by);
        }
        Ok(())
    }

    /// The desk begins a reply that is kept and not sent.
    async fn keep(&self, case: &str) -> anyhow::Result<()> {
        let version = self.desk.open(case).await?.input("version").with_context(|| format!("{case}: no form to reply"))?;
        let text = mark("下書き");
        self.ledger.will_do(Deed::Kept, &text);
        self.desk.keep(&format!("{case}/reply/draft?then=quiet"), &[("body", &text), ("then", "requester"), ("version", &version)]).await?;
        self.ledger.did(Deed::Kept, &text);
        Ok(())
    }

    /// Asks, is sorted, given to somebody, replied to, noted about, answers, consents; and a further reply is begun.
    pub async fn round(&self) -> anyhow::Result<()> {
        let case = self.ask().await?;
        self.decide(&self.desk, &case, Deed::Triaged, "triage", &[("category", "INC-RAN"), ("class", "S2"), ("line", "2")]).await?;
        self.decide(&self.desk, &case, Deed::Assigned, "assign", &[("seat", self.desk.seat())]).await?;
        self.reply(&case).await?;
        self.note(&case).await?;
        self.answer(&case).await?;
        self.decide(&self.clinic, &case, Deed::Consented, "consent", &[("consent", "police")]).await?;
        self.keep(&case).await
    }
}

/// A text of its own.
pub fn mark(what: &str) -> String {
    format!("{what}-{}", &kernel::secret::new_key()[..16])
}

/// Crews at work.
pub struct Load {
    stop: watch::Sender<bool>,
    crews: JoinSet<anyhow::Result<()>>,
}

impl Load {
    /// Sets them to work.
    pub fn of(crews: &[Crew]) -> Self {
        let (stop, _) = watch::channel(false);
        let mut load = Self { stop, crews: JoinSet::new() };
        for crew in crews {
            let (crew, stop) = (crew.clone(), load.stop.subscribe());
            load.crews.spawn(async move {
                while !*stop.borrow() {
                    crew.round().await?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(())
            });
        }
        load
    }

    /// Lets everybody finish the round they are in.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        while let Some(done) = self.crews.join_next().await {
            done??;
        }
        Ok(())
    }
}
