//! The consultations and invitations, written by the people themselves through the same commands as everybody's, each at its
//! own instant.

use super::Ctx;
use super::data::{Act, Case, Deed, Story};
use super::ground::member_id;
use super::people::{email, person_id};
use super::rows;
use access::{Action, Actor, Permit};
use anyhow::{Context, bail};
use desk::commands::{self, Triaged};
use desk::{Answers, Asked, Facts};
use identity::NewInvitation;
use kernel::{Clock, ConsultationId, IssuerId, MemberId, PersonId, RequestId, SeatId, secret};
use sqlx::PgConnection;
use std::collections::HashMap;
use store::{Db, PoolSettings, Tx};
use time::{Duration, OffsetDateTime};

/// When the first consultation was asked, less a day.
pub fn beginning(story: &Story, now: OffsetDateTime) -> OffsetDateTime {
    let hours = story.cases.iter().map(|case| case.hours_ago).max().unwrap_or(0);
    now - Duration::hours(hours + 24)
}

/// Tells the consultations that are missing; returns how many.
pub async fn tell(loader: &mut PgConnection, story: &Story, ctx: &Ctx<'_>) -> anyhow::Result<usize> {
    let begin = beginning(story, ctx.clock.now());
    let clock = Clock::held(begin);
    let db = Db::connect(ctx.app_url, clock.clone(), PoolSettings { max: 2, ..PoolSettings::default() }).await?;
    // Left over from a telling that was interrupted.
    rows::close_sessions(loader).await?;
    let mut teller = Teller { loader, story, db, clock, begin, actors: HashMap::new() };
    let mut outcome = teller.all(ctx.clock.now()).await;
    if let Err(error) = teller.invite(ctx).await {
        outcome = outcome.and(Err(error.context("invitations")));
    }
    rows::close_sessions(teller.loader).await?;
    outcome
}

struct Teller<'a> {
    loader: &'a mut PgConnection,
    story: &'a Story,
    db: Db,
    clock: Clock,
    begin: OffsetDateTime,
    actors: HashMap<String, Actor>,
}

