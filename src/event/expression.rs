//! Expressions in a setting's text: `$Build.Version$`, `%Variable%`, `%Environment.NAME%`, and functions of their
//! values: `$Build.Branch | Replace "[^0-9A-Za-z]+" "-"$`.
//!
//! `$$` and `%%` stand for the signs themselves. What an expression gives is not read again, so a branch or a
//! variable that holds `%…%` by chance or by malice stays text. None gives a secret of the run away.

use std::collections::BTreeMap;
use std::fmt;

use regex::{NoExpand, Regex};

use super::build_event::BuildEvent;
use crate::document::{self, Node, Text};
use crate::text::{choices, nearest};

/// What expressions can see.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The build event; without one no property of a build has a value.
    pub event: Option<&'a BuildEvent>,
    /// The process's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What a known property gives that this event does not have.
    pub missing: Missing,
    /// Which texts hold a secret of this run, and which variables cannot be read.
    pub run: &'a dyn RunContext,
}

/// What expressions ask of the run, besides its event and its environment.
pub trait RunContext {
    /// The text with every secret of this run masked: another text where it holds one, and only there.
    fn redacted(&self, text: &str) -> String;

    /// Whether an environment variable of this name is set and is not Unicode text.
    fn is_unreadable(&self, variable: &str) -> bool;
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
    /// What is wrong. It never quotes a value.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether the value is what is wrong, so that the key has to be named in its place.
    is_secret: bool,
}

impl ExpressionError {
    fn new(message: String, remedy: String) -> Self {
        Self { message, remedy, is_secret: false }
    }

    /// The message for the text under this key.
    pub(crate) fn message_for(&self, key: &str) -> String {
        if self.is_secret { format!("{key}: {}", self.message) } else { self.message.clone() }
    }
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
    parts(text).is_ok_and(|it| it.iter().any(|it| matches!(it, Part::Expression(_))))
}

/// Checks that the expressions of a text are well-formed, without their values.
///
/// # Errors
/// The first sign that stands alone, name that cannot be one, or function that is not known.
pub fn check(text: &str) -> Result<(), ExpressionError> {
    parts(text).map(drop)
}

/// The text with all expressions replaced by their values.
///
/// # Errors
/// The first expression that is malformed, unknown, without a value, or that would yield a secret of this run.
pub fn resolve(text: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    let pieces = resolve_pieces(text, scope)?;
    Ok(pieces.into_iter().map(|it| it.text).collect())
}

/// Whether a text of a tree holds an expression or an escaped sign, so that its value is another text.
pub(crate) fn is_open(node: &Node) -> bool {
    matches!(&node.value, document::Value::Text(text) if text.has_expressions() && is_in(text.as_str()))
}

/// Checks that the expressions of a text of a tree are well-formed.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_text(text: &Text) -> Result<(), ExpressionError> {
    if text.has_expressions() { check(text.as_str()) } else { Ok(()) }
}

/// A text of a tree with the values of its expressions, which came from outside.
///
/// # Errors
/// As [`resolve`].
pub(crate) fn resolve_text(text: &Text, scope: &Scope<'_>) -> Result<Text, ExpressionError> {
    if !text.has_expressions() {
        return Ok(text.clone());
    }
    let pieces = resolve_pieces(text.as_str(), scope)?;
    let is_outside = |it: &Piece| it.is_value || text.is_from_outside();
    Ok(Text::of_pieces(pieces.iter().map(|it| (it.text.as_str(), is_outside(it)))))
}

/// A piece of a text whose expressions have got their values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// The text.
    text: String,
    /// Whether it is the value of an expression, rather than what was written beside it.
    is_value: bool,
}

/// The pieces of a text, with the values of its expressions.
///
/// # Errors
/// As [`resolve`].
fn resolve_pieces(text: &str, scope: &Scope<'_>) -> Result<Vec<Piece>, ExpressionError> {
    let piece = |part: Part<'_>| {
        Ok(match part {
            Part::Text(text) => Piece { text: text.to_owned(), is_value: false },
            Part::Expression(it) => Piece { text: it.value(scope)?, is_value: true },
        })
    };
    parts(text)?.into_iter().map(piece).collect()
}

/// A part of a text.
enum Part<'a> {
    Text(&'a str),
    Expression(Expression<'a>),
}

/// A name between signs, and what is done with its value.
struct Expression<'a> {
    source: Source<'a>,
    functions: Vec<Function>,
}

enum Source<'a> {
    Property(&'a str),
    Variable(&'a str),
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(name) => write!(f, "`${name}$`"),
            Self::Variable(name) => write!(f, "`%{name}%`"),
        }
    }
}

type Value = Result<String, ExpressionError>;

