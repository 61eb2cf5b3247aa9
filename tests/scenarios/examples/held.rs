//! Whether a document has at least what an example has.

use serde_json::Value;

/// What the answer lacks, each with its place.
pub(super) fn missing(example: &Value, answer: &Value, place: &str) -> Vec<String> {
    match (example, answer) {
        // The example says nothing of what stands here otherwise.
        (Value::Null, _) => Vec::new(),
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .flat_map(|(name, wanted)| {
                let place = format!("{place}.{name}");
                if is_data(name) {
                    let values: Vec<&Value> = found.values().collect();
                    return one_of(wanted, &values, &place);
                }
                match found.get(name) {
                    Some(found) => missing(wanted, found, &place),
                    None => vec![format!("{place} is missing")],
                }
            })
            .collect(),
        (Value::Array(wanted), Value::Array(found)) => {
            let found: Vec<&Value> = found.iter().collect();
            wanted.iter().flat_map(|wanted| one_of(wanted, &found, &format!("{place}[]"))).collect()
        }
        (Value::String(wanted), Value::String(found)) => {
            let alike = is_alike(wanted, found);
            if alike { Vec::new() } else { vec![format!("{place} is written {found}, not as {wanted}")] }
        }
        (Value::Bool(_), Value::Bool(_)) | (Value::Number(_), Value::Number(_)) => Vec::new(),
        (wanted, found) => vec![format!("{place} is {found}, not of the kind of {wanted}")],
    }
}

/// One of the found values has it all; else what the nearest of them lacks.
fn one_of(wanted: &Value, found: &[&Value], place: &str) -> Vec<String> {
    let nearest = found.iter().map(|it| missing(wanted, it, place)).min_by_key(Vec::len);
    nearest.unwrap_or_else(|| vec![format!("{place} is empty")])
}

/// Keys that are ids, of things or of a form's elements, and not names of fields.
fn is_data(name: &str) -> bool {
    kind_of_id(name).is_some() || name == "0f6c"
}

/// `Projects` of `Projects-21`.
fn kind_of_id(text: &str) -> Option<&str> {
    let (kind, number) = text.rsplit_once('-')?;
    let is_id = !kind.is_empty()
        && kind.chars().all(|it| it.is_ascii_alphabetic())
        && !number.is_empty()
        && number.chars().all(|it| it.is_ascii_digit());
    is_id.then_some(kind)
}

/// Ids are of the same kind, and moments are moments in the same notation.
fn is_alike(wanted: &str, found: &str) -> bool {
    if let Some(kind) = kind_of_id(wanted).filter(|it| *it != "step" && *it != "rule") {
        return kind_of_id(found) == Some(kind);
    }
    if wanted.parse::<jiff::Timestamp>().is_ok() {
        let notation = |text: &str| text.replace(|it: char| it.is_ascii_digit(), "0");
        return found.parse::<jiff::Timestamp>().is_ok() && notation(wanted) == notation(found);
    }
    true
}

/// The same document with its fields in camelCase.
pub(super) fn camel_case(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(camel_case).collect(),
        Value::Object(fields) => {
            let lower = |name: String| name[..1].to_lowercase() + &name[1..];
            Value::Object(fields.into_iter().map(|(name, value)| (lower(name), camel_case(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_planted_difference_is_found() {
        let example = json!({ "Id": "Tasks-1", "At": "2026-05-01T08:02:00.000+00:00", "Items": [{ "A": 1 }], "Map": { "Projects-2": ["Environments-1"] } });
        let fits = json!({ "Id": "Tasks-77", "At": "2026-11-22T18:02:59.123+00:00", "Items": [{ "A": 3, "B": null }], "Map": { "Projects-9": ["Environments-8"] }, "More": 1 });
        assert_eq!(missing(&example, &fits, "it"), Vec::<String>::new());
        for (field, wrong) in [
            ("Id", json!("Deployments-77")),
            ("Id", json!(77)),
            ("Id", json!(null)),
            ("At", json!("2026-11-22T18:02:59Z")),
            ("At", json!("")),
            ("Items", json!([])),
            ("Items", json!([{ "A": "1" }])),
            ("Items", json!([{ "a": 1 }])),
            ("Map", json!({})),
            ("Map", json!({ "Projects-9": [] })),
        ] {
            let mut answer = fits.clone();
            answer[field] = wrong;
            assert_eq!(missing(&example, &answer, "it").len(), 1, "{answer}");
        }
    }
}
