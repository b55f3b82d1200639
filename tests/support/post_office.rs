//! A mail server that takes what comes, and can be told to keep silent after it took a letter, or to put letters off.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it took, and how it behaves.
#[derive(Clone, Default)]
pub struct PostOffice(Arc<Inside>);

#[derive(Default)]
struct Inside {
    letters: Mutex<Vec<String>>,
    silent: AtomicBool,
    busy: AtomicBool,
    put_off: AtomicUsize,
}

impl PostOffice {
    /// Opens on a free port; the address is for `MAIL_SMTP_URL`.
    pub async fn open() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("smtp://127.0.0.1:{}", listener.local_addr().expect("address").port());
        let office = Self::default();
        let inside = office.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let office = inside.clone();
                // A client that goes away in the middle is what some tests are about.
                tokio::spawn(async move { drop(office.serve(stream).await) });
            }
        });
        (office, address)
    }

    /// From now on: whether it answers after it took a letter.
    pub fn keep_silent(&self, silent: bool) {
        self.0.silent.store(silent, Ordering::SeqCst);
    }

    /// From now on: whether it puts off whoever comes with a letter (450), as a server does that has too much to do.
    pub fn be_busy(&self, busy: bool) {
        self.0.busy.store(busy, Ordering::SeqCst);
    }

    /// How many letters it has put off.
    pub fn put_off(&self) -> usize {
        self.0.put_off.load(Ordering::SeqCst)
    }

    /// The letters it took, heads and bodies, oldest first.
    pub fn letters(&self) -> Vec<String> {
        self.0.letters.lock().expect("letters").clone()
    }

    /// Their `Message-ID`s.
    pub fn ids(&self) -> Vec<String> {
        let id = |letter: &String| letter.lines().find_map(|l| l.strip_prefix("Message-ID: ")).expect("a Message-ID").to_owned();
        self.letters().iter().map(id).collect()
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 test\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            match line.split(' ').next().unwrap_or_default() {
                "QUIT" => return write.write_all(b"221 bye\r\n").await,
                "RCPT" if self.0.busy.load(Ordering::SeqCst) => {
                    self.0.put_off.fetch_add(1, Ordering::SeqCst);
                    write.write_all(b"450 4.2.1 later\r\n").await?;
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    let mut letter = String::new();
                    loop {
                        match lines.next_line().await? {
                            Some(line) if line == "." => break,
                            Some(line) => letter.extend([line.as_str(), "\n"]),
                            // Cut off before its end: no server has taken such a letter.
                            None => return Ok(()),
                        }
                    }
                    self.0.letters.lock().expect("letters").push(letter);
                    while self.0.silent.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    write.write_all(b"250 taken\r\n").await?;
                }
                _ => write.write_all(b"250 fine\r\n").await?,
            }
        }
        Ok(())
    }
}
