//! The documents of a folder: each read, its kind recognised and its keys compared with the schema.

use super::found::Found;
use super::kinds::{self, Kind};
use super::wire::{documents_schema, schema_of};
use crate::document::{
    Format, Node, Origin, Source, Texts, Value, numbers_as_texts, validate, what_can_be_read,
};
use crate::text::{choices, nearest};

/// A document of a kind that is read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) kind: Kind,
    pub(super) node: Node,
    /// Whether it fits its schema.
    pub(super) is_sound: bool,
}

/// The documents of a folder.
#[derive(Debug, Default)]
pub(super) struct Documents {
    pub(super) list: Vec<Document>,
    /// Where documents are that set policies for all flows; they are not carried out yet.
    pub(super) policies: Vec<Origin>,
    /// Whether some document could not be read or recognised, so that a name that is not found may be there.
    pub(super) is_partial: bool,
}

impl Documents {
    /// Reads the texts.
    pub(super) fn read(sources: &[Source<'_>], found: &mut Found) -> Self {
        let mut documents = Self::default();
        for source in sources {
            let (nodes, problems) = what_can_be_read(source);
            documents.is_partial |= !problems.is_empty();
            found.problems.extend(problems);
            nodes.into_iter().for_each(|it| documents.add(it, source.format, found));
        }
        documents
    }

    fn add(&mut self, node: Node, format: Format, found: &mut Found) {
        let Some((version, kind)) = tags(&node, found) else {
            self.is_partial = true;
            return;
        };
        let is = |tags: (&str, &str)| tags == (version.as_str(), kind.as_str());
        if let Some(kind) = Kind::ALL.into_iter().find(|it| is(it.tags())) {
            self.list.push(document(kind, node, format, found));
        } else if kinds::not_yet().any(is) {
            let message =
                format!("documents of kind `{kind}` ({version}) are known, and not carried out yet");
            found.note(&node.origin, message);
            if kind == kinds::POLICY {
                self.policies.push(node.origin);
            }
        } else {
            self.is_partial = true;
            unknown(&node, &version, &kind, found);
        }
    }
}

/// The version and the kind of a document.
fn tags(node: &Node, found: &mut Found) -> Option<(String, String)> {
    if node.table().is_none() {
        let message = format!("a document must be a table, and this is {}", node.value.kind());
        found.problem(&node.origin, message, "begin it with `apiVersion: promenade/v1` and a `kind`");
        return None;
    }
    let mut tag = |key: &str, known: String| match node.get(key).map(|it| (it, it.as_text())) {
        Some((_, Some(text))) if !text.trim().is_empty() => Some(text.to_owned()),
        Some((value, _)) => {
            let message = format!("`{key}` must be text that is not blank");
            found.problem(&value.origin, message, format!("write {known}"));
            None
        }
        None => {
            found.problem(&node.origin, format!("`{key}` is missing"), format!("add it: {known}"));
            None
        }
    };
    let version = tag("apiVersion", choices([kinds::OURS, kinds::CODEFRESH]));
    let kind = tag("kind", choices(["PromotionFlow", "Environment", "Product"]));
    Some((version?, kind?))
}

/// Reports a kind or a version that is not known.
fn unknown(node: &Node, version: &str, kind: &str, found: &mut Found) {
    let at = |key: &str| node.get(key).map_or(&node.origin, |it| &it.origin);
    let versions: Vec<_> = kinds::known().filter(|(_, it)| *it == kind).map(|(it, _)| it).collect();
    if versions.is_empty() {
        let remedy = match nearest(kind, kinds::known().map(|(_, it)| it)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", choices(["PromotionFlow", "Environment", "Product"])),
        };
        found.problem(at("kind"), format!("unknown kind `{kind}`"), remedy);
    } else {
        let message = format!("there is no kind `{kind}` of `{version}`");
        found.problem(at("apiVersion"), message, format!("write {}", choices(versions)));
    }
}

fn document(kind: Kind, mut node: Node, format: Format, found: &mut Found) -> Document {
    match (kind, node.get_mut("metadata")) {
        // Kubernetes leaves out what is null.
        (Kind::CodefreshPromotionFlow, _) => drop_nulls(&mut node),
        (_, Some(metadata)) => drop_nulls(metadata),
        _ => {}
    }
    let (root, schema) = (documents_schema(), schema_of(kind.schema()));
    if format == Format::Yaml {
        node = numbers_as_texts(root, schema, node);
    }
    let problems = validate(root, schema, &node, "", Texts::Final);
    let is_sound = problems.is_empty();
    found.problems.extend(problems);
    Document { kind, node, is_sound }
}

fn drop_nulls(node: &mut Node) {
    if let Value::Table(table) = &mut node.value {
        table.retain(|_, it| it.node.value != Value::Null);
        table.values_mut().for_each(|it| drop_nulls(&mut it.node));
    } else if let Value::List(items) = &mut node.value {
        items.iter_mut().for_each(drop_nulls);
    }
}
