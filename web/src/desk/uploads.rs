//! Files on their way: announced here, sent straight to the object store, said to have arrived here.

use super::forms::AnnounceForm;
use super::pages::{FileView, Upload, UploadField};
use super::{ask, case};
use crate::forms::{Filled, FormView};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see};
use crate::words::Phrase;
use access::authorise;
use files::{Attach, FileError, FileRow, ScanState, Target};
use kernel::{ConsultationId, DraftId, FileId, FileVersionId};

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound => Self::NotFound,
            FileError::Forbidden => Self::Forbidden(phrase!("desk-rule-not-yours")),
            FileError::NotOpen => Self::Forbidden(phrase!("desk-rule-file-not-open")),
            FileError::NothingArrived => Self::Forbidden(phrase!("desk-error-file-nothing")),
            FileError::NoName => Self::Forbidden(phrase!("desk-error-file-name")),
            FileError::TooMany => Self::Forbidden(phrase!("desk-error-file-many", max = files::MAX_FILES)),
            FileError::TooOften => Self::Forbidden(often(60)),
            FileError::Store(error) => error.into(),
            FileError::Blobs(error) => Self::Busy(error.to_string()),
        }
    }
}

/// A file of a message, as its readers see it.
pub(super) fn sent_file(row: FileRow) -> FileView {
    let open = (row.state == ScanState::Clean.word()).then(|| format!("/files/{}/open", row.id));
    FileView { open, remove: None, ..view(row) }
}

/// A file of the reader's own that is not sent yet.
pub(super) fn own_file(row: FileRow) -> FileView {
    let send = (row.state == ScanState::Expected.word()).then(|| format!("/uploads/{}", row.version_id));
    FileView { remove: Some(format!("/files/{}/remove", row.id)), send, ..view(row) }
}

fn view(row: FileRow) -> FileView {
    let why = if row.state == ScanState::Refused.word() { row.finding } else { None };
    FileView { name: row.name, size: row.size, state: row.state, why, open: None, remove: None, send: None, id: row.id.to_string() }
}

/// `POST /ask/{draft}/announce`
pub async fn announce_on_draft(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<AnnounceForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return cx.again(&ask::files_view(&cx, id, filled.view()).await?),
    };
    match announce(&cx, Target::Draft(id), form).await? {
        Ok(upload) => see(&upload),
        Err(why) => cx.again(&ask::files_view(&cx, id, refused(&cx, &posted, why)?).await?),
    }
}

/// `POST /c/{case}/announce`
pub async fn announce_on_case(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<AnnounceForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return cx.again(&super::writing::attach(&cx, id, filled.view()).await?),
    };
    match announce(&cx, Target::Consultation(id), form).await? {
        Ok(upload) => see(&upload),
        Err(why) => cx.again(&super::writing::attach(&cx, id, refused(&cx, &posted, why)?).await?),
    }
}

/// The form again, with what it was typed in and why no more files are taken.
fn refused(cx: &Cx, posted: &Posted<AnnounceForm>, why: Phrase) -> Result<FormView, Problem> {
    let mut filled = Filled::take::<AnnounceForm>(posted.pairs(), cx.app.clock.now(), &[])?;
    filled.refuse("name", why);
    Ok(filled.view())
}

/// As many as an hour takes are announced; in so many minutes there is room again.
fn often(minutes: i64) -> Phrase {
    phrase!("desk-error-file-often", max = files::MAX_PER_HOUR, minutes = minutes)
}

/// Keeps a place for the file and gives the address where its bytes are sent; else why it takes no more: as many as may wait are there
/// (the list above the form shows them), or as many as an hour takes were announced.
async fn announce(cx: &Cx, target: Target, form: AnnounceForm) -> Result<Result<String, Phrase>, Problem> {
    let tx = cx.begin().await?;
    match target {
        Target::Draft(id) => drop(desk::queries::own_draft(&tx, id).await?),
        Target::Consultation(id) => case::may_write(&tx, cx, id).await?,
    }
    let permit = authorise::<Attach>(cx.actor(), &target).map_err(|_| Problem::Forbidden(phrase!("desk-rule-not-yours")))?;
    let name = if form.name.is_empty() { unnamed(cx, form.kind)? } else { form.name };
    let announced = match files::announce(&tx, permit, target, &name, form.kind).await {
        Err(FileError::TooMany) => return Ok(Err(phrase!("desk-error-file-many", max = files::MAX_FILES))),
        Err(FileError::TooOften) => {
            drop(tx);
            let wait = files::open_again(&cx.read().await?).await?.map_or(0, |at| (at - cx.app.clock.now()).whole_seconds());
            return Ok(Err(often((wait / 60 + 1).clamp(1, 60))));
        }
        other => other?,
    };
    tx.commit().await?;
    Ok(Ok(format!("/uploads/{}", announced.version)))
}

