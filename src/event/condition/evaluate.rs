//! Whether conditions hold for a build event.

use std::cmp::Ordering;

use regex::Regex;

use super::wire::{Comparison, Condition, Conditions, Operand, Operator};
use crate::document::{Node, Origin, Problem};
use crate::event::expression::{self, Scope};
use crate::model::ReleaseVersion;

/// What conditions come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evaluation {
    /// They hold.
    Yes,
    /// This one does not, in words with both of its values.
    No(String),
}

/// Whether the conditions hold.
///
/// # Errors
/// Each row that cannot be compared: an unknown expression, a bad pattern, a side that is no number.
pub(crate) fn evaluate(
    conditions: &Conditions,
    node: &Node,
    scope: &Scope<'_>,
) -> Result<Evaluation, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut unmet = |rows: &[Condition], key: &str| -> Vec<Option<String>> {
        let places = node.get(key).and_then(Node::list).unwrap_or_default();
        let row = |(at, row): (usize, &Condition)| {
            let origin = places.get(at).map_or(Origin::Nowhere, |it| it.origin.clone());
            row_unmet(row, key, scope).unwrap_or_else(|(message, remedy)| {
                problems.push(Problem::new(&origin, message, remedy));
                None
            })
        };
        rows.iter().enumerate().map(row).collect()
    };
    let all = unmet(&conditions.all, "all");
    let any = unmet(&conditions.any, "any");
    if !problems.is_empty() {
        return Err(problems);
    }
    if let Some(first) = all.into_iter().flatten().next() {
        return Ok(Evaluation::No(first));
    }
    let none_of_any: Option<Vec<String>> = any.into_iter().collect();
    Ok(match none_of_any {
        Some(rows) if !rows.is_empty() => Evaluation::No(format!("none of these holds: {}", rows.join("; "))),
        _ => Evaluation::Yes,
    })
}

/// A message and what to do about it.
type RowProblem = (String, String);

/// In words why the row does not hold; `None` where it does.
fn row_unmet(row: &Condition, key: &str, scope: &Scope<'_>) -> Result<Option<String>, RowProblem> {
    let resolve = |text: &str| {
        let resolved = expression::resolve(text, scope);
        resolved.map_err(|it| (it.message_for(&format!("conditions.{key}")), it.remedy))
    };
    let left = resolve(&row.left)?;
    let right = match &row.right {
        None => Vec::new(),
        Some(Operand::One(text)) if takes_several(row.op) => {
            let resolved = resolve(text)?;
            resolved.split(',').map(|it| it.trim().to_owned()).collect()
        }
        Some(Operand::One(text)) => vec![resolve(text)?],
        Some(Operand::Several(texts)) => texts.iter().map(|it| resolve(it)).collect::<Result<_, _>>()?,
    };
    let holds = holds(row.op, row.comparison, &left, &right)?;
    Ok((!holds).then(|| told(row, &left, &right)))
}

fn told(row: &Condition, left: &str, right: &[String]) -> String {
    let quoted: Vec<_> = right.iter().map(|it| format!("\"{it}\"")).collect();
    let op = name(row.op).replace('-', " ");
    format!("{} is \"{left}\", which must meet: {op} {}", row.left, quoted.join(", ")).trim_end().to_owned()
}