impl Expression<'_> {
    fn value(&self, scope: &Scope<'_>) -> Value {
        let value = match self.source {
            Source::Property(name) => property(name, scope),
            Source::Variable(name) => variable(name, scope),
        }?;
        // Before the functions, which could change a secret beyond recognition.
        if scope.run.redacted(&value) != value {
            return Err(ExpressionError {
                is_secret: true,
                message: format!("{} holds a secret of this run", self.source),
                remedy: "a secret goes into `prompted-variables` or `edit-project-variables` alone, there named by \
                         `{ env = \"NAME\" }` or `{ file = \"path\" }`"
                    .to_owned(),
            });
        }
        let whole = self.functions.iter().fold(value.clone(), |value, function| function.of(value));
        if whole.trim().is_empty() && !value.trim().is_empty() && scope.missing == Missing::IsAnError {
            return Err(ExpressionError {
                is_secret: false,
                message: format!("the functions leave nothing of {}", self.source),
                remedy: "let them replace less".to_owned(),
            });
        }
        Ok(whole)
    }
}

/// What can be done with a value, by the names that Octopus's own filters have.
enum Function {
    /// Replaces every match of a regular expression by a text.
    Replace(Regex, String),
    ToLower,
    ToUpper,
    Trim,
}

const FUNCTIONS: [&str; 4] = ["Replace", "ToLower", "ToUpper", "Trim"];

impl Function {
    fn of(&self, value: String) -> String {
        match self {
            Self::Replace(pattern, with) => pattern.replace_all(&value, NoExpand(with)).into_owned(),
            Self::ToLower => value.to_lowercase(),
            Self::ToUpper => value.to_uppercase(),
            Self::Trim => value.trim().to_owned(),
        }
    }

    /// Reads a function and its arguments, each in double quotes.
    fn read(text: &str) -> Result<Self, ExpressionError> {
        let error = ExpressionError::new;
        let text = text.trim();
        let end = text.find(|it: char| it.is_whitespace() || it == '"').unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let known = FUNCTIONS.iter().find(|it| it.eq_ignore_ascii_case(name)).copied();
        let Some(known) = known else {
            return Err(error(
                format!("there is no function `{name}`"),
                match nearest(name, FUNCTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", choices(FUNCTIONS)),
                },
            ));
        };
        let form = match known {
            "Replace" => "Replace \"pattern\" \"text\"",
            other => other,
        };
        let wrong =
            || error(format!("`{known}` does not have the arguments it needs"), format!("write `{form}`"));
        let mut arguments = Vec::new();
        while !rest.trim_start().is_empty() {
            let quoted = rest.trim_start().strip_prefix('"').and_then(|it| it.split_once('"'));
            let (argument, after) = quoted.ok_or_else(wrong)?;
            arguments.push(argument);
            rest = after;
        }
        match (known, arguments.as_slice()) {
            ("Replace", [pattern, with]) => {
                let pattern = Regex::new(pattern).map_err(|cause| {
                    let told = cause.to_string();
                    let cause =
                        told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    error(format!("`{pattern}` is no regular expression: {cause}"), "correct it".to_owned())
                })?;
                Ok(Self::Replace(pattern, (*with).to_owned()))
            }
            ("ToLower", []) => Ok(Self::ToLower),
            ("ToUpper", []) => Ok(Self::ToUpper),
            ("Trim", []) => Ok(Self::Trim),
            _ => Err(wrong()),
        }
    }
}

/// The parts of a text.
fn parts(text: &str) -> Result<Vec<Part<'_>>, ExpressionError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '%']) {
        let (before, from_sign) = rest.split_at(at);
        let (sign, inner) = from_sign.split_at(1);
        parts.push(Part::Text(before));
        let end = end_of(inner, sign).ok_or_else(|| alone(sign))?;
        let (body, after) = inner.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        if body.is_empty() {
            parts.push(Part::Text(sign));
            continue;
        }
        let mut pieces = between_bars(body).into_iter();
        let name = pieces.next().unwrap_or_default();
        let functions: Vec<_> = pieces.collect();
        let name = if functions.is_empty() { name } else { name.trim_end() };
        if !is_name(name) {
            return Err(alone(sign));
        }
        let source = if sign == "$" { Source::Property(name) } else { Source::Variable(name) };
        let functions = functions.into_iter().map(Function::read).collect::<Result<_, _>>()?;
        parts.push(Part::Expression(Expression { source, functions }));
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Where the sign stands that closes an expression; in the quotes of a function's argument it closes none.
fn end_of(inner: &str, sign: &str) -> Option<usize> {
    let (mut has_functions, mut is_quoted) = (false, false);
    inner.char_indices().find_map(|(at, it)| {
        match it {
            '|' => has_functions = true,
            '"' if has_functions => is_quoted = !is_quoted,
            _ if !is_quoted && sign.starts_with(it) => return Some(at),
            _ => {}
        }
        None
    })
}

