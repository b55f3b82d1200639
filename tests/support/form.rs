//! A form as a browser holds it: read from a page, filled in, sent.

use crate::Page;

/// A form of a page with what stands in its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its fields in order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The same with this in the field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Page {
    /// The page's form for this address, as a browser without script would send it: radio buttons and boxes only when marked.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let forms = self.body.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
        let found = forms.into_iter().find(|form| form.contains(&format!("action=\"{action}\"")));
        let form = found.unwrap_or_else(|| panic!("no form for {action}: {}", self.body));
        Form { action: action.to_owned(), fields: form.split('<').skip(1).filter_map(field).collect() }
    }
}

/// The field a tag begins; `tag` reaches to the next one.
fn field(tag: &str) -> Option<(String, String)> {
    let (inside, after) = tag.split_once('>')?;
    let attribute = |name: &str| inside.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).map(plain);
    let name = attribute("name")?;
    if inside.starts_with("textarea") {
        // A browser drops the first line break of a text area and sends the others as CR LF.
        return Some((name, plain(after.strip_prefix('\n').unwrap_or(after)).replace('\n', "\r\n")));
    }
    let marked = !matches!(attribute("type").as_deref(), Some("radio" | "checkbox")) || inside.contains(" checked");
    (inside.starts_with("input") && marked).then(|| (name, attribute("value").unwrap_or_default()))
}

fn plain(text: &str) -> String {
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&apos;", "'"), ("&#39;", "'"), ("&#x2F;", "/"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign))
}
