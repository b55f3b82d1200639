//! Part 5: wapiti, a scanner that is not ours, signed in as three people. It keeps its own time; its report is read here.

use crate::ground::{Ground, setting};
use crate::report::Report;
use crate::visitor::Visitor;
use crate::weak;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use web::guard::SESSION;

/// A clinic's owner, an agent, an administrator.
const WHO: [&str; 3] = ["hanai", "eguchi", "wakabayashi"];
/// Modules that make sense here. Left out: what looks for other products, what needs a server of wapiti's on the internet (ssrf,
/// xxe, log4shell, spring4shell), ldap (nothing here speaks it), guessing of passwords (the issuers have them) and of paths, and TLS (a proxy has it).
const MODULES: &str =
    "cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,timesql,upload,xss";
/// Seconds for finding pages, and for each module.
const CRAWL: &str = "20";
const ATTACK: &str = "6";
/// After this long it is ended: 20 s and 16 modules of 6 s, and what a module needs to finish.
const PATIENCE: Duration = Duration::from_secs(150);
/// Left alone: what would end the session that it is signed in with, and the pages of the demo.
const EXCLUDED: [&str; 6] = ["/sign-out", "/sessions/*", "/seats/*", "/_gallery*", "/_mail*", "/live/*"];
/// Findings of medium level and above that were looked at: category, a part of the path, and why it is none.
const REVIEWED: &[(&str, &str, &str)] =
    &[("Htaccess Bypass", "", "an unknown method is 404 everywhere (part 4c); wapiti takes whatever is not 401 or 403 for a way in")];
/// Wapiti's "medium".
const MEDIUM: i64 = 2;

async fn scan(base: &str, cookie: &str, folder: &Path) -> std::io::Result<bool> {
    let report = folder.join("report.json");
    let mut command = Command::new(setting("TOMOSHIBI_ATTACK_WAPITI"));
    command
        .args([
            "-u",
            &format!("{base}/"),
            "--scope",
            "folder",
            "-m",
            MODULES,
            "-S",
            "normal",
            "--tasks",
            "4",
            "-t",
            "10",
            "-v",
            "1",
            "--no-bugreport",
        ])
        .args(["--max-scan-time", CRAWL, "--max-attack-time", ATTACK, "--max-links-per-page", "60", "--dns-endpoint", "localhost"])
        .args(["-H", &format!("Cookie: {SESSION}={cookie}"), "-f", "json", "-o"])
        .arg(&report)
        .arg("--store-session")
        .arg(folder.join("session"))
        .arg("--store-config")
        .arg(folder.join("config"));
    for path in EXCLUDED {
        command.args(["-x", &format!("{base}{path}")]);
    }
    // Whatever is not this machine is asked of a proxy that is not there.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    command.env("NO_PROXY", "localhost,127.0.0.1").env("no_proxy", "localhost,127.0.0.1").env("HOME", folder);
    let log = std::fs::File::create(folder.join("wapiti.log"))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    match tokio::time::timeout(PATIENCE, command.spawn()?.wait()).await {
        Ok(status) => Ok(status?.success()),
        Err(_) => Ok(false),
    }
}

/// Modules whose line in the log begins with `before` and ends with `after`.
fn modules_said(log: &str, before: &str, after: &str) -> Vec<String> {
    let named = |line: &str| Some(line.split(before).nth(1)?.strip_suffix(after)?.trim().to_owned());
    log.lines().filter_map(named).collect()
}

/// Each module must have been launched; what was cut off after its time is named, and was tried in part.
fn ran(key: &str, log: &str, report: &mut Report) {
    let launched = modules_said(log, "Launching module ", "");
    for module in MODULES.split(',') {
        report.must(launched.iter().any(|name| name == module), || format!("{key}: wapiti's module {module} did not run"));
    }
    let cut = modules_said(log, "Max attack time was reached for module ", ", stopping.");
    report.note(format!("{key}: {} modules ran, cut off after {ATTACK} s: {}", launched.len(), cut.join(" ")));
}

