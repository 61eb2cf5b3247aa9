//! Expressions in a setting's text: `$Build.Version$`, `%Variable%`, `%Environment.NAME%`.
//!
//! `$$` and `%%` stand for the signs themselves. What an expression gives is not read again, so a branch or a
//! variable that holds `%…%` by chance or by malice stays text.

use std::collections::BTreeMap;
use std::fmt;

use super::event::BuildEvent;
use super::problem::nearest;

/// What expressions can see.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The build event; without one no property of a build has a value.
    pub event: Option<&'a BuildEvent>,
    /// The process's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What a known property gives that this event does not have.
    pub missing: Missing,
}

/// What a known property gives that the event at hand does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An error: an action must not go on with a blank.
    IsAnError,
    /// An empty text: a condition may ask whether it is there.
    IsEmpty,
}

/// Why a text has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ExpressionError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// Whether a text holds an expression or an escaped sign, so that its value is another text.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains(['$', '%'])
}

/// Whether a text holds an expression, where none is read.
pub(crate) fn names(text: &str) -> bool {
    let mut found = false;
    let whole = pieces(text, |_| {
        found = true;
        Ok(String::new())
    });
    whole.is_ok() && found
}

/// Checks that the expressions of a text are well-formed, without their values.
///
/// # Errors
/// The first sign that stands alone or name that cannot be one.
pub fn check(text: &str) -> Result<(), ExpressionError> {
    pieces(text, |_| Ok(String::new())).map(drop)
}

/// The text with all expressions replaced by their values.
///
/// # Errors
/// The first expression that is malformed, unknown, or without a value.
pub fn resolve(text: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    pieces(text, |expression| match expression {
        Expression::Property(name) => property(name, scope),
        Expression::Variable(name) => variable(name, scope),
    })
}

enum Expression<'a> {
    Property(&'a str),
    Variable(&'a str),
}

type Value = Result<String, ExpressionError>;

fn pieces(text: &str, mut value: impl FnMut(Expression<'_>) -> Value) -> Value {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '%']) {
        let (before, from_sign) = rest.split_at(at);
        let (sign, inner) = from_sign.split_at(1);
        result.push_str(before);
        let end = inner.find(sign).ok_or_else(|| alone(sign))?;
        let (name, after) = inner.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        match (name, sign) {
            ("", _) => result.push_str(sign),
            (name, _) if !is_name(name) => return Err(alone(sign)),
            (name, "$") => result.push_str(&value(Expression::Property(name))?),
            (name, _) => result.push_str(&value(Expression::Variable(name))?),
        }
    }
    result.push_str(rest);
    Ok(result)
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|it: char| it.is_alphabetic() || it == '_');
    starts && !text.ends_with(' ') && text.chars().all(|it| it.is_alphanumeric() || " _.-()".contains(it))
}

fn alone(sign: &str) -> ExpressionError {
    ExpressionError {
        message: format!("a `{sign}` begins no expression"),
        remedy: format!(
            "write `{sign}{sign}` for the sign itself, or close the expression with another `{sign}`"
        ),
    }
}

/// The properties of a build, by Continua's names, with their other names.
const PROPERTIES: &[(&str, &[&str])] = &[
    ("Build.Id", &[]),
    ("Build.Attempt", &[]),
    ("Build.Number", &["Build.BuildNumber"]),
    ("Build.Version", &[]),
    ("Build.Url", &[]),
    ("Build.Pipeline", &["Configuration.Name", "Build.Configuration"]),
    ("Build.Branch", &["Build.TriggeringBranch"]),
    ("Build.Tag", &[]),
    ("Build.PullRequest", &[]),
    ("Build.Commit", &["Build.LatestChangeset.Revision"]),
    ("Build.StartedBy", &[]),
    ("Build.StartedAt", &["Build.Started"]),
    ("Build.Stage", &["Stage.Name"]),
    ("Build.Status", &[]),
    ("Build.Event", &[]),
];

/// The names of all properties, the first of each kind alone.
pub(crate) fn property_names() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|(name, _)| *name)
}

