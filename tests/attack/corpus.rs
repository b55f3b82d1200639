//! Files that are not what they say, built when they are needed: nothing here is a threat as it lies in the repository.

use tests::archives::{self, bomb, eicar};

/// A file to send.
pub struct Lie {
    /// What it is, for the report.
    pub what: &'static str,
    /// The name it is announced with.
    pub name: String,
    /// The kind it is announced as.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What may become of it; anything else is a finding.
    pub ends: &'static [&'static str],
}

/// Shown by a browser that runs it.
const SCRIPT: &str = "<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
const NEVER: &[&str] = &["refused", "infected", "unscannable"];
const ANY: &[&str] = &["clean", "refused", "infected", "unscannable"];
/// What a scanner cannot look at whole, or must not be opened at all.
const UNSCANNABLE: &[&str] = &["unscannable"];
const CLEAN: &[&str] = &["clean"];

fn with(head: &[u8], tail: &[u8]) -> Vec<u8> {
    [head, tail].concat()
}

/// All of them.
pub fn all() -> Vec<Lie> {
    let lie = |what, name: &str, kind, bytes: &[u8], ends| Lie { what, name: name.to_owned(), kind, bytes: bytes.to_owned(), ends };
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\">{SCRIPT}</svg>");
    let pdf = with(b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n", SCRIPT.as_bytes());
    let text = b"plain words\n";
    vec![
        lie("html as png", "screen.png", "picture", SCRIPT.as_bytes(), &["refused"]),
        lie("html as html", "page.html", "record", SCRIPT.as_bytes(), ANY),
        lie("svg with script as picture", "logo.svg", "picture", svg.as_bytes(), &["refused"]),
        lie("svg with script as record", "logo.svg", "record", svg.as_bytes(), ANY),
        lie("polyglot: png, then html", "both.png", "picture", &with(PNG, SCRIPT.as_bytes()), ANY),
        lie("polyglot: gif, then script", "both.gif", "picture", &with(b"GIF89a/*", b"*/=1;alert(1)//"), ANY),
        lie("polyglot: pdf with script, then html", "both.pdf", "document", &pdf, ANY),
        lie("zip in a picture's name", "photo.jpg", "picture", b"PK\x03\x04\x14\0\0\0", &["refused"]),
        lie("program as text", "readme.txt", "document", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", &["refused"]),
        lie("zip bomb", "bomb.zip", "document", &bomb(60, 96 * 1024 * 1024), UNSCANNABLE),
        lie("EICAR in a zip", "letters.zip", "document", &archives::zip("eicar.com", &eicar()), &["infected"]),
        lie("EICAR in zips in zips", "letters.zip", "record", &archives::nested(5, &eicar()), &["infected"]),
        lie("EICAR deeper than the scanner goes", "deep.zip", "record", &archives::nested(30, &eicar()), UNSCANNABLE),
        lie("EICAR behind 150 MiB in a zip", "long.zip", "document", &archives::behind_zeros(150), &["infected"]),
        lie("EICAR behind 450 MiB in a zip", "longer.zip", "document", &archives::behind_zeros(450), UNSCANNABLE),
        lie("locked zip", "secret.zip", "document", &archives::locked_zip("eicar.com", &eicar()), UNSCANNABLE),
        lie("document with a macro", "estimate.docm", "document", &archives::document_with_a_macro(), UNSCANNABLE),
        lie("EICAR", "eicar.com", "record", &eicar(), &["infected"]),
        lie("EICAR as text", "letter.txt", "document", &eicar(), &["infected"]),
        lie("EICAR behind a picture's head", "cat.png", "picture", &with(PNG, &eicar()), NEVER),
        lie("empty", "empty.txt", "record", b"", &["refused", "clean", "abandoned", "expected"]),
        lie("name of 120 characters", &"長".repeat(120), "record", text, CLEAN),
        lie("name with a path", "../../../../etc/cron.d/x.txt", "record", text, CLEAN),
        lie("name with a drive", "C:\\windows\\system32\\x.txt", "record", text, CLEAN),
        lie("name with a turned direction", "invoice\u{202e}gpj.exe", "record", text, CLEAN),
        lie("name with a NUL", "a.png\0.exe", "record", text, CLEAN),
        lie("name with a line break and a header", "a\r\nContent-Type: text/html\r\n\r\n<script>.txt", "record", text, CLEAN),
        lie("name with quotes", "a\"; filename=\"b.html", "record", text, CLEAN),
        lie("name hidden by zero width", "\u{200b}.htaccess", "record", text, CLEAN),
        lie("csv formula", "=cmd.csv", "document", b"=cmd|'/c calc'!A1,+1,-1,@SUM(1)\n", CLEAN),
        lie("web manifest and worker", "sw.js", "record", b"self.addEventListener('fetch', e => e.respondWith(new Response('x')))", CLEAN),
    ]
}

/// A name longer than any form of ours takes.
pub fn endless_name() -> String {
    format!("{}.png", "a".repeat(300))
}
