//! A text of a document, and where it was written.

use crate::document::{Node, Origin};

/// A text that is not blank, without white space around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) text: &'a str,
    pub(super) origin: &'a Origin,
}

impl<'a> Spot<'a> {
    /// The text of a value; `None` for one that is missing, blank or no text, which the schema reports.
    pub(super) fn of(node: Option<&'a Node>) -> Option<Self> {
        let node = node?;
        let text = node.as_text()?.trim();
        (!text.is_empty()).then_some(Self { text, origin: &node.origin })
    }

    /// The texts of a list.
    pub(super) fn all(node: Option<&'a Node>) -> Vec<Self> {
        let items = node.and_then(Node::list).into_iter().flatten();
        items.filter_map(|it| Self::of(Some(it))).collect()
    }

    /// The text as servers compare it, which ignore case.
    pub(super) fn key(&self) -> String {
        self.text.to_lowercase()
    }
}

/// A location for a sentence, such as `flows.yaml:3:9`.
pub(super) fn place(origin: &Origin) -> String {
    match origin {
        Origin::File { file, line, column } => format!("{file}:{line}:{column}"),
        Origin::Flag(name) | Origin::Variable(name) => name.clone(),
        Origin::Nowhere => "another document".to_owned(),
    }
}
