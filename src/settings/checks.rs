//! Checks beyond the schema: keys that contradict each other, or have no effect together.
//!
//! The checks run on the tree, which has the locations. A text with an expression is skipped; it is checked again when
//! it has its value.

use crate::document::{Entry, Node, Problem};

use super::section_checks::section;
use super::sections::sections;
use crate::event::condition::{self, Condition};
use crate::event::expression;

/// The sections whose texts may hold expressions.
const WITH_EXPRESSIONS: [&str; 6] =
    ["create", "deploy", "promote", "prompted-variables", "edit-project-variables", "conditions"];

/// The problems of a document that its schema does not find.
pub(super) fn document(root: &Node, problems: &mut Vec<Problem>) {
    for node in WITH_EXPRESSIONS.iter().filter_map(|it| root.get(it)) {
        expressions(node, problems);
    }
    let fields = root.get("create").and_then(|it| it.get("custom-fields"));
    names(fields, "custom field", problems);
    for (kind, node) in sections(root) {
        section(kind, node, problems);
    }
    for table in ["prompted-variables", "edit-project-variables"] {
        names(root.get(table), "variable", problems);
    }
    for group in ["all", "any"] {
        let rows = root.get("conditions").and_then(|it| it.get(group)).and_then(Node::list);
        rows.into_iter().flatten().for_each(|it| row(it, problems));
    }
}

/// Each form that cannot be an expression.
fn expressions(node: &Node, problems: &mut Vec<Problem>) {
    node.map_texts("", &mut |text, origin, _| {
        if let Err(error) = expression::check_text(text) {
            problems.push(Problem::new(origin, error.message, error.remedy));
        }
        text.clone()
    });
}

/// Names that are the same to the server.
pub(super) fn names(table: Option<&Node>, kind: &str, problems: &mut Vec<Problem>) {
    let mut seen: Vec<String> = Vec::new();
    for (name, Entry { key, .. }) in table.and_then(Node::table).into_iter().flatten() {
        let plain = name.trim().to_lowercase();
        if plain.is_empty() {
            problems.push(Problem::new(key, format!("a {kind}'s name is blank"), "write its name"));
        } else if seen.contains(&plain) {
            let message = format!("`{name}` is given twice: upper and lower case are the same to the server");
            problems.push(Problem::new(key, message, "keep one of them"));
        }
        seen.push(plain);
    }
}

fn row(node: &Node, problems: &mut Vec<Problem>) {
    let row = serde_json::from_value::<Condition>(node.to_json()).ok();
    if let Some((message, remedy)) = row.as_ref().and_then(condition::shape_problem) {
        problems.push(Problem::new(&node.origin, message, remedy));
    }
}