/// The parts between bars, those within quotes aside.
fn between_bars(body: &str) -> Vec<&str> {
    let mut is_quoted = false;
    body.split(|it: char| {
        is_quoted ^= it == '"';
        it == '|' && !is_quoted
    })
    .collect()
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|it: char| it.is_alphabetic() || it == '_');
    starts && !text.ends_with(' ') && text.chars().all(|it| it.is_alphanumeric() || " _.-()".contains(it))
}

fn alone(sign: &str) -> ExpressionError {
    ExpressionError {
        is_secret: false,
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
    ("Build.RefName", &[]),
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
            is_secret: false,
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
            is_secret: false,
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
        // What was built: some servers call the branch of a tag's build as the tag is called, others name none.
        "Build.RefName" => {
            let names = [&build.tag, &build.branch];
            names.into_iter().flatten().find(|it| !it.trim().is_empty()).cloned()
        }
        "Build.PullRequest" => build.pull_request.clone(),
        "Build.Commit" => build.commit.clone(),
        "Build.StartedBy" => build.started_by.clone(),
        "Build.StartedAt" => build.started_at.map(|it| it.to_string()),
        "Build.Stage" => event.stage.clone(),
        "Build.Status" => event.status.map(|it| it.name().to_owned()),
        "Build.Event" => Some(event.moment.name().to_owned()),
        _ => None,
    };
    text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}

const ENVIRONMENT: &str = "environment.";

