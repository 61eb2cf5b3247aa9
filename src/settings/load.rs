//! Settings, checked as a whole: [`Settings::load`] reports every problem at once.
//!
//! Expressions are only looked at for their form: they get values when an action is planned.

use std::collections::{BTreeMap, BTreeSet};

use super::connection::ConnectionSettings;
use super::environment::{password_problem, unreadable_problems, with_environment};
use super::layers::Document;
use super::schema::{part, settings_schema};
use super::{checked_connection, checks, wire};
use crate::document::{Entry, Node, Problem, Problems, Texts, Value, schema, validate};
use crate::event::expression;
use crate::model::SecretSource;

/// Settings without a mistake that shows before an event is there.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) root: Node,
    connection: ConnectionSettings,
    report: wire::Report,
}

impl Settings {
    /// Understands a document, with the environment's `OCTOPUS_…` variables beneath it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(document: &Document, environment: &BTreeMap<String, String>) -> Result<Self, Problems> {
        Self::load_where(document, environment, &BTreeSet::new())
    }

    /// The same, where some variables of the environment are not Unicode text: these are their names. One that would be
    /// taken is an error.
    ///
    /// # Errors
    /// Everything that is wrong with the document and its variables.
    pub fn load_where(
        document: &Document,
        environment: &BTreeMap<String, String>,
        not_unicode: &BTreeSet<String>,
    ) -> Result<Self, Problems> {
        let root = with_environment(&document.root, environment);
        let schema = settings_schema();
        let mut problems = validate(schema, schema, &root, "", Texts::Open(expression::is_in));
        problems.extend(password_problem(&root, environment));
        problems.extend(unreadable_problems(&document.root, environment, not_unicode));
        let connection = connection_of(&root, &mut problems);
        checks::document(&root, &mut problems);
        let (Some(connection), true) = (connection, problems.is_empty()) else {
            return Problems::or(problems, ()).and_then(|()| Err(unreadable(document)));
        };
        let report = root.get("report").map(Node::to_json).unwrap_or_default();
        let report: wire::Report = serde_json::from_value(report).unwrap_or_default();
        Ok(Self { root, connection, report })
    }

    /// How the server is reached, and for which project.
    #[must_use]
    pub fn connection(&self) -> &ConnectionSettings {
        &self.connection
    }

    /// Every environment variable and file that holds a secret, whether it is needed for an event or not.
    #[must_use]
    pub fn secret_sources(&self) -> Vec<SecretSource> {
        let mut sources = Vec::new();
        for section in ["connection", "prompted-variables", "edit-project-variables"] {
            let keys = self.root.get(section).and_then(Node::table).into_iter().flatten();
            keys.for_each(|(_, it)| secret_sources(&it.node, &mut sources));
        }
        sources
    }

    /// Whether `#{…}` from outside goes to the server as a template.
    pub(crate) fn lets_templates_through(&self) -> bool {
        self.root.get("server-templates").is_some_and(|it| it.value == Value::Bool(true))
    }

    /// The exit code of a run that passed with warnings or tolerated failures.
    #[must_use]
    pub fn warnings_exit(&self) -> u8 {
        self.report.warnings_exit
    }

    /// The file for the output values.
    #[must_use]
    pub fn outputs_file(&self) -> Option<&str> {
        self.report.outputs_file.as_deref()
    }

    /// The file for the summary.
    #[must_use]
    pub fn summary_file(&self) -> Option<&str> {
        self.report.summary_file.as_deref()
    }

    /// Whether the CI server is told which secrets to keep out of its log.
    #[must_use]
    pub fn register_secrets(&self) -> bool {
        self.report.register_secrets
    }
}

fn secret_sources(node: &Node, sources: &mut Vec<SecretSource>) {
    let text = |key| node.get(key).and_then(Node::as_text);
    match (text("env"), text("file")) {
        (Some(name), None) => sources.push(SecretSource::Variable(name.to_owned())),
        (None, Some(path)) => sources.push(SecretSource::File(path.into())),
        _ => node.table().into_iter().flatten().for_each(|(_, it)| secret_sources(&it.node, sources)),
    }
}

/// The connection, where it can be read; what is wrong with it goes to the problems, once.
fn connection_of(root: &Node, problems: &mut Vec<Problem>) -> Option<ConnectionSettings> {
    let absent = Node::new(Value::Table(BTreeMap::new()), &root.origin);
    let node = root.get("connection").unwrap_or(&absent);
    // A key that is wrong by itself was told already; the others are looked at all the same.
    let schema = settings_schema();
    let known = schema::target(schema, part(schema, "connection")).get("properties");
    let sound = |(key, entry): (&String, &Entry)| {
        let schema = known.and_then(|it| it.get(key));
        let sound = schema
            .is_some_and(|it| validate(settings_schema(), it, &entry.node, key, Texts::Final).is_empty());
        sound.then(|| (key.clone(), entry.node.to_json()))
    };
    let entries: serde_json::Map<_, _> = node.table().into_iter().flatten().filter_map(sound).collect();
    let wire = serde_json::from_value::<wire::Connection>(entries.into()).ok()?;
    checked_connection::connection(&wire, node, problems)
}

fn unreadable(document: &Document) -> Problems {
    let remedy = "compare them with schemas/settings.json";
    Problems::one(Problem::new(&document.root.origin, "the settings cannot be read", remedy))
}
