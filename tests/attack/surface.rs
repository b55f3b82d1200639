//! Part 4c: what every address answers, whoever asks and however: headers, other hosts, other methods, and where people
//! are led.

use crate::ground::Ground;
use crate::report::Report;
use crate::visitor::Visitor;
use reqwest::Method;
use tests::Page;
use url::Url;
use web::app::all_routes;

const EVIL: &str = "attacker.example";
/// Addresses elsewhere, in all spellings that browsers or servers have fallen for.
const ELSEWHERE: [&str; 20] = [
    "https://attacker.example/",
    "//attacker.example/",
    "///attacker.example/",
    "/\\attacker.example/",
    "\\\\attacker.example/",
    "/\t/attacker.example/",
    "/\n/attacker.example/",
    "/%0d%0aLocation:%20https://attacker.example/",
    "\r\nLocation: https://attacker.example/",
    "https:attacker.example",
    "https:/attacker.example",
    "http://localhost@attacker.example/",
    "/.//attacker.example/",
    "/..//attacker.example/",
    "/%2f%2fattacker.example/",
    "/%5cattacker.example/",
    "javascript:alert(1)//attacker.example",
    "data:text/html,attacker.example",
    "c/../../attacker.example",
    "\u{2028}//attacker.example/",
];
const NAMES: [&str; 10] =
    ["next", "back", "return", "return_to", "redirect", "redirect_uri", "url", "to", "continue", "post_logout_redirect_uri"];

struct Surface<'a> {
    ground: &'a Ground,
    report: Report,
}

