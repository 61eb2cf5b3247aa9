//! Expressions replaced by their values.

use super::error::ExpressionError;
use super::property::property;
use super::scope::{Missing, Scope};
use super::syntax::{Expression, Part, Source, check, is_in, parts};
use super::variable::variable;
use crate::document::{self, Node, Text};

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
    /// Whether it is the value of an expression, as opposed to literal text.
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
            Part::Expression(it) => Piece { text: value(&it, scope)?, is_value: true },
        })
    };
    parts(text)?.into_iter().map(piece).collect()
}

/// The value of an expression, after its functions.
fn value(expression: &Expression<'_>, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    let value = match expression.source {
        Source::Property(name) => property(name, scope),
        Source::Variable(name) => variable(name, scope),
    }?;
    // Before the functions, which could change a secret beyond recognition.
    if scope.run.redacted(&value) != value {
        return Err(ExpressionError {
            is_secret: true,
            message: format!("{} holds a secret of this run", expression.source),
            remedy:
                "a secret goes only into `prompted-variables` or `edit-project-variables`, there named by \
                         `{ env = \"NAME\" }` or `{ file = \"path\" }`"
                    .to_owned(),
        });
    }
    let whole = expression.functions.iter().fold(value.clone(), |value, function| function.of(value));
    if whole.trim().is_empty() && !value.trim().is_empty() && scope.missing == Missing::IsAnError {
        return Err(ExpressionError::new(
            format!("the functions leave nothing of {}", expression.source),
            "let them replace less".to_owned(),
        ));
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::collections::BTreeMap;

    use super::*;
    use crate::event::expression::RunContext;
    use crate::event::{Build, BuildEvent, Moment};

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
        for (text, words) in [
            ("$Build.Id | ToLowr$", "did you mean `ToLower`?"),
            ("$Build.Id | $", "known are `Replace`, `ToLower`, `ToUpper` or `Trim`"),
            ("$Build.Id | Trim \"x\"$", "write `Trim`"),
            ("$Build.Id | Replace \"a\"$", "write `Replace \"pattern\" \"text\"`"),
            ("$Build.Id | Replace \"(\" \"\"$", "is not a valid regular expression: unclosed group"),
            ("$Build.Id | Replace \"a\" \"b$", "does not begin an expression"),
            ("$Build.Id | Replace \".*\" \"\"$", "the functions leave nothing of `$Build.Id$`"),
            ("costs 5$ | 6$", "write `$$`"),
        ] {
            let error = resolved(text, Missing::IsAnError).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
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
        for (text, words) in [
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
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn two_variables_that_differ_in_case_alone_are_reported_apart_or_are_an_error_that_names_both() {
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
