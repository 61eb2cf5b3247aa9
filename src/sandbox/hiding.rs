//! Hides parts of an answer: fields, and items of lists.

use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What an answer does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HiddenFields {
    /// The ids of what is not shown.
    pub(crate) ids: Vec<String>,
    /// How many of a list's first items are not shown.
    pub(crate) newest: usize,
    /// Things with a later time are not shown.
    pub(crate) since: Option<Timestamp>,
}

impl HiddenFields {
    /// Whether everything is hidden: that is the meaning of no condition at all.
    fn hides_all(&self) -> bool {
        self.ids.is_empty() && self.newest == 0 && self.since.is_none()
    }

    fn hides(&self, at: usize, thing: &Value) -> bool {
        let id = thing.get("Id").and_then(Value::as_str);
        let times =
            ["QueueTime", "Created", "Assembled"].into_iter().filter_map(|it| thing.get(it)?.as_str());
        let time = times.filter_map(|it| Timestamp::from_str(it).ok()).next();
        self.hides_all()
            || at < self.newest
            || id.is_some_and(|id| self.ids.iter().any(|it| it == id))
            || self.since.zip(time).is_some_and(|(since, time)| time > since)
    }

    /// The answer without what is hidden; `None` if the answer as a whole is hidden.
    pub(crate) fn out_of(&self, answer: Value) -> Option<Value> {
        match self.without_ids(answer) {
            Value::Array(items) => Some(Value::Array(self.shown(items))),
            Value::Object(mut page) => match page.get_mut("Items").map(Value::take) {
                Some(Value::Array(items)) => Some(self.page(page, items)),
                Some(other) => {
                    page.insert("Items".to_owned(), other);
                    Some(Value::Object(page))
                }
                None => {
                    let document = Value::Object(page);
                    // "The newest" means items of a list; a document is not one.
                    (!self.hides(usize::MAX, &document)).then_some(document)
                }
            },
            other => Some(other),
        }
    }

    /// The value without the items of hidden ids in the lists within it, at any depth: a
    /// progression has its deployments deep inside.
    fn without_ids(&self, value: Value) -> Value {
        let is_hidden = |it: &Value| {
            let own = it.get("Id").or_else(|| it.get("Deployment").and_then(|it| it.get("Id")));
            own.and_then(Value::as_str).is_some_and(|id| self.ids.iter().any(|it| it == id))
        };
        match value {
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, it)| {
                    // The items of a page are counted, so `page` removes them.
                    if name == "Items" { (name, it) } else { (name, self.without_ids(it)) }
                });
                Value::Object(fields.collect())
            }
            Value::Array(items) => {
                items.into_iter().filter(|it| !is_hidden(it)).map(|it| self.without_ids(it)).collect()
            }
            other => other,
        }
    }

    fn shown(&self, items: Vec<Value>) -> Vec<Value> {
        let kept = items.into_iter().enumerate().filter(|(at, it)| !self.hides(*at, it));
        kept.map(|(_, it)| it).collect()
    }

    fn page(&self, mut page: Map<String, Value>, items: Vec<Value>) -> Value {
        let before = items.len();
        let shown = self.shown(items);
        let gone = before - shown.len();
        if let Some(total) = page.get("TotalResults").and_then(Value::as_u64) {
            page.insert("TotalResults".to_owned(), json!(total.saturating_sub(gone as u64)));
        }
        page.insert("Items".to_owned(), Value::Array(shown));
        Value::Object(page)
    }
}

/// The answer without these fields, or with blank ones.
pub(crate) fn lacking(answer: Value, fields: &[String], blank: bool) -> Value {
    match answer {
        Value::Object(object) => {
            let mut rest = Map::new();
            for (name, value) in object {
                if !fields.iter().any(|it| it.eq_ignore_ascii_case(&name)) {
                    rest.insert(name, lacking(value, fields, blank));
                } else if blank {
                    rest.insert(name, nothing(&value));
                }
            }
            Value::Object(rest)
        }
        Value::Array(items) => items.into_iter().map(|it| lacking(it, fields, blank)).collect(),
        other => other,
    }
}

