//! Writing mails to a folder, to be read in a browser: for the demo and for a desk without a mail server.

use crate::{MailError, Mailer, Message, Sender};
use async_trait::async_trait;
use mailparse::MailHeaderMap;
use std::io;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// The newest mails shown in a list; older ones stay in the folder.
const LISTED: usize = 200;

/// Writes each mail as one `.eml` file.
#[derive(Clone, Debug)]
pub struct FolderMailer {
    dir: PathBuf,
    sender: Sender,
}

/// A mail read back from the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMail {
    /// The file's name, to be given to [`FolderMailer::read`].
    pub name: String,
    /// The address it went to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The `Date` header, in UTC.
    pub date: OffsetDateTime,
    /// The event it tells of.
    pub event: String,
    /// The reader's language, as a tag.
    pub language: String,
    /// The plain text.
    pub body_text: String,
}

impl FolderMailer {
    /// Opens the folder, making it if absent.
    ///
    /// # Errors
    /// [`MailError::Temporary`] if the folder cannot be made.
    pub async fn open(dir: impl Into<PathBuf>, sender: Sender) -> Result<Self, MailError> {
        let dir = dir.into();
        tokio::fs::create_dir_all(&dir).await.map_err(failed)?;
        Ok(Self { dir, sender })
    }

    /// The newest 200 mails, newest first. A file that is no mail of ours is passed over.
    ///
    /// # Errors
    /// [`MailError::Temporary`] if the folder cannot be read.
    pub async fn list(&self) -> Result<Vec<StoredMail>, MailError> {
        let mut names = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.dir).await.map_err(failed)?;
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            names.extend(entry.file_name().into_string().ok().filter(|name| is_name(name)));
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        names.truncate(LISTED);
        let mut mails = Vec::with_capacity(names.len());
        for name in names {
            mails.extend(self.read(&name).await?);
        }
        Ok(mails)
    }

    /// One mail by its name, or nothing if there is none.
    ///
    /// # Errors
    /// [`MailError::Temporary`] if the file cannot be read.
    pub async fn read(&self, name: &str) -> Result<Option<StoredMail>, MailError> {
        if !is_name(name) {
            return Ok(None);
        }
        match tokio::fs::read(self.dir.join(name)).await {
            Ok(bytes) => Ok(parse(name, &bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn path(&self, message: &Message) -> PathBuf {
        let micros = message.at().unix_timestamp_nanos() / 1_000;
        self.dir.join(format!("{micros:020}-{}.eml", message.message_id()))
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    /// The same message sent twice is one file.
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let bytes = self.sender.compose(message)?.formatted();
        write_whole(&self.path(message), &bytes).await.map_err(failed)
    }

    /// Writes a file and takes it away: a folder that can only be read takes no mail.
    async fn ping(&self) -> Result<(), MailError> {
        let trial = self.dir.join(".trial");
        tokio::fs::write(&trial, b"").await.map_err(failed)?;
        tokio::fs::remove_file(&trial).await.map_err(failed)
    }
}

/// Writes beside and renames, so that a reader never sees half a mail.
async fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("part");
    tokio::fs::write(&beside, bytes).await?;
    tokio::fs::rename(&beside, path).await
}

/// Names as [`FolderMailer::path`] makes them: nothing that could leave the folder.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    name.strip_suffix(".eml").is_some_and(|stem| plain(stem) && !stem.starts_with('.') && name.len() < 200)
}

fn parse(name: &str, bytes: &[u8]) -> Option<StoredMail> {
    let mail = mailparse::parse_mail(bytes).ok()?;
    let header = |name: &str| mail.headers.get_first_value(name);
    Some(StoredMail {
        name: name.to_owned(),
        to: header("To")?,
        subject: header("Subject")?,
        date: OffsetDateTime::from_unix_timestamp(mailparse::dateparse(&header("Date")?).ok()?).ok()?,
        event: header("X-Tomoshibi-Event")?,
        language: header("Content-Language")?,
        body_text: mail.get_body().ok()?.replace("\r\n", "\n"),
    })
}

fn failed(error: io::Error) -> MailError {
    MailError::Temporary(format!("mail folder: {}", error.kind()))
}
