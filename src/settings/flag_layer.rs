//! The layer of settings that flags and inputs stand for.

use super::flags::{Flag, FlagArgument, FlagKind, FlagValue};
use super::layers::{Document, lay_over, same_name};
use crate::document::{Entry, Node, Origin, Problem, Problems, Table, Text, Value};

impl Document {
    /// The settings that flags and inputs stand for. What they say is text: `expressions` reads expressions in it all the
    /// same.
    ///
    /// # Errors
    /// Each value that has not the form its flag needs, and each name that is given twice.
    pub fn from_flags(given: &[FlagArgument], expressions: bool) -> Result<Self, Problems> {
        let mut document = Self::empty();
        let mut problems = Vec::new();
        let mut named: Vec<(&[String], String)> = Vec::new();
        for it in given {
            match node_of(it, expressions) {
                Ok(node) => {
                    problems.extend(named_before(it, &node, &mut named));
                    let whole = it.flag.path.iter().rev().fold(node, |node, key| Node::entry(key, node));
                    lay_over(&mut document.root, Node { origin: Origin::Nowhere, ..whole });
                }
                Err(problem) => problems.push(problem),
            }
        }
        if let Value::Table(table) = &mut document.root.value
            && let Some(Entry { node, .. }) = table.get_mut("promote")
        {
            let promotion = std::mem::replace(node, Node::new(Value::List(Vec::new()), &Origin::Nowhere));
            node.value = Value::List(vec![promotion]);
        }
        Problems::or(problems, document)
    }
}

/// The names of a flag that another flag has given already. `named` holds those so far, each under the key it is for.
fn named_before<'a>(
    given: &'a FlagArgument,
    node: &Node,
    named: &mut Vec<(&'a [String], String)>,
) -> Vec<Problem> {
    if !given.flag.kind.is_map() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for name in node.table().into_iter().flat_map(Table::keys) {
        let is_known =
            |(path, other): &(&[String], String)| *path == given.flag.path && same_name(other, name);
        if named.iter().any(is_known) {
            found.push(twice(name, &given.origin));
        }
        named.push((&given.flag.path, name.clone()));
    }
    found
}

fn twice(name: &str, origin: &Origin) -> Problem {
    Problem::new(origin, format!("`{name}` is given twice"), "keep one of them")
}

fn node_of(FlagArgument { flag, value, origin }: &FlagArgument, expressions: bool) -> Result<Node, Problem> {
    let text = |it: &str| Node::new(Value::Text(Text::from_outside(it, expressions)), origin);
    let many: Vec<&str> = match value {
        FlagValue::Present => Vec::new(),
        FlagValue::One(one) => vec![one],
        FlagValue::Many(many) => many.iter().map(String::as_str).collect(),
    };
    let last = many.last().copied().unwrap_or_default();
    let map = |of: &dyn Fn(&str) -> Node| table_of(flag, &many, origin, of);
    Ok(match &flag.kind {
        FlagKind::Switch(value) => Node::new(Value::Bool(*value), origin),
        FlagKind::Integer => Node::new(Value::Number(last.to_owned()), origin),
        FlagKind::Text | FlagKind::Duration | FlagKind::Time | FlagKind::Choice(_) => text(last),
        FlagKind::List => Node::new(Value::List(many.iter().map(|it| text(it)).collect()), origin),
        FlagKind::FromEnvironment => Node::entry("env", text(last)),
        FlagKind::FromFile => Node::entry("file", text(last)),
        FlagKind::Map => map(&|it| text(it))?,
        FlagKind::MapFromEnvironment => map(&|it| Node::entry("env", text(it)))?,
        FlagKind::MapFromFile => map(&|it| Node::entry("file", text(it)))?,
    })
}

/// Names and values, each written as `NAME=VALUE`.
fn table_of(flag: &Flag, many: &[&str], origin: &Origin, of: &dyn Fn(&str) -> Node) -> Result<Node, Problem> {
    let mut table = Table::new();
    for it in many {
        let Some((name, value)) = it.split_once('=') else {
            let message = "a value has no `=`".to_owned();
            return Err(Problem::new(origin, message, format!("write `{} NAME=VALUE`", flag.name)));
        };
        let name = name.trim();
        if table.keys().any(|it| same_name(it, name)) {
            return Err(twice(name, origin));
        }
        table.insert(name.to_owned(), Entry { key: origin.clone(), node: of(value) });
    }
    Ok(Node::new(Value::Table(table), origin))
}