/// The control: the same scan, of a page that is weak on purpose, finds its hole.
async fn control(folder: &Path, report: &mut Report) -> std::io::Result<()> {
    let base = weak::serve().await?;
    let ended = scan(&base, "none", folder).await?;
    let log = std::fs::read_to_string(folder.join("wapiti.log"))?;
    report.must(ended, || format!("control: wapiti did not end by itself; see {}", folder.display()));
    ran("control", &log, report);
    let said = serde_json::from_str(&std::fs::read_to_string(folder.join("report.json"))?)?;
    let (path, hole) = weak::HOLE;
    let found = findings(&said).iter().any(|(category, level, at, _)| category == hole && *level >= MEDIUM && at == path);
    report.must(found, || format!("control: {hole} at {path} was planted and not found: wapiti proves nothing"));
    Ok(())
}

/// Every finding of the report: category, level, path, what it says.
fn findings(report: &Value) -> Vec<(String, i64, String, String)> {
    let mut all = vec![];
    for part in ["vulnerabilities", "anomalies"] {
        for (category, items) in report[part].as_object().into_iter().flatten() {
            for item in items.as_array().into_iter().flatten() {
                let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
                let what = format!("{} {} {}", text("method"), text("parameter"), text("info"));
                all.push((category.clone(), item["level"].as_i64().unwrap_or(MEDIUM), text("path"), what));
            }
        }
    }
    all
}

fn read(key: &str, folder: &Path, report: &mut Report) {
    let text = std::fs::read_to_string(folder.join("report.json")).unwrap_or_default();
    let Ok(said) = serde_json::from_str::<Value>(&text) else {
        return report.find(format!("{key}: no report; see {}", folder.join("wapiti.log").display()));
    };
    let pages = said["infos"]["crawled_pages_nbr"].as_u64().unwrap_or_default();
    report.tried_often(&format!("{key}: pages and forms that wapiti attacked"), pages as usize);
    report.must(pages >= 10, || format!("{key}: wapiti saw only {pages} pages: this proves nothing"));
    // Only who is signed in is shown the way there.
    let log = std::fs::read_to_string(folder.join("wapiti.log")).unwrap_or_default();
    report.must(log.contains("/sessions"), || format!("{key}: wapiti was not signed in; see {}", folder.join("wapiti.log").display()));
    ran(key, &log, report);
    let mut few = 0;
    for (category, level, path, what) in findings(&said) {
        let reviewed = REVIEWED.iter().find(|(c, p, _)| *c == category && path.contains(p));
        match reviewed {
            _ if level < MEDIUM => few += 1,
            Some((_, _, why)) => report.note(format!("{key}: {category} at {path}: {why}")),
            None => report.find(format!("{key}: wapiti, level {level}: {category} at {path}: {what}")),
        }
    }
    report.note(format!("{key}: {pages} pages, {few} findings below medium"));
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let mut report = Report::new("5 Wapiti, signed in");
    let top = PathBuf::from(setting("TOMOSHIBI_ATTACK_FOLDER")).join("wapiti");
    let mut running = Vec::new();
    let emptied = |key: &str| {
        let folder = top.join(key);
        std::fs::remove_dir_all(&folder)
            .or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
            .expect("old report removed");
        std::fs::create_dir_all(&folder).expect("folder");
        folder
    };
    if let Err(error) = control(&emptied("control"), &mut report).await {
        report.find(format!("control: {error}"));
    }
    for key in WHO {
        let (who, folder) = (Visitor::signed_in(ground, key).await, emptied(key));
        let (base, cookie) = (ground.base.clone(), who.cookie(SESSION).unwrap_or_default());
        running.push((key, who, folder.clone(), tokio::spawn(async move { scan(&base, &cookie, &folder).await })));
    }
    for (key, who, folder, scan) in running {
        let ended = scan.await.expect("no panic");
        report.must(ended.as_ref().is_ok_and(|good| *good), || {
            format!("{key}: wapiti did not end by itself: {ended:?}; see {}", folder.join("wapiti.log").display())
        });
        read(key, &folder, &mut report);
        let still = who.get("/sessions").await.status;
        report.must(still == 200, || format!("{key}: the session did not last ({still}): the scan was not signed in to its end"));
    }
    report.close()
}