impl Teller<'_> {
    async fn all(&mut self, now: OffsetDateTime) -> anyhow::Result<usize> {
        let story = self.story;
        let mut cases: Vec<&Case> = story.cases.iter().collect();
        // The oldest first, so that numbers follow time.
        cases.sort_by_key(|case| std::cmp::Reverse(case.hours_ago));
        let mut told = 0;
        for case in cases {
            let (person, _) = story.people.seat_at(&case.by)?;
            if rows::asked(self.loader, person, &case.title).await? {
                continue;
            }
            self.one(case, now).await.with_context(|| format!("case {:?}", case.title))?;
            told += 1;
        }
        Ok(told)
    }

    /// Invites who is to come by a letter, again when the last one ran out.
    async fn invite(&mut self, ctx: &Ctx<'_>) -> anyhow::Result<()> {
        self.clock.set(ctx.clock.now());
        let story = self.story;
        for (person, by) in story.people.person.iter().filter_map(|p| Some((p, p.invited_by.as_deref()?))) {
            let id = person_id(&person.key);
            if rows::is_invited(self.loader, id, ctx.clock.now()).await? {
                continue;
            }
            let actor = self.actor(by).await?;
            let issuer = rows::issuer_of(self.loader, actor.federation).await?;
            let invitation = NewInvitation { issuer: IssuerId(issuer), email: email(&person.key), valid_for: identity::MAX_INVITATION };
            let tx = self.db.begin(&actor, RequestId::new(&self.clock)).await?;
            let permit = identity::permit_invite(&actor, PersonId(id)).map_err(|no| anyhow::anyhow!("{no:?}"))?;
            identity::invite(&tx, permit, invitation, &ctx.links).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn one(&mut self, case: &Case, now: OffsetDateTime) -> anyhow::Result<()> {
        self.clock.set(now - Duration::hours(case.hours_ago));
        let id = self.ask(case).await?;
        for (n, act) in case.steps.iter().enumerate() {
            self.clock.advance(Duration::minutes(act.after));
            if self.clock.now() >= now {
                bail!("act {n} lies in the future");
            }
            self.act(id, act).await.with_context(|| format!("act {n}, {:?} by {}", act.what, act.by))?;
        }
        let writer = self.actor(&case.by).await?;
        let tx = self.db.read(&writer, RequestId::new(&self.clock)).await?;
        let (facts, permit) = desk::find::<desk::ReadHeader>(&tx, &writer, id).await?;
        drop(permit);
        if facts.case.state != case.ends {
            bail!("ends {} instead of {}", facts.case.state, case.ends);
        }
        Ok(())
    }

    async fn ask(&mut self, case: &Case) -> anyhow::Result<ConsultationId> {
        let story = self.story;
        let category =
            story.categories.iter().find(|c| c.code == case.category).with_context(|| format!("no category {}", case.category))?;
        let named = case.named.iter().map(|at| Ok(PersonId(story.people.seat_at(at)?.0))).collect::<anyhow::Result<Vec<_>>>()?;
        let actor = self.actor(&case.by).await?;
        let mut answers = Answers {
            category: Some(case.category.clone()),
            trouble: category.kind == "trouble",
            noticed: case.noticed.clone(),
            care: case.care,
            title: case.title.clone(),
            body: case.body.trim().to_owned(),
            done: case.done.trim().to_owned(),
            phone: case.phone.clone(),
            contact: actor.person_name.clone(),
            member: case.member.as_deref().map(|key| MemberId(member_id(key))),
            privacy: Some(case.privacy),
            named,
            visited: Vec::new(),
            traces: vec![],
        };
        answers.visited = answers.steps();
        let tx = self.db.begin(&actor, RequestId::new(&self.clock)).await?;
        let draft = commands::start_draft(&tx, &actor, &answers).await?;
        let asked = commands::submit(&tx, &actor, draft.id).await?;
        tx.commit().await?;
        match asked {
            Asked::Stored { id, .. } => Ok(id),
            Asked::Missing(missing) => bail!("not sent: {missing:?}"),
        }
    }

    /// The person in that seat, signed in for the story.
    async fn actor(&mut self, at: &str) -> anyhow::Result<Actor> {
        if let Some(actor) = self.actors.get(at) {
            return Ok(actor.clone());
        }
        let (person, seat) = self.story.people.seat_at(at)?;
        let (token, hash) = secret::new_secret();
        if rows::open_session(self.loader, hash, person, seat, self.begin).await? != 1 {
            bail!("{at} has no seat to act from");
        }
        let actor = identity::read_session(&self.db, &token).await?.with_context(|| format!("{at} is not live"))?;
        self.actors.insert(at.to_owned(), actor.clone());
        Ok(actor)
    }

    async fn act(&mut self, id: ConsultationId, act: &Act) -> anyhow::Result<()> {
        let actor = self.actor(&act.by).await?;
        let tx = self.db.begin(&actor, RequestId::new(&self.clock)).await?;
        deed(&tx, &actor, id, &act.what).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Finds the case for one verb; the version seen is the present one.
async fn find<A: Action<Policy = desk::DeskPolicy>>(tx: &Tx, actor: &Actor, id: ConsultationId) -> anyhow::Result<(Facts, Permit<A>, i32)> {
    let (facts, permit) = desk::find_for_update::<A>(tx, actor, id).await?;
    let seen = facts.case.version;
    Ok((facts, permit, seen))
}

async fn deed(tx: &Tx, actor: &Actor, id: ConsultationId, what: &Deed) -> anyhow::Result<()> {
    match what {
        Deed::Triage { category, class, line } => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            let input = Triaged { category: category.clone(), class: *class, line: *line };
            commands::triage(tx, actor, &facts, permit, seen, &input).await?;
        }
        Deed::Take => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::assign(tx, actor, &facts, permit, seen, SeatId(actor.seat.0)).await?;
        }
        Deed::Reply { text } => {
            let (facts, permit, seen) = find::<desk::Reply>(tx, actor, id).await?;
            commands::reply(tx, actor, &facts, permit, seen, text.trim(), &[]).await?;
        }
        Deed::AskBack { text } => {
            let (facts, permit, seen) = find::<desk::AskBack>(tx, actor, id).await?;
            commands::reply(tx, actor, &facts, permit, seen, text.trim(), &[]).await?;
        }
        Deed::Answer { text } => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::requester_reply(tx, actor, &facts, permit, seen, text.trim(), &[]).await?;
        }
        Deed::Resolve { outcome, text } => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::resolve(tx, actor, &facts, permit, seen, *outcome, text.trim()).await?;
        }
        Deed::Reopen { text } => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::reopen(tx, actor, &facts, permit, seen, text.trim()).await?;
        }
        Deed::Allow { receiver } => {
            let (facts, permit, _) = find(tx, actor, id).await?;
            let key = content::keys::consent(receiver.word())?;
            let text = content::current(tx, &key, tx.clock().today()).await?.with_context(|| format!("no text {key}"))?;
            commands::allow(tx, actor, &facts, &permit, *receiver, text.id).await?;
        }
        Deed::Revoke { receiver } => {
            let (facts, permit, _) = find(tx, actor, id).await?;
            commands::revoke(tx, actor, &facts, &permit, *receiver).await?;
        }
        simple => without_words(tx, actor, id, simple).await?,
    }
    Ok(())
}

/// Deeds that carry nothing but themselves, or a note.
async fn without_words(tx: &Tx, actor: &Actor, id: ConsultationId, what: &Deed) -> anyhow::Result<()> {
    match what {
        Deed::Note { text } => {
            let (facts, permit, _) = find(tx, actor, id).await?;
            commands::note(tx, actor, &facts, permit, text.trim()).await?;
        }
        Deed::WaitThird => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::wait_third(tx, actor, &facts, permit, seen).await?;
        }
        Deed::Resume => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::resume(tx, actor, &facts, permit, seen).await?;
        }
        Deed::Offer { line } => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::offer_line(tx, actor, &facts, permit, seen, *line).await?;
        }
        Deed::Accept => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::accept_offer(tx, actor, &facts, permit, seen).await?;
        }
        Deed::Decline => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::decline_offer(tx, actor, &facts, permit, seen).await?;
        }
        Deed::Close => {
            let (facts, permit, seen) = find(tx, actor, id).await?;
            commands::close(tx, actor, &facts, permit, seen).await?;
        }
        other => bail!("{other:?} is dealt with elsewhere"),
    }
    Ok(())
}
