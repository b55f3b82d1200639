//! Mails as they leave: their headers, what they refuse to carry, and how a server's answers are judged.

use kernel::Locale;
use mail::{
    Address, Draft, FolderMailer, MailError, Mailer, MemoryMailer, Message, Sender, SmtpLogin, SmtpMailer, SmtpSecurity, SmtpSettings,
};
use std::sync::Arc;
use time::macros::datetime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

fn draft() -> Draft {
    Draft {
        to: Address::parse("hanako@clinic.example.jp").expect("address"),
        subject: "ご相談 13-2026-000042 に回答があります".into(),
        body_text: "回答があります。\n\nhttps://example.jp/asks/1\n. 一行の点\n".into(),
        message_id: "0198-a.b_c".into(),
        locale: Locale::Ja,
        event: "desk.consultation_answered.v1".into(),
        at: datetime!(2026-11-17 09:30 +9),
    }
}

fn message() -> Message {
    Message::new(draft()).expect("message")
}

fn sender() -> Sender {
    Sender::new("灯 相談窓口", Address::parse("desk@tomoshibi.example.jp").expect("address")).expect("sender")
}

#[tokio::test]
async fn a_mail_in_the_folder_reads_as_it_was_written() {
    let dir = tempfile::tempdir().expect("folder");
    let mailer = FolderMailer::open(dir.path().join("mail"), sender()).await.expect("opened");
    mailer.send(&message()).await.expect("sent");
    mailer.send(&message()).await.expect("sent again");
    let later = Draft { message_id: "later".into(), at: datetime!(2026-11-17 09:31 +9), locale: Locale::En, ..draft() };
    mailer.send(&Message::new(later).expect("message")).await.expect("sent");
    std::fs::write(dir.path().join("mail/notes.eml"), "no mail").expect("written");

    let mails = mailer.list().await.expect("listed");
    assert_eq!(mails.len(), 2, "the same message is one file");
    assert_eq!((mails[0].language.as_str(), mails[1].language.as_str()), ("en", "ja"), "newest first");
    let mail = mailer.read(&mails[1].name).await.expect("read").expect("there");
    assert_eq!(mail, mails[1]);
    assert_eq!(mail.to, "hanako@clinic.example.jp");
    assert_eq!(mail.subject, message().subject());
    assert_eq!(mail.body_text, message().body_text());
    assert_eq!(mail.date, datetime!(2026-11-17 00:30 UTC));
    assert_eq!(mail.event, "desk.consultation_answered.v1");

    std::fs::write(dir.path().join("outside.eml"), "secret").expect("written");
    for name in ["../outside.eml", "/etc/passwd", "", ".eml", "nothing.eml", "a/b.eml"] {
        assert_eq!(mailer.read(name).await.expect("read"), None, "{name}");
    }
}

#[tokio::test]
async fn the_headers_say_that_a_machine_wrote() {
    let dir = tempfile::tempdir().expect("folder");
    let mailer = FolderMailer::open(dir.path(), sender()).await.expect("opened");
    mailer.send(&message()).await.expect("sent");
    let entry = std::fs::read_dir(dir.path()).expect("folder").next().expect("one").expect("entry");
    let text = std::fs::read_to_string(entry.path()).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("head");
    assert!(text.is_ascii());
    for line in [
        "To: hanako@clinic.example.jp",
        "Date: Tue, 17 Nov 2026 00:30:00 +0000",
        "Message-ID: <0198-a.b_c@tomoshibi.example.jp>",
        "Content-Language: ja",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.lines().any(|other| other == line), "{line}\n{head}");
    }
    assert!(!head.contains("Bcc") && !head.contains("Cc:"));
}

#[test]
fn no_text_can_break_out_of_its_header() {
    for break_ in ["\r\nBcc: evil@example.com", "\nX: y", "\rX: y", "\0", "\u{85}X", "\u{2028}X", "\u{2029}X", "\u{1b}[2J"] {
        let subject = Draft { subject: format!("a{break_}"), ..draft() };
        assert_eq!(Message::new(subject).expect_err("refused"), MailError::Invalid("subject"));
        let id = Draft { message_id: format!("a{break_}"), ..draft() };
        assert_eq!(Message::new(id).expect_err("refused"), MailError::Invalid("message id"));
        let event = Draft { event: format!("a{break_}"), ..draft() };
        assert_eq!(Message::new(event).expect_err("refused"), MailError::Invalid("event"));
        assert!(Address::parse(&format!("a{break_}@example.jp")).is_err());
        assert!(Address::parse(&format!("a@example.jp{break_}")).is_err());
        assert!(Sender::new(&format!("a{break_}"), draft().to).is_err());
    }
    for text in ["", "a", "a@", "@b.jp", "a b@c.jp", "a@b.jp,c@d.jp", "\"a\"@b.jp", "<a@b.jp>", "a@b.jp;c@d.jp", "花@b.jp", "a@[127.0.0.1]"]
    {
        assert!(Address::parse(text).is_err(), "{text}");
    }
    let long = Draft { subject: "長".repeat(201), ..draft() };
    assert!(Message::new(long).is_err());
    let nul = Draft { body_text: "a\0b".into(), ..draft() };
    assert_eq!(Message::new(nul).expect_err("refused"), MailError::Invalid("body"));
    let ends = Message::new(Draft { body_text: "a\r\nb\rc".into(), ..draft() }).expect("message");
    assert_eq!(ends.body_text(), "a\nb\nc");
    assert!(!format!("{:?}", message()).contains("hanako"), "addresses stay out of logs");
}

