//! References to variables, in texts that come before the CI server has put values in.
//!
//! GitLab and Azure write a list as JSON, and only then put in the values of variables that its items refer to, as they
//! are: a value with a quotation mark in it would end its item and begin another. So their packages hand lists over as
//! they were before, and the values are put in here, where the items are texts already. No value is read again.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::way::Way;

/// A reference to a variable that the environment does not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The reference as it is written.
    pub(super) reference: String,
    /// The variable.
    pub(super) variable: String,
}

/// A value whose texts, those of its items included, have the values of the variables that they refer to. Names in a
/// map are left as they are.
pub(super) fn filled(json: &Json, way: Way, environment: &BTreeMap<String, String>) -> Result<Json, Missing> {
    Ok(match json {
        Json::String(text) => Json::String(filled_text(text, way, environment)?),
        Json::Array(items) => {
            items.iter().map(|it| filled(it, way, environment)).collect::<Result<_, _>>()?
        }
        Json::Object(entries) => {
            let entry = |(name, it): (&String, &Json)| Ok((name.clone(), filled(it, way, environment)?));
            Json::Object(entries.iter().map(entry).collect::<Result<_, _>>()?)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => json.clone(),
    })
}

fn filled_text(text: &str, way: Way, environment: &BTreeMap<String, String>) -> Result<String, Missing> {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        made.push_str(before);
        if way == Way::GitLab && after.starts_with('$') {
            made.push('$');
            rest = &after[1..];
            continue;
        }
        let Some((name, length)) = name_at(after, way) else {
            made.push('$');
            rest = after;
            continue;
        };
        let variable = if way == Way::Azure { azure_variable(name) } else { name.to_owned() };
        match environment.get(&variable) {
            Some(value) => made.push_str(value),
            None => return Err(Missing { reference: format!("${}", &after[..length]), variable }),
        }
        rest = &after[length..];
    }
    made.push_str(rest);
    Ok(made)
}

/// The name that a reference begins with behind its `$`, and how long the reference is: `NAME` and `{NAME}` on GitLab,
/// `(Name)` on Azure.
fn name_at(text: &str, way: Way) -> Option<(&str, usize)> {
    let (open, close) = match (way, text.chars().next()?) {
        (Way::Azure, '(') => ("(", ")"),
        (Way::GitLab, '{') => ("{", "}"),
        (Way::GitLab, _) => ("", ""),
        _ => return None,
    };
    let inner = &text[open.len()..];
    let belongs =
        |it: char| it.is_ascii_alphanumeric() || it == '_' || way == Way::Azure && ".-".contains(it);
    let name = &inner[..inner.find(|it| !belongs(it)).unwrap_or(inner.len())];
    let begins = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let closed = inner[name.len()..].starts_with(close);
    (begins && closed).then_some((name, open.len() + name.len() + close.len()))
}

/// Azure's variable `Build.RequestedFor`, as the environment of a step has it.
fn azure_variable(name: &str) -> String {
    name.to_uppercase().replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn environment() -> BTreeMap<String, String> {
        let variables = [("WHO", "Ann \"A\", $WHO $(Who)\nB"), ("BUILD_WHO", "Bob"), ("EMPTY", "")];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn text(text: &str, way: Way) -> Result<String, Missing> {
        filled_text(text, way, &environment())
    }

    #[test]
    fn each_server_has_its_own_references() {
        for (way, written, made) in [
            (Way::GitLab, "a $EMPTY${EMPTY}$$WHO $(BUILD_WHO) $ 5$", "a $WHO $(BUILD_WHO) $ 5$"),
            (Way::GitLab, "$BUILD_WHO, ${BUILD_WHO}x", "Bob, Bobx"),
            (Way::GitLab, "${open $1 ${} $-", "${open $1 ${} $-"),
            (Way::Azure, "$(Build.Who) $(build_who) $WHO ${WHO} $$", "Bob Bob $WHO ${WHO} $$"),
            (Way::Azure, "$(touch x) $(open $() $(1)", "$(touch x) $(open $() $(1)"),
            (Way::Variables, "$WHO ${WHO} $(Who) $$", "$WHO ${WHO} $(Who) $$"),
        ] {
            assert_eq!(text(written, way), Ok(made.to_owned()), "{way:?}: {written}");
        }
    }

    #[test]
    fn a_value_stays_within_its_item_and_is_not_read_again() {
        let list = filled(&json!(["$WHO", {"$WHO": "<$WHO>"}, 1]), Way::GitLab, &environment());
        let who = "Ann \"A\", $WHO $(Who)\nB";
        assert_eq!(list, Ok(json!([who, {"$WHO": format!("<{who}>")}, 1])));
    }

    #[test]
    fn a_variable_that_is_not_there_is_missed() {
        let missing = |reference: &str, variable: &str| {
            Err(Missing { reference: reference.to_owned(), variable: variable.to_owned() })
        };
        assert_eq!(text("a ${NOBODY}", Way::GitLab), missing("${NOBODY}", "NOBODY"));
        assert_eq!(text("$(No.Body)", Way::Azure), missing("$(No.Body)", "NO_BODY"));
    }
}
