//! Events of the parser into trees.

use std::sync::Arc;

use granit_parser::{Event, Marker, ScalarStyle, ScanError, Span, Tag};

use super::anchors::{Anchors, Built, MOST_VALUES, NoValue, weight_of};
use super::scalar::{self, Refusal};
use crate::document::lines::Lines;
use crate::document::problem::{Origin, Problem};
use crate::document::tree::{Entry, Node, Table, Value};

/// How many collections may be nested in one another.
pub(super) const DEEPEST: usize = 128;

/// A key whose value is still to come.
enum Key {
    /// Its text and where it was written.
    Text(String, Origin),
    /// It was refused, so its value belongs nowhere.
    Refused,
}

/// What a collection holds so far.
enum Content {
    List(Vec<Node>),
    Table(Table, Option<Key>),
}

/// A collection that is not complete.
struct Open {
    content: Content,
    origin: Origin,
    anchor: usize,
    weight: usize,
    height: usize,
}

/// Builds the documents of one file, and collects their problems.
pub(super) struct Builder<'a> {
    file: Arc<str>,
    lines: Lines<'a>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: Anchors,
    documents: Vec<Node>,
    problems: Vec<Problem>,
    is_over: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, file: &Arc<str>) -> Self {
        Self {
            file: Arc::clone(file),
            lines: Lines::of(text, file),
            open: Vec::new(),
            root: None,
            anchors: Anchors::new(),
            documents: Vec::new(),
            problems: Vec::new(),
            is_over: false,
        }
    }

    /// Whether a limit was reached; then nothing more is read.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// How many problems were found so far.
    pub(super) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// The documents and their problems.
    pub(super) fn end(self) -> (Vec<Node>, Vec<Problem>) {
        (self.documents, self.problems)
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => self.begin_document(),
            Event::DocumentEnd => self.documents.extend(self.root.take()),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Content::List(Vec::new()), "seq", anchor, tag.as_deref(), span);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Content::Table(Table::new(), None), "map", anchor, tag.as_deref(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("there is no anchor `&{}` above", shortened(&name));
                self.refuse(&self.at(&span.start), message, "correct the name, or write the value");
                self.put(Built::leaf(Node::new(Value::Null, &self.at(&span.start))), None);
            }
            _ => {}
        }
    }

    /// Takes an error of syntax, which ends its document.
    pub(super) fn syntax(&mut self, error: &ScanError) {
        self.begin_document();
        let origin = self.at(error.marker());
        match error.kind() {
            granit_parser::ErrorKind::RecursionLimitExceeded => self.too_deep(&origin),
            kind => self.refuse(&origin, format!("this is not YAML: {kind}"), "correct the syntax here"),
        }
    }

    fn begin_document(&mut self) {
        self.open.clear();
        self.root = None;
        self.anchors.clear();
    }

    fn at(&self, marker: &Marker) -> Origin {
        let by_count = || Origin::File {
            file: Arc::clone(&self.file),
            line: marker.line().max(1),
            column: marker.col() + 1,
        };
        marker.byte_offset().map_or_else(by_count, |it| self.lines.origin(it))
    }

    fn refuse(&mut self, origin: &Origin, message: impl Into<String>, remedy: &str) {
        self.problems.push(Problem::new(origin, message, remedy));
    }

    fn too_deep(&mut self, origin: &Origin) {
        let message = format!("values are nested more than {DEEPEST} levels deep here");
        self.refuse(origin, message, "nest them less");
        self.is_over = true;
    }

    fn too_large(&mut self, origin: &Origin) {
        let message = format!("the file comes to more than {MOST_VALUES} values, aliases included");
        self.refuse(origin, message, "write less into one file");
        self.is_over = true;
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, span: Span) {
        let origin = self.at(&span.start);
        // The parser gives a value that was left out as `~`.
        let is_unwritten = style == ScalarStyle::Plain && span.start == span.end;
        let text = if is_unwritten { "" } else { text };
        if is_unwritten && tag.is_none() && anchor == 0 && self.open.is_empty() {
            return;
        }
        if style == ScalarStyle::Plain && tag.is_none() && text == "<<" && self.expects_key() {
            self.refuse(&origin, "merge keys (`<<`) are not supported", "write the keys out");
            return self.set_key(Key::Refused);
        }
        let value = scalar::value(text, style, tag).unwrap_or_else(|refusal| self.refused(&origin, refusal));
        self.put(Built::leaf(Node::new(value, &origin)), Some(anchor));
    }

    fn refused(&mut self, origin: &Origin, (message, remedy): Refusal) -> Value {
        self.refuse(origin, message, remedy);
        Value::Null
    }

    fn begin(&mut self, content: Content, own_tag: &str, anchor: usize, tag: Option<&Tag>, span: Span) {
        let origin = self.at(&span.start);
        if self.open.len() >= DEEPEST {
            return self.too_deep(&origin);
        }
        if let Err((message, remedy)) = scalar::check_collection(tag, own_tag) {
            self.refuse(&origin, message, remedy);
        }
        self.anchors.begin(anchor);
        self.open.push(Open { content, origin, anchor, weight: 1, height: 1 });
    }

    fn close(&mut self) {
        let Some(Open { content, origin, anchor, weight, height }) = self.open.pop() else { return };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Table(table, _) => Value::Table(table),
        };
        self.put(Built { node: Node { value, origin }, weight, height }, Some(anchor));
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let origin = self.at(&span.start);
        if self.expects_key() {
            self.refuse(&origin, "a key cannot be an alias", "write its text");
            return self.set_key(Key::Refused);
        }
        match self.anchors.copy(anchor, DEEPEST - self.open.len().min(DEEPEST)) {
            Ok(mut built) => {
                built.node.origin = origin;
                // The copy has been counted.
                self.put(built, None);
            }
            Err(NoValue::TooLarge) => self.too_large(&origin),
            Err(NoValue::ContainsItself) => {
                self.refuse(&origin, "the value of this alias contains the alias itself", "write the value");
                self.put(Built::leaf(Node::new(Value::Null, &origin)), None);
            }
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Table(_, None), .. }))
    }

    fn set_key(&mut self, key: Key) {
        if let Some(Open { content: Content::Table(_, pending), .. }) = self.open.last_mut() {
            *pending = Some(key);
        }
    }

    /// Puts a complete value where it belongs. `anchor` is that of a value that is new, and so is still to be counted.
    fn put(&mut self, built: Built, anchor: Option<usize>) {
        if let Some(anchor) = anchor {
            // What is in a collection has been counted before.
            let own =
                if matches!(built.node.value, Value::List(_) | Value::Table(_)) { 1 } else { built.weight };
            if !self.anchors.spend(own) || !self.anchors.keep(anchor, &built) {
                return self.too_large(&built.node.origin);
            }
        }
        if self.expects_key() {
            let key = self.key(built.node);
            return self.set_key(key);
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built.node);
            return;
        };
        open.weight += built.weight;
        open.height = open.height.max(built.height + 1);
        match &mut open.content {
            Content::List(items) => items.push(built.node),
            Content::Table(table, key) => {
                if let Some(Key::Text(key, origin)) = key.take() {
                    open.weight += weight_of(key.len());
                    let twice = insert(table, key, Entry { key: origin, node: built.node });
                    self.problems.extend(twice);
                }
            }
        }
    }

    /// A value as the key of a table.
    fn key(&mut self, node: Node) -> Key {
        match node.value {
            Value::Text(text) => Key::Text(text.as_str().to_owned(), node.origin),
            value => {
                let remedy = match value {
                    Value::List(_) | Value::Table(_) => "write a text before the `:`",
                    _ => "write it in quotes",
                };
                self.refuse(
                    &node.origin,
                    format!("a key must be text, and this is {}", value.kind()),
                    remedy,
                );
                Key::Refused
            }
        }
    }
}

/// Adds an entry; a problem where its key is there already. Readers of YAML do not agree on which of them holds.
fn insert(table: &mut Table, key: String, entry: Entry) -> Option<Problem> {
    match table.get(&key) {
        None => {
            table.insert(key, entry);
            None
        }
        Some(first) => {
            let place = match &first.key {
                Origin::File { line, column, .. } => format!(" first in line {line}, column {column}"),
                _ => String::new(),
            };
            let message = format!("this key is given twice,{place}");
            Some(Problem::new(&entry.key, message.trim_end_matches(','), "keep one of them"))
        }
    }
}

/// Enough of a name to recognise it.
fn shortened(name: &str) -> String {
    name.chars().take(60).map(|it| if it.is_control() { '�' } else { it }).collect()
}
