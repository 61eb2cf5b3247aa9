//! Settings, checked as a whole: [`Settings::load`] reports every problem at once.
//!
//! Expressions are only looked at for their form: they get values when an action is planned.

use std::collections::{BTreeMap, BTreeSet};

use super::connection::ConnectionSettings;
use super::environment::{password_problem, unreadable_problems, with_environment};
use super::layers::Document;
use super::schema::settings_schema;
use super::{checks, connections, flows, wire};
use crate::document::{Node, Problem, Problems, Texts, Value, validate};
use crate::event::expression;
use crate::model::SecretSource;

/// Settings without problems that can be found before there is an event.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) root: Node,
    connection: ConnectionSettings,
    report: wire::Report,
}

impl Settings {
    /// Checks a document, with the environment's `OCTOPUS_…` variables as defaults.
    ///
    /// # Errors
    ///
    /// All problems.
    pub fn load(document: &Document, environment: &BTreeMap<String, String>) -> Result<Self, Problems> {
        Self::load_where(document, environment, &BTreeSet::new())
    }

    /// Does the same if some variables of the environment, named here, are not Unicode text. One that would be used is
    /// an error.
    ///
    /// # Errors
    ///
    /// All problems of the document and its variables.
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
        let connection = connections::own(&root, &mut problems);
        connections::named(&root, &mut problems);
        flows::store(&root, &mut problems);
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
        connections::secret_sources(&self.root)
    }

    /// Whether `#{…}` from outside is sent to the server as a template.
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

fn unreadable(document: &Document) -> Problems {
    let remedy = "compare them with schemas/settings.json";
    Problems::one(Problem::new(&document.root.origin, "the settings cannot be read", remedy))
}
