//! A small reader of HTML for the laws: what no page may have, whatever is in it.

use std::collections::{BTreeMap, BTreeSet};

const VOID: [&str; 6] = ["meta", "link", "input", "br", "img", "hr"];

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// What is wrong with a page.
pub(super) fn faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (tags, unclosed) = read(html);
    faults.extend(unclosed);
    let mut ids = BTreeSet::new();
    let mut duties: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in &tags {
        let get = |name: &str| tag.attributes.get(name).map(String::as_str);
        // A picture's title is named by its id; the page's own has none.
        let name = if tag.name == "title" && get("id").is_some() { "title of a picture" } else { tag.name.as_str() };
        *duties.entry(name).or_default() += 1;
        if let Some(id) = get("id")
            && (id.is_empty() || !ids.insert(id))
        {
            faults.push(format!("id {id:?} is empty or comes twice"));
        }
        for (name, value) in &tag.attributes {
            if name == "style" || name.starts_with("on") {
                faults.push(format!("{}: inline {name}", tag.name));
            }
            let outside = matches!(name.as_str(), "src" | "href" | "action") && (value.contains("//") || value.starts_with("javascript:"));
            if outside || (name == "href" && (value == "#" || value.is_empty())) {
                faults.push(format!("{}: {name}={value:?}", tag.name));
            }
        }
        if tag.name == "style" || (tag.name == "script" && get("src").is_none()) {
            faults.push(format!("inline {}", tag.name));
        }
    }
    faults.extend(ties(&tags, &ids));
    for (name, wanted) in [("h1", 1), ("main", 1), ("title", 1)] {
        if duties.get(name).copied().unwrap_or_default() != wanted {
            faults.push(format!("not exactly one {name}"));
        }
    }
    faults.extend(carried(html));
    if html.contains("{{") || html.contains("{%") || html.contains("[object]") {
        faults.push("unrendered template code".to_owned());
    }
    faults
}

/// Names by id must lead somewhere, and every control needs a name.
fn ties(tags: &[Tag], ids: &BTreeSet<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let labelled: BTreeSet<_> = tags.iter().filter(|t| t.name == "label").filter_map(|t| t.attributes.get("for")).collect();
    for tag in tags {
        for name in ["for", "aria-describedby", "aria-labelledby"] {
            for id in tag.attributes.get(name).into_iter().flat_map(|v| v.split_whitespace()) {
                if !ids.contains(id) {
                    faults.push(format!("{}: {name} names {id:?}, which is not there", tag.name));
                }
            }
        }
        if let Some(anchor) = tag.attributes.get("href").and_then(|h| h.strip_prefix('#'))
            && !ids.contains(anchor)
        {
            faults.push(format!("link to #{anchor}, which is not there"));
        }
        let named = tag.attributes.contains_key("data-inside-label") || tag.attributes.get("id").is_some_and(|id| labelled.contains(id));
        if matches!(tag.name.as_str(), "textarea" | "select" | "input")
            && tag.attributes.get("type").is_none_or(|t| t != "hidden")
            && !named
        {
            faults.push(format!("{} {:?} has no label", tag.name, tag.attributes.get("name")));
        }
    }
    faults
}

/// Every form of ours that posts carries its token, and its seat when somebody is signed in; no other form carries any. A
/// form that is kept for later (`data-kept`) carries the seat it was made for, whoever looks.
fn carried(html: &str) -> Vec<String> {
    let signed_in = html.contains("action=\"/sign-out\"");
    let mut faults = Vec::new();
    for form in html.split("<form").skip(1) {
        let (open, rest) = form.split_once('>').unwrap_or_default();
        let inside = rest.split("</form>").next().unwrap_or_default();
        let ours = open.contains("method=\"post\"") && !open.contains("data-upload");
        let seated = ours && (signed_in || open.contains("data-kept"));
        if inside.contains("name=\"_csrf\"") != ours || inside.contains("name=\"_seat\"") != seated {
            faults.push(format!("form{open}: token or seat is wrong"));
        }
    }
    faults
}

/// Tags in order; controls inside a label are marked.
fn read(html: &str) -> (Vec<Tag>, Vec<String>) {
    let mut tags = Vec::new();
    let mut faults = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('!') {
            continue;
        }
        let Some(end) = close(rest) else { break };
        let inner = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                faults.push(format!("</{name}> closes something else"));
            }
            continue;
        }
        let mut tag = tag(inner);
        if open.iter().any(|n| n == "label") {
            tag.attributes.insert("data-inside-label".to_owned(), String::new());
        }
        if !VOID.contains(&tag.name.as_str()) && !inner.ends_with('/') {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    faults.extend(open.iter().map(|n| format!("<{n}> is not closed")));
    (tags, faults)
}

/// Where the tag ends; `>` in a quoted value does not count.
fn close(rest: &str) -> Option<usize> {
    let mut quoted = false;
    rest.char_indices().find_map(|(i, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(i)
    })
}

fn tag(inner: &str) -> Tag {
    let inner = inner.trim_end_matches('/');
    let (name, mut rest) = inner.split_once(|c: char| c.is_whitespace()).unwrap_or((inner, ""));
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        let Some(end) = rest.find(|c: char| c == '=' || c.is_whitespace()) else {
            if !rest.is_empty() {
                attributes.insert(rest.to_owned(), String::new());
            }
            break;
        };
        let name = rest[..end].to_owned();
        match rest[end..].strip_prefix("=\"").and_then(|v| v.split_once('"')) {
            Some((value, after)) => {
                attributes.insert(name, value.to_owned());
                rest = after;
            }
            None => {
                attributes.insert(name, String::new());
                rest = &rest[end + 1..];
            }
        }
    }
    Tag { name: name.to_owned(), attributes }
}

#[test]
fn the_reader_finds_what_it_must() {
    let page = |inside: &str| format!("<html><title>t</title><main><h1>x</h1>{inside}</main></html>");
    assert_eq!(faults(&page("<p id=\"a\">b</p><a href=\"#a\">c</a>")), Vec::<String>::new());
    for bad in [
        "<p style=\"x\"></p>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<p aria-labelledby=\"z\"></p>",
        "<a href=\"#\">x</a>",
        "<script>1</script>",
        "<p>",
        "<input name=\"x\">",
        "<form method=\"post\"></form>",
        "<img src=\"https://a/b\">",
        "<h1></h1>",
        "{{ x }}",
        "<form><input type=\"hidden\" name=\"_csrf\" value=\"\"></form>",
    ] {
        assert!(!faults(&page(bad)).is_empty(), "{bad} passed");
    }
}
