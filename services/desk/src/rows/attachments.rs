//! The files that hang on a draft or a message, as far as sending moves them; what a file is, `files` knows.

use kernel::{ConsultationId, DraftId, FileId, MessageId, PersonId};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// The files whose bytes have arrived on a draft, in the order of their announcement.
pub(crate) async fn of_draft(tx: &Tx, id: DraftId) -> Result<Vec<FileId>, StoreError> {
    let sql = "SELECT f.id FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original'
               WHERE f.draft_id = $1 AND f.removed_at IS NULL AND f.message_id IS NULL AND v.state NOT IN ('expected', 'abandoned')
               ORDER BY f.created_at, f.id";
    let rows: Vec<Id> = tx.all(sql, [id.0.into()]).await?;
    Ok(rows.into_iter().map(|row| FileId(row.id)).collect())
}

/// Takes every file off a draft.
pub(crate) async fn take_off_draft(tx: &Tx, id: DraftId) -> Result<(), StoreError> {
    let sql = "UPDATE files SET removed_at = $2 WHERE draft_id = $1 AND message_id IS NULL AND removed_at IS NULL";
    tx.run(sql, [id.0.into(), tx.clock().now().into()]).await.map(drop)
}

/// Hangs `uploader`'s own unsent files on a message, those whose bytes have arrived; returns how many there were.
pub(crate) async fn hang(
    tx: &Tx,
    case: ConsultationId,
    message: MessageId,
    files: &[FileId],
    uploader: PersonId,
) -> Result<u64, StoreError> {
    let sql = "UPDATE files SET consultation_id = $1, message_id = $2
               WHERE id = ANY ($3) AND uploaded_by = $4 AND message_id IS NULL AND removed_at IS NULL AND coalesce(consultation_id, $1) = $1
                 AND EXISTS (SELECT 1 FROM file_versions v WHERE v.file_id = files.id AND v.kind = 'original' AND v.state NOT IN ('expected', 'abandoned'))";
    let ids: Vec<Uuid> = files.iter().map(|file| file.0).collect();
    let values: [Value; 4] = [case.0.into(), message.0.into(), ids.into(), uploader.0.into()];
    tx.run(sql, values).await
}
