//! Compares a tree with its schema, and reports every difference.
//!
//! The schema is made from the types that the tree is read into afterwards, so what passes here can be read. A general
//! validator would support more of JSON Schema but not locations, nearest names and fixes.

use serde_json::Value as Json;

use super::number;
use super::problem::{Origin, Problem};
use super::schema::{keyword, target, variants};
use super::text::Text;
use super::tree::{Node, Value};
use super::value::{Period, Span, Time};
use crate::text::{choices, nearest};

/// Which texts may be open.
#[derive(Debug, Clone, Copy)]
pub enum Texts {
    /// Each text has its final form.
    Final,
    /// A text in which expressions are read, and for which this returns true, gets its final form later.
    Open(fn(&str) -> bool),
}

/// All differences between the tree and the schema. `path` names the tree in messages; blank = the whole document.
pub fn validate(schema: &Json, part: &Json, node: &Node, path: &str, texts: Texts) -> Vec<Problem> {
    let mut walk = Walk { root: schema, texts, problems: Vec::new() };
    walk.visit(part, node, path);
    walk.problems
}

struct Walk<'a> {
    root: &'a Json,
    texts: Texts,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn say(&mut self, origin: &Origin, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(origin, message, remedy));
    }

    fn visit(&mut self, schema: &Json, node: &Node, path: &str) {
        let before = self.texts;
        if keyword(self.root, schema, "x-expressions").is_some_and(|it| it == false) {
            self.texts = Texts::Final;
        }
        self.value(schema, node, path);
        self.texts = before;
    }

    fn value(&mut self, schema: &Json, node: &Node, path: &str) {
        if let Some(branches) = keyword(self.root, schema, "anyOf").and_then(Json::as_array) {
            let branches = branches.clone();
            return match branches.iter().find(|it| self.admits(it, node)) {
                Some(branch) => self.visit(branch, node, path),
                None => self.wrong_kind(schema, node, path),
            };
        }
        if !self.admits(schema, node) {
            return self.wrong_kind(schema, node, path);
        }
        match &node.value {
            Value::Table(_) => self.table(schema, node, path),
            Value::List(items) => self.list(schema, node, items, path),
            Value::Text(text) => self.text(schema, node, text, path),
            Value::Number(text) => self.number(schema, node, text, path),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// Whether the schema is one for this kind of value.
    fn admits(&self, schema: &Json, node: &Node) -> bool {
        let kinds = match &node.value {
            Value::Text(_) if !variants(self.root, schema).is_empty() => return true,
            Value::Text(_) => ["string", ""],
            Value::Number(text) if number::is_whole(text) => ["integer", "number"],
            Value::Number(_) => ["number", ""],
            Value::Bool(_) => ["boolean", ""],
            Value::Null => ["null", ""],
            Value::List(_) => ["array", ""],
            Value::Table(_) => ["object", ""],
        };
        match keyword(self.root, schema, "type") {
            Some(Json::String(kind)) => kinds.contains(&kind.as_str()),
            Some(Json::Array(any)) => any.iter().filter_map(Json::as_str).any(|it| kinds.contains(&it)),
            _ => variants(self.root, schema).is_empty() && keyword(self.root, schema, "anyOf").is_none(),
        }
    }

    fn wrong_kind(&mut self, schema: &Json, node: &Node, path: &str) {
        let kind = node.value.kind();
        if self.is_secret(schema) && node.as_text().is_some() {
            let message = format!("{path} is written here itself, and secrets do not belong in settings");
            let key = path.rsplit('.').next().unwrap_or(path);
            let remedy = format!(
                "put it into an environment variable and write `{key} = {{ env = \"NAME\" }}`, or into a file and write \
                 `{key} = {{ file = \"path\" }}`; if it was committed, revoke it"
            );
            return self.say(&node.origin, message, remedy);
        }
        let wanted = self.wanted(schema);
        let remedy = match (&node.value, wanted.as_str()) {
            (Value::Text(_), "a list") => "write it in brackets: `[\"…\"]`".to_owned(),
            (Value::Number(_) | Value::Bool(_), it) if it.starts_with("text") => {
                "write it in quotes".to_owned()
            }
            (Value::Text(_), "true or false") => "write `true` or `false` without quotes".to_owned(),
            (Value::Text(_), "a whole number") => "write the number without quotes".to_owned(),
            _ => format!("write {wanted}"),
        };
        self.say(&node.origin, format!("{path} must be {wanted}, and this is {kind}"), remedy);
    }

    fn is_secret(&self, schema: &Json) -> bool {
        keyword(self.root, schema, "x-kind").is_some_and(|it| it == "secret")
    }

    /// What the schema admits, in words.
    fn wanted(&self, schema: &Json) -> String {
        if let Some(branches) = keyword(self.root, schema, "anyOf").and_then(Json::as_array) {
            let words = branches.iter().filter(|it| it.get("type").is_none_or(|it| it != "null"));
            let words: Vec<_> = words.map(|it| self.wanted(it)).collect();
            return words.join(" or ");
        }
        let kinds = keyword(self.root, schema, "type");
        let several = kinds.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        match kinds.and_then(Json::as_str).or_else(|| several.into_iter().find(|it| *it != "null")) {
            Some("array") => "a list",
            Some("boolean") => "true or false",
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some("object") => "a table",
            _ => "text",
        }
        .to_owned()
    }

    fn table(&mut self, schema: &Json, node: &Node, path: &str) {
        let table = node.table().into_iter().flatten();
        let object = target(self.root, schema).clone();
        let properties = object.get("properties").and_then(Json::as_object);
        let known = || properties.into_iter().flat_map(|it| it.keys().map(String::as_str));
        let others = object.get("additionalProperties");
        for (key, entry) in table {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (properties.and_then(|it| it.get(key)), others) {
                (Some(schema), _) => self.visit(schema, &entry.node, &inner),
                (None, Some(Json::Bool(false))) => {
                    let refused = object.get("x-refused").and_then(|it| it.get(key)).and_then(Json::as_str);
                    let place = if path.is_empty() { "here".to_owned() } else { format!("in `{path}`") };
                    let remedy = match (refused, nearest(key, known())) {
                        (Some(advice), _) => advice.to_owned(),
                        (None, Some(near)) => format!("did you mean `{near}`?"),
                        (None, None) => format!("known are {}", choices(known())),
                    };
                    self.say(&entry.key, format!("unknown key `{key}` {place}"), remedy);
                }
                (None, Some(others)) => self.visit(others, &entry.node, &inner),
                (None, None) => {}
            }
        }
        self.required(&object, node, path);
        self.count(&object, node, path);
    }

    fn required(&mut self, object: &Json, node: &Node, path: &str) {
        for key in object.get("required").and_then(Json::as_array).into_iter().flatten() {
            let key = key.as_str().unwrap_or_default();
            if node.get(key).is_none() {
                let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
                let schema = object.get("properties").and_then(|it| it.get(key)).unwrap_or(&Json::Null);
                // An action requested on the command line gets its keys there.
                let remedy = match node.origin {
                    Origin::Flag(_) | Origin::Nowhere if !path.contains('.') => format!("give `--{key}`"),
                    Origin::Variable(_) if !path.contains('.') => format!("give the input `{key}`"),
                    _ => format!("add it; it is {}", self.wanted(schema)),
                };
                self.say(&node.origin, format!("`{key}` is missing{place}"), remedy);
            }
        }
    }

    /// Only "exactly one of these keys" is used.
    fn count(&mut self, object: &Json, node: &Node, path: &str) {
        let exactly_one = object.get("maxProperties").is_some_and(|it| it == 1);
        if exactly_one && node.table().is_some_and(|it| it.len() != 1) {
            let keys = object.get("properties").and_then(Json::as_object);
            let keys = choices(keys.into_iter().flat_map(|it| it.keys().map(String::as_str)));
            self.say(&node.origin, format!("{path} needs exactly one key"), format!("write one of {keys}"));
        }
    }

    fn list(&mut self, schema: &Json, node: &Node, items: &[Node], path: &str) {
        if keyword(self.root, schema, "minItems").is_some() && items.is_empty() {
            self.say(&node.origin, format!("{path} is an empty list"), "name at least one");
        }
        if let Some(item_schema) = keyword(self.root, schema, "items").cloned() {
            for (at, item) in items.iter().enumerate() {
                let inner =
                    if item.table().is_some() { format!("{path}[{}]", at + 1) } else { path.to_owned() };
                self.visit(&item_schema, item, &inner);
            }
        }
    }

    fn text(&mut self, schema: &Json, node: &Node, text: &Text, path: &str) {
        if let Texts::Open(is_open) = self.texts
            && text.has_expressions()
            && is_open(text.as_str())
        {
            return;
        }
        let text = text.as_str();
        let variants = variants(self.root, schema);
        if !variants.is_empty() && !variants.iter().any(|(name, _)| *name == text) {
            let names = || variants.iter().map(|(name, _)| *name);
            let remedy = match nearest(text, names()) {
                Some(near) => format!("did you mean `{near}`? Known are {}", choices(names())),
                None => format!("known are {}", choices(names())),
            };
            self.say(&node.origin, format!("{path} cannot be `{}`", shortened(text)), remedy);
        }
        if keyword(self.root, schema, "minLength").is_some() && text.trim().is_empty() {
            self.say(&node.origin, format!("{path} is blank"), "write a value");
        }
        let shortened = shortened(text);
        match keyword(self.root, schema, "x-kind").and_then(Json::as_str) {
            Some("duration") if Span::parse(text).is_none() => {
                let message = format!("{path} is not a duration: `{shortened}`");
                self.say(&node.origin, message, "write `90s`, `30m` or `2h`, from 1s to 168h (7 days)");
            }
            Some("period") if Period::parse(text).is_none() => {
                let message = format!("{path} is not a duration: `{shortened}`");
                self.say(&node.origin, message, "write `90s`, `30m`, `2h` or `7d`, from 1s to 365d");
            }
            Some("time") if Time::parse(text).is_none() => {
                let message = format!("{path} is not a time with an offset: `{shortened}`");
                self.say(&node.origin, message, "write it as `2026-12-01T22:00:00+01:00`");
            }
            _ => {}
        }
    }

    fn number(&mut self, schema: &Json, node: &Node, text: &str, path: &str) {
        let bound = |name| keyword(self.root, schema, name).and_then(Json::as_f64);
        let (lowest, highest) = (bound("minimum"), bound("maximum"));
        let value = number::value(text);
        if !value.is_finite() {
            return self.say(&node.origin, format!("{path} cannot be {text}"), "write a finite number");
        }
        if lowest.is_some_and(|it| value < it) || highest.is_some_and(|it| value > it) {
            let bounds = format!("{} to {}", lowest.unwrap_or(0.0), highest.unwrap_or(f64::MAX));
            self.say(
                &node.origin,
                format!("{path} cannot be {text}"),
                format!("write a number from {bounds}"),
            );
        }
    }
}

/// Enough of a value to recognise it.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace(char::is_control, "�")
}
