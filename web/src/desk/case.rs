//! One consultation: its page, for those who may read the text and for those who may know of it.

use super::ask::advice_on;
use super::forms::*;
use super::lists::Liner;
use super::offers::file_options;
use super::pages::{Act, Begun, Case, ConsentLine, FileView, Header, Line};
use super::thread::entries;
use super::uploads::own_file;
use super::writing::{Written, shown_begun};
use crate::ahead::Coming;
use crate::forms::FormView;
use crate::moment::Moment;
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Problem};
use crate::words::Phrase;
use ::desk::queries::{self, Around, Hanging, ListRow, Text, Vocabulary, Writing};
use ::desk::{Facts, Opened, ReadText, Verb, VerbError, Who, available};
use kernel::{ConsultationId, Locale};
use store::{Asking, Tx};

/// Entries of a thread on one page; older ones follow on demand.
const THREAD: i64 = 200;

/// What [`show`] reads.
pub fn reads(coming: &Coming<'_>) -> Result<Vec<Asking>, Problem> {
    let case: ConsultationId = coming.last()?;
    Ok(vec![desk::whole_asks(case, coming.today, THREAD), files::asks_of_consultation(case)])
}

/// `GET /c/{case}`
pub async fn show(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let query = cx.query(&["done"])?;
    let done = query.get("done").map(String::as_str);
    let said = done.filter(|word| *word != ASKED).map(said).transpose()?;
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let (Opened { facts, around, words }, hanging) = opened(&cx, &tx, id).await?;
    let stream = super::live::of_case(id, &since);
    match words {
        Some(words) => {
            let page = case(&cx, &tx, facts, around, words, hanging, Forms::default()).await?;
            // Whoever has just asked is told the number, to be said on the telephone, and where they will be called.
            let asked = || phrase!("desk-asked", number = page.line.number.clone(), phone = page.phone.clone());
            let said = if done == Some(ASKED) { Some(asked()) } else { said };
            cx.open_page(&page, stream, said)
        }
        None => cx.page(&header(&cx, facts, around)?),
    }
}

async fn opened(cx: &Cx, tx: &Tx, id: ConsultationId) -> Result<(Opened, Hanging), VerbError> {
    desk::open_whole(tx, cx.actor(), id, THREAD, cx.locale).await
}

/// What was just done, as the address says; a closed list.
pub(super) fn said(word: &str) -> Result<Phrase, Problem> {
    if DONE.contains(&word) { Ok(Phrase::word("desk-done", word)) } else { Err(Problem::BadRequest) }
}

/// The word of `?done=` after asking; it is said with the number.
const ASKED: &str = "asked";
/// The other words of `?done=`.
pub(super) const DONE: &[&str] = &[
    "replied_desk",
    "replied_requester",
    "answered",
    "noted",
    "triaged",
    "assigned",
    "confirmed",
    "taken",
    "waiting",
    "resumed",
    "offered",
    "withdrawn",
    "accepted",
    "declined",
    "resolved",
    "closed",
    "reopened",
    "privacy",
    "consent",
    "draft_kept",
    "draft_discarded",
];

/// The desk reopens in its own words; the clinic asks again.
pub(super) const STAFF_REOPENS: &str = "reopen_staff";

/// Forms to show again instead of blank ones.
#[derive(Default)]
pub(super) struct Forms {
    pub writing: Option<FormView>,
}

/// The page again with what has to be put right in its writing form.
pub(super) async fn again(cx: &Cx, id: ConsultationId, writing: FormView) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let (Opened { facts, around, words }, hanging) = opened(cx, &tx, id).await?;
    let live = heard_since(cx, id, &facts, &since);
    let page = case(cx, &tx, facts, around, words.ok_or(VerbError::Forbidden)?, hanging, Forms { writing: Some(writing) }).await?;
    cx.open_again(&page, live, format!("/c/{id}"))
}

/// The stream of a page that answers a form. Who had an old page has not seen what came since, and hears of that too.
pub(super) fn heard_since(cx: &Cx, id: ConsultationId, facts: &Facts, since: &str) -> String {
    super::live::of_case(id, if shown_version(cx, facts) == facts.case.version { since } else { "" })
}