#[tokio::test]
async fn memory_keeps_and_fails_as_told() {
    let mailer = MemoryMailer::new();
    let shared: Arc<dyn Mailer> = Arc::new(mailer.clone());
    shared.send(&message()).await.expect("sent");
    mailer.fail_with(Some(MailError::Temporary("down".into())));
    assert!(shared.send(&message()).await.expect_err("down").is_temporary());
    assert!(shared.ping().await.is_err());
    mailer.fail_with(None);
    shared.ping().await.expect("up");
    assert_eq!(mailer.sent().len(), 1);
    assert_eq!(mailer.take()[0].event(), "desk.consultation_answered.v1");
    assert!(mailer.take().is_empty());
}

/// A mail server for one connection that gives `verdict` to the recipient; the task ends with the message it took.
async fn server(verdict: &'static str) -> (SmtpSettings, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("connection");
        let (read, mut write) = stream.split();
        let mut lines = BufReader::new(read).lines();
        let mut taken = String::new();
        write.write_all(b"220 test\r\n").await.expect("greeting");
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.split(' ').next().unwrap_or_default() {
                "RCPT" => verdict,
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.expect("answer");
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        taken.push_str(&line);
                        taken.push('\n');
                    }
                    "250 taken"
                }
                "QUIT" => break,
                _ => "250 fine",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.expect("answer");
            if !taken.is_empty() {
                break;
            }
        }
        taken
    });
    (settings(port), task)
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings { host: "127.0.0.1".into(), port, security: SmtpSecurity::None, login: None, sender: sender() }
}

#[tokio::test]
async fn smtp_hands_the_mail_over() {
    let (settings, task) = server("250 fine").await;
    let mailer = SmtpMailer::connect(settings).await.expect("settings");
    mailer.send(&message()).await.expect("sent");
    let taken = task.await.expect("no panic");
    assert!(taken.contains("Auto-Submitted: auto-generated\n") && taken.contains("To: hanako@clinic.example.jp\n"), "{taken}");
}

#[tokio::test]
async fn a_refusal_for_good_differs_from_one_for_now() {
    let cases = [
        ("550 5.1.1 <hanako@clinic.example.jp> unknown", MailError::Permanent("SMTP 550".into())),
        ("451 4.7.1 <hanako@clinic.example.jp> greylisted", MailError::Temporary("SMTP 451".into())),
        ("530 5.7.0 login first", MailError::Temporary("SMTP 530".into())),
    ];
    for (verdict, expected) in cases {
        let (settings, _task) = server(verdict).await;
        let error = SmtpMailer::connect(settings).await.expect("settings").send(&message()).await.expect_err("refused");
        assert_eq!(error, expected);
        assert!(!error.to_string().contains("hanako"));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    drop(listener);
    let mailer = SmtpMailer::connect(settings(port)).await.expect("settings");
    assert!(mailer.send(&message()).await.expect_err("nobody there").is_temporary());
    assert!(mailer.ping().await.expect_err("nobody there").is_temporary());
}

#[tokio::test]
async fn a_password_never_travels_in_the_open() {
    let login = Some(SmtpLogin { user: "desk".into(), password: "secret".into() });
    let open = SmtpSettings { login: login.clone(), ..settings(25) };
    assert!(!format!("{open:?}").contains("secret"));
    assert!(matches!(SmtpMailer::connect(open).await, Err(MailError::Invalid(_))));
    for security in [SmtpSecurity::Tls, SmtpSecurity::StartTls] {
        let protected = SmtpSettings { host: "mail.example.jp".into(), security, login: login.clone(), ..settings(465) };
        assert!(SmtpMailer::connect(protected).await.is_ok());
    }
}