/// What a file is called that nobody gave a name.
fn unnamed(cx: &Cx, kind: files::Kind) -> Result<String, Problem> {
    let words = cx.app.renderer.words();
    let at = cx.app.clock.now().to_offset(kernel::clock::TOKYO);
    let say = |phrase: &Phrase| words.phrase(cx.locale, phrase).map_err(|error| Problem::Broken(error.to_string()));
    let kind = say(&Phrase::word("desk-file-kind", kind.word()))?;
    say(&phrase!("desk-file-unnamed", kind = kind, at = format!("{}:{:02}", at.hour(), at.minute())))
}

/// `GET /uploads/{version}`: the signed form. Signing is no change of state; the form is good for half an hour.
pub async fn page(cx: Cx, Ids(version): Ids<FileVersionId>) -> Answer {
    // The object store adds its own words to the address when it brings the browser back, or puts them in place of ours; they
    // prove nothing, and either says that the browser was there.
    let query = cx.query(&["sent", "bucket", "key", "etag"])?;
    let tx = cx.read().await?;
    let (upload, kind) = files::of_upload(&tx, version).await?;
    drop(tx);
    let back = back(&upload);
    if upload.state != ScanState::Expected.word() {
        return see(&back);
    }
    let redirect = format!("{}/uploads/{version}?sent=1", cx.app.settings.public_url);
    let sign = |redirect| files::upload_form(&cx.app.blobs, &upload.object_key, kind, redirect, cx.app.clock.now());
    let (signed, for_script) = (sign(Some(redirect))?, sign(None)?);
    let fields = |form: Vec<(String, String)>| form.into_iter().map(|(name, value)| UploadField { name, value }).collect();
    cx.page(&Upload {
        name: upload.name,
        store: signed.url.clone(),
        fields: fields(signed.fields),
        script_fields: fields(for_script.fields),
        accept: kind.accept().to_owned(),
        max_bytes: kind.max_bytes(),
        arrived: format!("/uploads/{version}/arrived"),
        back,
        sent: query.contains_key("sent") || query.contains_key("key"),
    })
}

fn back(upload: &files::Upload) -> String {
    match (upload.draft_id, upload.consultation_id) {
        (Some(draft), _) => format!("/ask/{draft}/files"),
        (None, Some(case)) => format!("/c/{case}#reply"),
        (None, None) => "/".to_owned(),
    }
}

/// `POST /uploads/{version}/arrived`: looks whether it did, then asks for the scan.
pub async fn arrived(cx: Cx, Ids(version): Ids<FileVersionId>, _: Posted<Press>) -> Answer {
    let tx = cx.read().await?;
    let (upload, _) = files::of_upload(&tx, version).await?;
    drop(tx);
    // Said before: the object may have been looked at and moved since.
    if upload.state != ScanState::Expected.word() {
        return see(&back(&upload));
    }
    // No transaction is open while the object store is asked.
    let head = cx.app.blobs.head(&upload.object_key).await.map_err(FileError::from)?.ok_or(FileError::NothingArrived)?;
    let tx = cx.begin().await?;
    files::arrived(&tx, version, head.size).await?;
    tx.commit().await?;
    see(&back(&upload))
}

/// `POST /files/{file}/remove`
pub async fn remove(cx: Cx, Ids(file): Ids<FileId>, _: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let place = files::place_of_own(&tx, file).await?;
    files::remove(&tx, file).await?;
    tx.commit().await?;
    see(&back(&place))
}

/// `POST /files/{file}/open`: records the opening and leads to an address that is good for a minute.
pub async fn open(cx: Cx, Ids(file): Ids<FileId>, _: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let opened = files::open(&tx, file).await?;
    tx.commit().await?;
    see(&opened.address(&cx.app.blobs).await?)
}