fn nothing(value: &Value) -> Value {
    match value {
        Value::Object(_) => json!({}),
        Value::Array(_) => json!([]),
        Value::String(_) => json!(""),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(ids: &[&str], newest: usize, since: Option<&str>) -> HiddenFields {
        let ids = ids.iter().map(|it| (*it).to_owned()).collect();
        HiddenFields { ids, newest, since: since.map(|it| it.parse().unwrap()) }
    }

    fn page() -> Value {
        json!({ "TotalResults": 9, "Items": [
            { "Id": "T-3", "QueueTime": "2026-05-01T08:03:00.000+00:00" },
            { "Id": "T-2", "QueueTime": "2026-05-01T08:02:00.000+00:00" },
            { "Id": "T-1", "QueueTime": "2026-05-01T08:01:00.000+00:00" },
        ] })
    }

    fn left(hidden: &HiddenFields, answer: Value) -> Value {
        let answer = hidden.out_of(answer).unwrap();
        let items = answer.get("Items").unwrap_or(&answer).as_array().unwrap().clone();
        items.iter().map(|it| it["Id"].clone()).collect()
    }

    #[test]
    fn items_are_hidden_by_id_by_number_and_by_time() {
        for (hidden, wanted) in [
            (hidden(&["T-2", "T-9"], 0, None), json!(["T-3", "T-1"])),
            (hidden(&[], 2, None), json!(["T-1"])),
            (hidden(&[], 0, Some("2026-05-01T08:01:30Z")), json!(["T-1"])),
            (hidden(&[], 0, None), json!([])),
        ] {
            assert_eq!(left(&hidden, page()), wanted, "{hidden:?}");
            assert_eq!(left(&hidden, page()["Items"].clone()), wanted, "a plain list: {hidden:?}");
        }
        assert_eq!(hidden(&["T-2"], 0, None).out_of(page()).unwrap()["TotalResults"], 8);
    }

    #[test]
    fn what_has_a_hidden_id_is_hidden_however_deep_it_stands() {
        let board = json!({ "Releases": [{ "Release": { "Id": "R-1" }, "Deployments": { "E-1": [{ "Id": "D-1" }, { "Id": "D-2" }] } }],
            "Phases": [{ "Deployments": [{ "Deployment": { "Id": "D-2" }, "Task": { "Id": "T-2" } }] }] });
        let shown = hidden(&["D-2"], 0, None).out_of(board).unwrap();
        assert_eq!(shown["Releases"][0]["Deployments"]["E-1"], json!([{ "Id": "D-1" }]));
        assert_eq!(shown["Phases"][0]["Deployments"], json!([]));
        assert_eq!(hidden(&["T-2"], 0, None).out_of(page()).unwrap()["TotalResults"], 8);
    }

    #[test]
    fn a_document_is_hidden_as_a_whole() {
        let document = json!({ "Id": "T-3", "Created": "2026-05-01T08:03:00Z" });
        assert_eq!(hidden(&["T-3"], 0, None).out_of(document.clone()), None);
        assert_eq!(hidden(&[], 0, Some("2026-05-01T08:02:00Z")).out_of(document.clone()), None);
        assert_eq!(hidden(&[], 1, None).out_of(document.clone()), Some(document));
    }

    #[test]
    fn fields_are_missing_or_blank_at_every_depth() {
        let answer =
            json!({ "Items": [{ "Id": "D-1", "FormValues": { "a": "b" }, "QueueTime": "x", "N": 1 }] });
        let fields = ["formvalues", "QueueTime", "N"].map(str::to_owned);
        assert_eq!(lacking(answer.clone(), &fields, false), json!({ "Items": [{ "Id": "D-1" }] }));
        let blank = json!({ "Items": [{ "Id": "D-1", "FormValues": {}, "QueueTime": "", "N": null }] });
        assert_eq!(lacking(answer, &fields, true), blank);
    }
}
