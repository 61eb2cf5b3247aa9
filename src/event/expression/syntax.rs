//! How expressions are written: the parts of a text.

use std::fmt;

use super::error::ExpressionError;
use super::function::Function;

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
///
/// The first unpaired sign, invalid name or unknown function.
pub fn check(text: &str) -> Result<(), ExpressionError> {
    parts(text).map(drop)
}

/// A part of a text.
pub(super) enum Part<'a> {
    Text(&'a str),
    Expression(Expression<'a>),
}

/// A name between signs, and what is done with its value.
pub(super) struct Expression<'a> {
    pub(super) source: Source<'a>,
    pub(super) functions: Vec<Function>,
}

pub(super) enum Source<'a> {
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

/// The parts of a text.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, ExpressionError> {
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
    ExpressionError::new(
        format!("a `{sign}` does not begin an expression"),
        format!("write `{sign}{sign}` for the sign itself, or close the expression with another `{sign}`"),
    )
}