fn property(name: &str, scope: &Scope<'_>) -> Value {
    let is = |it: &&str| it.eq_ignore_ascii_case(name);
    let known = PROPERTIES.iter().find(|(first, others)| is(first) || others.iter().any(is));
    let Some((known, _)) = known else {
        let all = PROPERTIES.iter().flat_map(|(first, others)| std::iter::once(first).chain(*others));
        return Err(ExpressionError {
            message: format!("`${name}$` is not known"),
            remedy: match nearest(name, all.copied()) {
                Some(near) => format!("did you mean `${near}$`?"),
                None => {
                    let names: Vec<_> = property_names().map(|it| format!("`${it}$`")).collect();
                    format!("known are {}; a variable is written `%{name}%`", names.join(", "))
                }
            },
        });
    };
    match scope.event.and_then(|it| value_of(known, it)) {
        Some(value) => Ok(value),
        None if scope.missing == Missing::IsEmpty => Ok(String::new()),
        None => Err(ExpressionError {
            message: format!("`${name}$` has no value: {}", absence(scope)),
            remedy: format!(
                "have the event carry it, write the value itself, or give it in a variable (`%{}%`)",
                last(name)
            ),
        }),
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn absence(scope: &Scope<'_>) -> String {
    scope.event.map_or_else(
        || "there is no build event".to_owned(),
        |event| format!("this {} event does not carry it", event.moment.name()),
    )
}

fn value_of(known: &str, event: &BuildEvent) -> Option<String> {
    let build = &event.build;
    let text = match known {
        "Build.Id" => Some(build.id.clone()),
        "Build.Attempt" => build.attempt.map(|it| it.to_string()),
        "Build.Number" => build.number.clone(),
        "Build.Version" => build.version.clone(),
        "Build.Url" => build.url.clone(),
        "Build.Pipeline" => build.pipeline.clone(),
        "Build.Branch" => build.branch.clone(),
        "Build.Tag" => build.tag.clone(),
        "Build.PullRequest" => build.pull_request.clone(),
        "Build.Commit" => build.commit.clone(),
        "Build.StartedBy" => build.started_by.clone(),
        "Build.StartedAt" => build.started_at.map(|it| it.to_string()),
        "Build.Stage" => event.stage.clone(),
        "Build.Status" => event.status.map(|it| it.name().to_owned()),
        "Build.Event" => Some(event.moment.name().to_owned()),
        _ => None,
    };
    text.filter(|it| !it.is_empty())
}

const ENVIRONMENT: &str = "environment.";

fn variable(name: &str, scope: &Scope<'_>) -> Value {
    if let Some(own) = name.get(..ENVIRONMENT.len()).filter(|it| it.eq_ignore_ascii_case(ENVIRONMENT)) {
        let key = name.get(own.len()..).unwrap_or_default();
        return scope.environment.get(key).cloned().ok_or_else(|| ExpressionError {
            message: format!("`%{name}%` has no value: the environment has no variable `{key}`"),
            remedy: match nearest(key, scope.environment.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `%Environment.{near}%`?"),
                None => "set it for this process".to_owned(),
            },
        });
    }
    let none = BTreeMap::new();
    let variables = scope.event.map_or(&none, |it| &it.variables);
    let exact = variables.get(name);
    let value =
        exact.or_else(|| variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, it)| it));
    value.cloned().ok_or_else(|| {
        let property = PROPERTIES.iter().find(|(first, _)| first.eq_ignore_ascii_case(name));
        let remedy = match (property, nearest(name, variables.keys().map(String::as_str))) {
            (Some((first, _)), _) => format!("the build's own property is written `${first}$`"),
            (None, Some(near)) => format!("did you mean `%{near}%`?"),
            (None, None) => format!(
                "have the event carry it under `variables`, or read the environment with `%Environment.{name}%`"
            ),
        };
        ExpressionError { message: format!("the variable `%{name}%` is not defined"), remedy }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ci::event::{Build, Moment};

    fn event() -> BuildEvent {
        let mut event = BuildEvent::new(Moment::BuildCompleted, Build::new("77"));
        event.build.version = Some("1.2.3".into());
        event.build.branch = Some("%Approver%".into());
        event.variables.insert("Approver".into(), "Ann $Build.Id$".into());
        event.variables.insert("Project.Owner".into(), "Ben".into());
        event
    }

    fn resolved(text: &str, missing: Missing) -> Result<String, String> {
        let environment = BTreeMap::from([("HOME_DIR".to_owned(), "/h".to_owned())]);
        let event = event();
        let scope = Scope { event: Some(&event), environment: &environment, missing };
        resolve(text, &scope).map_err(|it| it.to_string())
    }

    #[test]
    fn values_replace_expressions_and_are_not_read_again() {
        for (text, value) in [
            ("v$Build.Version$-$build.ID$", "v1.2.3-77"),
            ("%approver%", "Ann $Build.Id$"),
            ("$Build.TriggeringBranch$", "%Approver%"),
            ("%Project.Owner%/%Environment.HOME_DIR%", "Ben//h"),
            ("100%% of $$5", "100% of $5"),
            ("$$Build.Id$$", "$Build.Id$"),
            ("plain", "plain"),
        ] {
            assert_eq!(resolved(text, Missing::IsAnError).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_undefined_is_an_error_that_names_the_nearest() {
        for (text, told) in [
            ("$Build.Versoin$", "did you mean `$Build.Version$`?"),
            ("$Nonsense$", "`$Build.Branch$`"),
            ("%Aprover%", "did you mean `%Approver%`?"),
            ("%Build.Version%", "`$Build.Version$`"),
            ("%Environment.HOME_DIE%", "did you mean `%Environment.HOME_DIR%`?"),
            ("$Build.Tag$", "this build-completed event does not carry it"),
            ("50% more", "write `%%`"),
            ("^v1$", "write `$$`"),
            ("5% and 6%", "write `%%`"),
        ] {
            let error = resolved(text, Missing::IsAnError).expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_condition_may_ask_for_what_the_event_lacks_and_for_nothing_unknown() {
        assert_eq!(resolved("<$Build.Tag$>", Missing::IsEmpty).as_deref(), Ok("<>"));
        resolved("$Build.Tga$", Missing::IsEmpty).expect_err("unknown");
        resolved("%Nothing%", Missing::IsEmpty).expect_err("undefined");
    }

    proptest! {
        #[test]
        fn doubled_signs_give_back_any_text(text in ".{0,40}") {
            let escaped = text.replace('$', "$$").replace('%', "%%");
            prop_assert_eq!(resolved(&escaped, Missing::IsAnError), Ok(text));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[$%A-Za-z. é]{0,30}") {
            drop(resolved(&text, Missing::IsEmpty));
        }
    }
}