fn variable(name: &str, scope: &Scope<'_>) -> Value {
    if let Some(own) = name.get(..ENVIRONMENT.len()).filter(|it| it.eq_ignore_ascii_case(ENVIRONMENT)) {
        let key = name.get(own.len()..).unwrap_or_default();
        if scope.run.is_unreadable(key) {
            return Err(ExpressionError {
                is_secret: false,
                message: format!(
                    "`%{name}%` has no value: the environment variable `{key}` is not Unicode text"
                ),
                remedy: "set it anew".to_owned(),
            });
        }
        return scope.environment.get(key).cloned().ok_or_else(|| ExpressionError {
            is_secret: false,
            message: format!("`%{name}%` has no value: the environment has no variable `{key}`"),
            remedy: match nearest(key, scope.environment.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `%Environment.{near}%`?"),
                None => "set it for this process".to_owned(),
            },
        });
    }
    let none = BTreeMap::new();
    let variables = scope.event.map_or(&none, |it| &it.variables);
    let alike: Vec<_> = variables.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).collect();
    let value = match (variables.get(name), alike.as_slice()) {
        (Some(exact), _) => Some(exact),
        (None, [(_, one)]) => Some(*one),
        (None, []) => None,
        (None, several) => {
            let names: Vec<_> = several.iter().map(|(key, _)| format!("`%{key}%`")).collect();
            return Err(ExpressionError::new(
                format!("`%{name}%` can mean several variables: {}", names.join(", ")),
                "write the name as the one that is meant is written".to_owned(),
            ));
        }
    };
    value.cloned().ok_or_else(|| {
        let property = PROPERTIES.iter().find(|(first, _)| first.eq_ignore_ascii_case(name));
        let remedy = match (property, nearest(name, variables.keys().map(String::as_str))) {
            (Some((first, _)), _) => format!("the build's own property is written `${first}$`"),
            (None, Some(near)) => format!("did you mean `%{near}%`?"),
            (None, None) => format!(
                "have the event carry it under `variables`, or read the environment with `%Environment.{name}%`"
            ),
        };
        ExpressionError::new(format!("the variable `%{name}%` is not defined"), remedy)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::{Build, Moment};

    /// A run whose one secret is `hunter2`.
    struct Fake;

    impl RunContext for Fake {
        fn redacted(&self, text: &str) -> String {
            text.replace("hunter2", "***")
        }

        fn is_unreadable(&self, variable: &str) -> bool {
            variable == "LATIN"
        }
    }

    fn event() -> BuildEvent {
        let mut event = BuildEvent::new(Moment::BuildCompleted, Build::new("77"));
        event.build.version = Some("1.2.3".into());
        event.build.branch = Some("%Approver%".into());
        event.variables.insert("Approver".into(), "Ann $Build.Id$".into());
        event.variables.insert("Project.Owner".into(), "Ben".into());
        event.variables.insert("Feature".into(), " feature/ABC_123 Ünïque|x ".into());
        event
    }

    fn resolved(text: &str, missing: Missing) -> Result<String, String> {
        let environment = [("HOME_DIR", "/h"), ("TOKEN", "hunter2"), ("URL", "http://ann:hunter2@x")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let event = event();
        let scope = Scope { event: Some(&event), environment: &environment, missing, run: &Fake };
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
    fn functions_change_values() {
        for (text, value) in [
            ("1.0.0-$Build.Branch | Replace \"[^0-9A-Za-z]+\" \"-\"$", "1.0.0--Approver-"),
            ("%Feature | Trim | tolower%", "feature/abc_123 ünïque|x"),
            (
                "%Feature|Replace \"^ feature/\" \"\"|Replace\"[^0-9A-Za-z]+$\" \"\" | ToUpper%!",
                "ABC_123 ÜNÏQUE|X!",
            ),
            ("%Feature | Trim | Replace \"[%$|]\" \"$0\"%", "feature/ABC_123 Ünïque$0x"),
            ("<$Build.RefName | ToUpper$>", "<%APPROVER%>"),
        ] {
            assert_eq!(resolved(text, Missing::IsAnError).as_deref(), Ok(value), "{text}");
        }
        assert_eq!(resolved("<$Build.Tag | Trim$>", Missing::IsEmpty).as_deref(), Ok("<>"));
        for (text, told) in [
            ("$Build.Id | ToLowr$", "did you mean `ToLower`?"),
            ("$Build.Id | $", "known are `Replace`, `ToLower`, `ToUpper` or `Trim`"),
            ("$Build.Id | Trim \"x\"$", "write `Trim`"),
            ("$Build.Id | Replace \"a\"$", "write `Replace \"pattern\" \"text\"`"),
            ("$Build.Id | Replace \"(\" \"\"$", "is no regular expression: unclosed group"),
            ("$Build.Id | Replace \"a\" \"b$", "begins no expression"),
            ("$Build.Id | Replace \".*\" \"\"$", "the functions leave nothing of `$Build.Id$`"),
            ("costs 5$ | 6$", "write `$$`"),
        ] {
            let error = resolved(text, Missing::IsAnError).expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_branch_or_a_tag_is_one_expression() {
        let named = |branch: Option<&str>, tag: Option<&str>| {
            let mut event = event();
            (event.build.branch, event.build.tag) = (branch.map(str::to_owned), tag.map(str::to_owned));
            let environment = BTreeMap::new();
            let scope = Scope {
                event: Some(&event),
                environment: &environment,
                missing: Missing::IsAnError,
                run: &Fake,
            };
            resolve("$Build.RefName$", &scope).ok()
        };
        assert_eq!(named(Some("main"), None).as_deref(), Some("main"));
        assert_eq!(named(None, Some("v1")).as_deref(), Some("v1"));
        assert_eq!(named(Some("v1-branch"), Some("v1\r")).as_deref(), Some("v1"));
        assert_eq!(named(Some("main"), Some(" ")).as_deref(), Some("main"));
        assert_eq!(named(None, None), None);
    }

    #[test]
    fn no_expression_gives_a_secret_away() {
        for text in [
            "%Environment.TOKEN%",
            "x %Environment.URL% y",
            "%Environment.TOKEN | Replace \"2\" \"\"%",
            "%Environment.TOKEN | ToUpper%",
        ] {
            for missing in [Missing::IsAnError, Missing::IsEmpty] {
                let error = resolved(text, missing).expect_err(text);
                assert!(error.contains("holds a secret of this run") && !error.contains("hunter"), "{error}");
            }
        }
    }

    #[test]
    fn a_variable_that_is_no_text_is_not_taken_for_none() {
        let error = resolved("%Environment.LATIN%", Missing::IsAnError).expect_err("unreadable");
        assert!(error.contains("is not Unicode text"), "{error}");
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
    fn two_variables_that_differ_in_case_alone_are_told_apart_or_are_an_error_that_names_both() {
        let environment = BTreeMap::new();
        let mut event = event();
        event.variables.insert("TARGET".into(), "Production".into());
        event.variables.insert("target".into(), "Test".into());
        let scope =
            Scope { event: Some(&event), environment: &environment, missing: Missing::IsEmpty, run: &Fake };
        assert_eq!(resolve("%TARGET%/%target%", &scope).ok().as_deref(), Some("Production/Test"));
        let error = resolve("%Target%", &scope).expect_err("ambiguous").to_string();
        assert!(error.contains("`%TARGET%`, `%target%`"), "{error}");
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
        fn no_text_makes_it_panic(text in "[$%A-Za-z. é|\"]{0,30}") {
            drop(resolved(&text, Missing::IsEmpty));
        }

        #[test]
        fn what_is_replaced_is_gone_and_nothing_else(branch in "[0-9A-Za-z/_.#é -]{1,30}") {
            let mut event = event();
            event.build.branch = Some(branch.clone());
            let environment = BTreeMap::new();
            let scope =
                Scope { event: Some(&event), environment: &environment, missing: Missing::IsEmpty, run: &Fake };
            let made = resolve("$Build.Branch | Replace \"[^0-9A-Za-z]\" \"-\"$", &scope).expect("a value");
            let expected: String =
                branch.trim().chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
            prop_assert_eq!(made, expected);
        }
    }
}