impl Surface<'_> {
    /// Headers that every answer has, and those that none has.
    fn headers(&mut self, what: &str, page: &Page) {
        let get = |name: &str| page.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let policy = get("content-security-policy");
        let strict =
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'");
        let mut must = |holds: bool, name: &str| self.report.must(holds, || format!("{what} ({}): {name} is {:?}", page.status, get(name)));
        must(strict && !policy.contains("unsafe") && !policy.contains('*'), "content-security-policy");
        must(get("x-content-type-options") == "nosniff", "x-content-type-options");
        must(get("x-frame-options") == "DENY", "x-frame-options");
        must(get("referrer-policy") == "same-origin", "referrer-policy");
        must(get("cross-origin-opener-policy") == "same-origin", "cross-origin-opener-policy");
        must(get("cross-origin-resource-policy") == "same-origin", "cross-origin-resource-policy");
        must(!get("permissions-policy").is_empty(), "permissions-policy");
        let kept = what.contains("/assets/") || what.contains("favicon") || what.contains("apple-touch");
        must(kept || get("cache-control").contains("no-store"), "cache-control");
        for name in ["access-control-allow-origin", "access-control-allow-credentials", "server", "x-powered-by"] {
            must(page.headers.get(name).is_none(), name);
        }
        let kind = get("content-type");
        must(page.body.is_empty() || !kind.starts_with("text/html") || kind.contains("charset=utf-8"), "content-type");
        self.report.tried("answers whose headers were read");
    }

    /// Nobody is led elsewhere, by a header or by a link.
    fn stays(&mut self, what: &str, page: &Page) {
        self.report.must(page.status.as_u16() < 500, || format!("{what}: {}", page.status));
        let base = Url::parse(&self.ground.base).expect("address");
        if let Some(to) = page.headers.get("location").map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()) {
            let led = base.join(&to);
            let home = led.as_ref().is_ok_and(|url| url.origin() == base.origin())
                && to.starts_with('/')
                && !to.starts_with("//")
                && !to.contains('\\');
            self.report.must(home, || format!("{what}: leads to {to:?}"));
        }
        for (attribute, quote) in [("href=", '"'), ("action=", '"'), ("src=", '"'), ("content=", '"')] {
            for rest in page.body.split(&format!("{attribute}{quote}")).skip(1) {
                let to = rest.split(quote).next().unwrap_or_default();
                // A path of ours may carry what was typed, encoded, in its query.
                let out = to.contains(EVIL)
                    && !(to.starts_with('/') && !to.starts_with("//") && to.find('?') < to.find(EVIL) && to.contains('?'));
                self.report.must(!out, || format!("{what}: a page holds {attribute}{to}"));
            }
        }
    }

    /// A path with ids that nobody has.
    fn path(path: &str) -> String {
        let part = |part: &str| match part {
            "{locale}" => "en".to_owned(),
            "{token}" => "0".repeat(64),
            "{*path}" => "x.css".to_owned(),
            part if part.starts_with('{') => "0198a7c2-0000-7000-8000-00000000dead".to_owned(),
            part => part.to_owned(),
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    async fn plain(&mut self, who: &Visitor) {
        for route in all_routes() {
            let (path, what) = (Self::path(route.path), format!("{}: {} {}", who.key, route.method, route.path));
            let method = Method::from_bytes(route.method.as_bytes()).expect("method");
            let page = who.send(who.request(method, &path), &[("origin", "https://attacker.example")]).await;
            self.headers(&what, &page);
            self.report.must(page.status.as_u16() < 500, || format!("{what}: {}", page.status));
        }
        for path in [
            "/nowhere",
            "/c/",
            "/c/7",
            "/c/%00",
            "/%ff",
            "/..%2f..%2fetc/passwd",
            "/assets/x/../../Cargo.toml",
            "/.git/config",
            "/.env",
            "/metrics",
            "/healthz",
            "//",
            "/;/",
            "/c/0198a7c2-0000-7000-8000-00000000dead/../../queue",
        ] {
            let page = who.get(path).await;
            self.headers(&format!("{}: GET {path}", who.key), &page);
            self.report.must(page.status.as_u16() < 500, || format!("{path}: {}", page.status));
            self.report
                .must(!page.body.contains("root:x:") && !page.body.contains("[package]"), || format!("{path}: a file of the machine"));
        }
    }

    /// Names of hosts and addresses that a client may claim.
    async fn hosts(&mut self, who: &Visitor) {
        for route in all_routes().iter().filter(|r| r.method == "GET") {
            let path = Self::path(route.path);
            let plain = who.get(&path).await;
            for (name, value) in [
                ("host", EVIL),
                ("x-forwarded-host", EVIL),
                ("x-forwarded-server", EVIL),
                ("forwarded", "for=1.2.3.4;host=attacker.example;proto=https"),
                ("x-original-url", "/queue"),
                ("x-rewrite-url", "/queue"),
                ("x-forwarded-prefix", "//attacker.example"),
                ("x-http-method-override", "DELETE"),
                ("x-method-override", "POST"),
                ("referer", "https://attacker.example/zqx"),
                ("accept-language", "../../attacker.example"),
                ("user-agent", "<script>attacker.example</script>"),
            ] {
                let page = who.get_with(&path, &[(name, value)]).await;
                let what = format!("{}: GET {} with {name}: {value}", who.key, route.path);
                self.stays(&what, &page);
                self.report.must(!page.body.contains(EVIL), || format!("{what}: the page repeats it"));
                self.report.must(page.status == plain.status, || format!("{what}: {} instead of {}", page.status, plain.status));
                self.report.tried("claimed hosts and addresses");
            }
        }
    }

    /// Methods that no route takes, and those of others.
    async fn methods(&mut self, who: &Visitor) {
        for route in all_routes() {
            let path = Self::path(route.path);
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "CONNECTED", "get", "GET"] {
                if method == "GET" && web::app::shows_page(route.path) {
                    continue;
                }
                let page = who.send(who.request(Method::from_bytes(method.as_bytes()).expect("method"), &path), &[]).await;
                self.report.must(page.status.is_client_error(), || format!("{}: {method} {}: {}", who.key, route.path, page.status));
                self.report.tried("methods that are not taken (4xx)");
            }
        }
    }

    async fn elsewhere(&mut self, who: &Visitor) {
        for route in all_routes().iter().filter(|r| r.method == "GET") {
            for name in NAMES {
                // Only `back` and `next` are names of ours; the others are refused alike everywhere.
                let many = if ["next", "back"].contains(&name) { ELSEWHERE.len() } else { 2 };
                for to in &ELSEWHERE[..many] {
                    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, to).finish();
                    let page = who.get(&format!("{}?{query}", Self::path(route.path))).await;
                    self.stays(&format!("{}: GET {}?{name}={to:?}", who.key, route.path), &page);
                    self.report.tried("addresses elsewhere in queries");
                }
            }
        }
        let sign_in = Visitor::nobody(self.ground);
        let path = format!("/sign-in/{}", self.ground.issuer_of("ooki").await);
        for to in ELSEWHERE {
            let page = sign_in.post_raw(&path, &[("next".into(), to.into())], &[]).await;
            self.report.must(page.status.is_client_error(), || format!("POST {path} next={to:?}: {}", page.status));
            self.report.tried("addresses elsewhere in forms (4xx)");
        }
    }
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let mut surface = Surface { ground, report: Report::new("4c Every address") };
    for who in [Visitor::nobody(ground), Visitor::signed_in(ground, "ooki").await, Visitor::signed_in(ground, "kashiwagi").await] {
        surface.plain(&who).await;
        surface.hosts(&who).await;
        surface.methods(&who).await;
        surface.elsewhere(&who).await;
    }
    surface.report.close()
}