/// The page for those who may read the text; for others it is not there to act on.
pub(super) async fn with_forms(cx: &Cx, tx: &Tx, id: ConsultationId, forms: Forms) -> Result<Case, Problem> {
    let (Opened { facts, around, words }, hanging) = opened(cx, tx, id).await?;
    case(cx, tx, facts, around, words.ok_or(VerbError::Forbidden)?, hanging, forms).await
}

/// Whether the reader may write a message now; the rule for attaching to the next one.
pub(super) async fn may_write(tx: &Tx, cx: &Cx, id: ConsultationId) -> Result<(), Problem> {
    if (cx.actor().role.is_desk() || !cx.actor().queues.is_empty())
        && let Ok((_, permit)) = desk::find::<desk::Reply>(tx, cx.actor(), id).await
    {
        drop(permit);
        return Ok(());
    }
    let (_, permit) = desk::find::<desk::RequesterReply>(tx, cx.actor(), id).await?;
    drop(permit);
    Ok(())
}

fn line_of(cx: &Cx, facts: &Facts, around: &Around, title: Option<String>) -> Result<Line, Problem> {
    let c = &facts.case;
    let row = ListRow {
        id: c.id.0,
        number: c.number.clone(),
        title,
        requester_unit_id: c.requester_unit.0,
        unit_name: around.unit_name.clone(),
        unit_name_en: around.unit_name_en.clone(),
        prefecture_id: None,
        category: c.category.clone(),
        class: c.class.word().into(),
        state: c.state.word().into(),
        queue_id: c.queue.0,
        offered_queue_id: c.offered_queue.map(|q| q.0),
        responsible_seat_id: c.responsible.0,
        responsible_name: around.responsible_name.clone(),
        created_at: c.created_at,
        updated_at: c.updated_at,
        turn_since: c.turn_since,
        resolved_at: c.resolved_at,
    };
    let mut line = Liner::new(cx, &Vocabulary::default()).line(row)?;
    line.category = Some(if cx.locale == Locale::En { around.category_name_en.clone() } else { around.category_name.clone() });
    line.outcome = c.outcome.map(|outcome| outcome.word());
    // The list lights the lantern for every reader of a clinic; on the page the relation decides.
    if matches!(facts.who(cx.actor()), Who::Receiver | Who::Witness | Who::Area) {
        line.mine = false;
    }
    Ok(line)
}

fn header(cx: &Cx, facts: Facts, around: Around) -> Result<Header, Problem> {
    let line = line_of(cx, &facts, &around, None)?;
    let english = cx.locale == Locale::En;
    Ok(Header {
        line,
        care: facts.case.care.word(),
        queue: if english { around.queue_name_en } else { around.queue_name },
        first_answer_at: facts.case.first_answer_at.map(Moment),
        witness: (cx.actor().role == access::Role::Auditor).then(|| format!("/c/{}/witness", facts.case.id)),
        back: "/area".into(),
    })
}

async fn case(
    cx: &Cx,
    tx: &Tx,
    facts: Facts,
    around: Around,
    (text, _): (Text, access::Permit<ReadText>),
    Hanging { thread, consents, mut writing }: Hanging,
    forms: Forms,
) -> Result<Case, Problem> {
    let actor = cx.actor();
    let (id, who) = (facts.case.id, facts.who(actor));
    let waits = matches!(who, Who::Opener | Who::Requester) && facts.case.state.turn() == desk::Turn::Desk;
    let advice = if waits { advice_on(cx, tx, &facts.case.category).await? } else { None };
    let staff = who.reads_notes();
    let files = files::of_consultation(tx, id).await?;
    // A named reader of a confidential topic reads it, and that is all.
    let reads_only = who == Who::Requester && facts.case.privacy == desk::Privacy::Confidential;
    let verbs = if reads_only { vec![] } else { available(facts.case.state, who) };
    let writes = verbs.iter().any(|v| matches!(v, Verb::Reply | Verb::RequesterReply));
    let pending: Vec<FileView> = if writes { files.pending.into_iter().map(own_file).collect() } else { vec![] };
    let (begun, form) = match (writes, who.holds()) {
        (false, _) => (None, None),
        (true, true) => written::<ReplyForm>(&facts, writing.remove(ReplyForm::ACT), &pending, forms.writing, &[("then", "desk")]),
        (true, false) => written::<AnswerForm>(&facts, writing.remove(AnswerForm::ACT), &pending, forms.writing, &[]),
    };
    let english = cx.locale == Locale::En;
    let line = line_of(cx, &facts, &around, Some(text.title))?;
    Ok(Case {
        who: who.word(),
        staff,
        version: shown_version(cx, &facts),
        phone: text.phone,
        contact: text.contact,
        noticed: text.noticed,
        done: text.done,
        care: facts.case.care.word(),
        privacy: facts.case.privacy.word(),
        desk_line: facts.case.line.word(),
        queue: if english { around.queue_name_en.clone() } else { around.queue_name.clone() },
        offered_to: if english { around.offered_name_en.clone() } else { around.offered_name.clone() },
        unit_kind: around.unit_kind.clone(),
        member: around.member_name.clone(),
        member_number: around.member_number.clone(),
        member_category: around.member_category.clone(),
        opener: around.opener_name.clone(),
        first_answer_at: facts.case.first_answer_at.map(Moment),
        reopen_until: facts.case.reopen_until().map(Moment),
        consents: consent_lines(consents),
        thread: entries(thread, files.sent),
        action: format!("/c/{id}/{}", if who.holds() { "reply" } else { "answer" }),
        form,
        begun,
        pending,
        acts: acts(&facts, &verbs, actor.seat == facts.case.responsible, staff),
        back: if who == Who::Witness {
            "/area".into()
        } else if staff {
            "/queue".into()
        } else if who == Who::Receiver {
            "/shared".into()
        } else {
            "/consultations".into()
        },
        line,
        advice,
    })
}