fn name(op: Operator) -> String {
    serde_json::to_value(op).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

fn takes_several(op: Operator) -> bool {
    matches!(op, Operator::Between | Operator::NotBetween | Operator::In | Operator::NotIn)
}

/// What is wrong with the shape of a row, whatever its values: checked when settings are read.
pub(crate) fn shape_problem(row: &Condition) -> Option<RowProblem> {
    let op = name(row.op);
    let blank = matches!(row.op, Operator::IsEmpty | Operator::IsNotEmpty);
    let text_only = matches!(
        row.op,
        Operator::Contains
            | Operator::NotContains
            | Operator::StartsWith
            | Operator::NotStartsWith
            | Operator::EndsWith
            | Operator::NotEndsWith
            | Operator::Matches
            | Operator::NotMatches
            | Operator::IsEmpty
            | Operator::IsNotEmpty
    );
    match &row.right {
        Some(_) if blank => return Some((format!("`{op}` has no right side"), "leave `right` out".into())),
        None if !blank => return Some((format!("`{op}` needs a right side"), "add `right = \"…\"`".into())),
        Some(Operand::Several(_)) if !takes_several(row.op) => {
            return Some((format!("`{op}` compares with one value"), "write `right` as one text".into()));
        }
        _ => {}
    }
    if text_only && row.comparison != Comparison::Text {
        return Some((format!("`{op}` compares text alone"), "leave `as` out".into()));
    }
    if let Some(Operand::One(text)) = &row.right {
        let literal = !expression::is_in(text);
        if literal && matches!(row.op, Operator::Matches | Operator::NotMatches) {
            return pattern(text).err();
        }
        if literal && matches!(row.op, Operator::Between | Operator::NotBetween) {
            let bounds: Vec<_> = text.split(',').map(str::to_owned).collect();
            return two(&bounds).err();
        }
    }
    match &row.right {
        Some(Operand::Several(bounds)) if matches!(row.op, Operator::Between | Operator::NotBetween) => {
            two(bounds).err()
        }
        _ => None,
    }
}

fn pattern(text: &str) -> Result<Regex, RowProblem> {
    Regex::new(text).map_err(|error| {
        let told = error.to_string();
        let cause = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        (
            format!("`{text}` is no regular expression: {cause}"),
            "correct it; a `$` in it is written `$$`".into(),
        )
    })
}

fn two(bounds: &[String]) -> Result<(&str, &str), RowProblem> {
    match bounds {
        [low, high] => Ok((low.trim(), high.trim())),
        _ => Err((
            format!("`between` has {} bounds", bounds.len()),
            "write two: `right = [\"9\", \"16\"]`".into(),
        )),
    }
}

fn holds(op: Operator, comparison: Comparison, left: &str, right: &[String]) -> Result<bool, RowProblem> {
    let first = right.first().map_or("", String::as_str);
    let order = |other: &str| compare(comparison, left, other);
    let among = || -> Result<bool, RowProblem> {
        let orders: Vec<_> = right.iter().map(|it| order(it)).collect::<Result<_, _>>()?;
        Ok(orders.contains(&Ordering::Equal))
    };
    let between = || -> Result<bool, RowProblem> {
        let (low, high) = two(right)?;
        Ok(order(low)?.is_ge() && order(high)?.is_le())
    };
    Ok(match op {
        Operator::Equals => order(first)?.is_eq(),
        Operator::NotEquals => order(first)?.is_ne(),
        Operator::Contains => left.contains(first),
        Operator::NotContains => !left.contains(first),
        Operator::StartsWith => left.starts_with(first),
        Operator::NotStartsWith => !left.starts_with(first),
        Operator::EndsWith => left.ends_with(first),
        Operator::NotEndsWith => !left.ends_with(first),
        Operator::Matches => pattern(first)?.is_match(left),
        Operator::NotMatches => !pattern(first)?.is_match(left),
        Operator::Less => order(first)?.is_lt(),
        Operator::LessOrEqual => order(first)?.is_le(),
        Operator::Greater => order(first)?.is_gt(),
        Operator::GreaterOrEqual => order(first)?.is_ge(),
        Operator::Between => between()?,
        Operator::NotBetween => !between()?,
        Operator::IsEmpty => left.trim().is_empty(),
        Operator::IsNotEmpty => !left.trim().is_empty(),
        Operator::In => among()?,
        Operator::NotIn => !among()?,
    })
}

fn compare(comparison: Comparison, left: &str, right: &str) -> Result<Ordering, RowProblem> {
    match comparison {
        Comparison::Text => Ok(left.cmp(right)),
        Comparison::Number => {
            let (left, right) = (number(left)?, number(right)?);
            left.partial_cmp(&right).ok_or_else(|| no_number("NaN"))
        }
        Comparison::Version => Ok(version(left)?.compare(&version(right)?)),
    }
}

fn number(text: &str) -> Result<f64, RowProblem> {
    text.trim().parse::<f64>().ok().filter(|it| it.is_finite()).ok_or_else(|| no_number(text))
}

fn no_number(text: &str) -> RowProblem {
    (format!("\"{text}\" is no number"), "compare `as = \"text\"` or `as = \"version\"`".into())
}

/// A version begins with a digit, perhaps behind a `v`; anything else would be ordered by accident.
fn version(text: &str) -> Result<ReleaseVersion, RowProblem> {
    let text = text.trim();
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if digits.starts_with(|it: char| it.is_ascii_digit()) {
        return Ok(ReleaseVersion::new(text));
    }
    Err((format!("\"{text}\" is no version"), "compare `as = \"text\"`".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(op: Operator, comparison: Comparison, left: &str, right: &[&str], expected: bool) {
        let right: Vec<_> = right.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(
            holds(op, comparison, left, &right),
            Ok(expected),
            "{left} {op:?} {right:?} as {comparison:?}"
        );
    }

    #[test]
    fn each_operator_and_its_opposite() {
        use Operator::*;
        for (op, opposite, left, yes, no) in [
            (Equals, NotEquals, "main", &["main"][..], &["Main"][..]),
            (Contains, NotContains, "release/1", &["ase/"], &["x"]),
            (StartsWith, NotStartsWith, "release/1", &["release/"], &["1"]),
            (EndsWith, NotEndsWith, "release/1", &["/1"], &["release"]),
            (Matches, NotMatches, "release/1", &["^release/[0-9]+$"], &["^[0-9]"]),
            (Between, NotBetween, "m", &["a", "m"], &["n", "z"]),
            (In, NotIn, "b", &["a", "b"], &["c"]),
        ] {
            check(op, Comparison::Text, left, yes, true);
            check(op, Comparison::Text, left, no, false);
            check(opposite, Comparison::Text, left, yes, false);
            check(opposite, Comparison::Text, left, no, true);
        }
        check(IsEmpty, Comparison::Text, " ", &[], true);
        check(IsEmpty, Comparison::Text, "x", &[], false);
        check(IsNotEmpty, Comparison::Text, "x", &[], true);
        check(IsNotEmpty, Comparison::Text, "", &[], false);
    }

    #[test]
    fn the_order_depends_on_what_is_compared() {
        use Comparison::{Number, Text, Version};
        use Operator::*;
        for (op, below, same, above) in [
            (Less, true, false, false),
            (LessOrEqual, true, true, false),
            (Greater, false, false, true),
            (GreaterOrEqual, false, true, true),
        ] {
            check(op, Number, "9", &["10"], below);
            check(op, Number, "10.0", &["10"], same);
            check(op, Number, "11", &["10"], above);
            check(op, Version, "1.9", &["1.10"], below);
            check(op, Version, "v1.10.0", &["1.10"], same);
            check(op, Version, "1.10", &["1.10-rc"], above);
            check(op, Text, "10", &["9"], below);
        }
        check(Between, Number, "9", &["9", "16"], true);
        check(Between, Number, "16", &["9", "16"], true);
        check(Between, Number, "17", &["9", "16"], false);
        check(In, Version, "1.0", &["2.0", "1.0.0"], true);
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let right = ["x".to_owned()];
        holds(Operator::Less, Comparison::Number, "1", &right).expect_err("no number");
        holds(Operator::Less, Comparison::Version, "1", &right).expect_err("no version");
        holds(Operator::Equals, Comparison::Number, "nan", &["nan".into()]).expect_err("no number");
        holds(Operator::Between, Comparison::Text, "1", &right).expect_err("one bound");
        holds(Operator::Matches, Comparison::Text, "1", &["(".into()]).expect_err("no pattern");
    }
}