/// The version that a page's forms are made for: the present one, or that of the form which the page gives back to be put right; who had
/// an old page has not seen what came since.
pub(super) fn shown_version(cx: &Cx, facts: &Facts) -> i32 {
    cx.form.get().and_then(|form| form.version).unwrap_or(facts.case.version)
}

/// The consents of a case as its page lists them.
pub(super) fn consent_lines(rows: Vec<queries::ConsentRow>) -> Vec<ConsentLine> {
    rows.into_iter().map(|c| ConsentLine { receiver: c.receiver, at: Moment(c.granted_at), version: c.text_version }).collect()
}

/// The writing form: given back, gone on with, or blank.
fn written<F: Written>(
    facts: &Facts,
    found: Option<Writing>,
    pending: &[FileView],
    given: Option<FormView>,
    blank: &[(&'static str, &str)],
) -> (Option<Begun>, Option<FormView>) {
    let (begun, mut values) = shown_begun::<F>(&facts.case, found);
    if values.is_empty() {
        values = blank.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    }
    let files = file_options(pending);
    values.extend(files.iter().map(|option| ("files", option.value.clone())));
    let form = given.unwrap_or_else(|| FormView::prefilled::<F>(values)).offer("files", files);
    (Some(begun), Some(form))
}

/// The buttons are drawn from the workflow table.
fn acts(facts: &Facts, verbs: &[Verb], responsible: bool, staff: bool) -> Vec<Act> {
    let id = facts.case.id;
    let offered = facts.case.offered_queue.is_some();
    let reopen = facts.case.reopen_until().is_some_and(|until| facts.now < until);
    let act = |verb: Verb| {
        let (path, post) = match verb {
            Verb::Triage => ("triage", false),
            Verb::Assign => ("assign", false),
            Verb::WriteNote => ("note", false),
            Verb::WaitThird => ("wait", true),
            Verb::Resume => ("resume", true),
            Verb::OfferLine if !offered => ("offer", false),
            Verb::WithdrawOffer if offered => ("withdraw", true),
            Verb::AcceptOffer if offered => ("accept", true),
            Verb::DeclineOffer if offered => ("decline", true),
            Verb::Resolve => ("resolve", false),
            Verb::Close => ("close", true),
            Verb::Reopen if reopen => ("reopen", false),
            Verb::SetPrivacy => ("privacy", false),
            Verb::Consent => ("consent", false),
            _ => return None,
        };
        Some(Act { verb: verb.word(), href: format!("/c/{id}/{path}"), post })
    };
    let mut acts: Vec<Act> = verbs.iter().filter_map(|v| act(*v)).collect();
    if staff {
        acts.iter_mut().filter(|act| act.verb == "reopen").for_each(|act| act.verb = STAFF_REOPENS);
    }
    if verbs.contains(&Verb::Assign) && !responsible {
        acts.insert(0, Act { verb: "take", href: format!("/c/{id}/take"), post: true });
    }
    acts
}
