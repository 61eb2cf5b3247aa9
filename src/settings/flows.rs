//! What promotion flows need of the settings: the connections, and where promotions are recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::connection::ServerSettings;
use super::connections::{self, DEFAULT, NamedConnection};
use super::environment::{password_problem, unreadable_problems, with_environment};
use super::layers::Document;
use super::schema::settings_schema;
use super::wire;
use crate::document::{Node, Problem, Problems, Texts, validate};
use crate::event::expression;
use crate::model::{ConnectionName, SecretSource};

/// The settings of promotion flows, without problems that can be found before anything is sent.
#[derive(Debug, Clone)]
pub struct FlowSettings {
    /// The servers by the names of their connections. `default` is one of them where it is given, or where no other
    /// connection is.
    pub servers: BTreeMap<ConnectionName, ServerSettings>,
    /// Where promotions are recorded.
    pub store: StoreSettings,
    secret_sources: Vec<SecretSource>,
}

/// Where promotions are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSettings {
    /// In a file of the user's state folder.
    Default,
    /// In this file.
    Path(PathBuf),
    /// In a PostgreSQL database whose address is read from here.
    Url(SecretSource),
}

impl FlowSettings {
    /// Checks a document, with the environment's `OCTOPUS_…` variables as defaults of the connection `default`.
    /// `not_unicode` are the variables whose value is not Unicode text. No project is needed: products name theirs.
    ///
    /// # Errors
    ///
    /// All problems of the document and its variables.
    pub fn load(
        document: &Document,
        environment: &BTreeMap<String, String>,
        not_unicode: &BTreeSet<String>,
    ) -> Result<Self, Problems> {
        let root = with_environment(&document.root, environment);
        let mut problems = schema_problems(&root);
        let mut servers = connections::named(&root, &mut problems);
        if servers.is_empty() || connections::is_given(&root) {
            problems.extend(password_problem(&root, environment));
            problems.extend(unreadable_problems(&document.root, environment, not_unicode));
            let server = root.get("connection").and_then(|it| connections::own_server(it, &mut problems));
            servers.extend(server.map(|it| (DEFAULT.into(), it)));
        }
        let store = store(&root, &mut problems);
        let secret_sources = connections::secret_sources(&root);
        Problems::or(problems, Self { servers, store, secret_sources })
    }

    /// Where promotions are recorded, without anything that only a server needs.
    ///
    /// # Errors
    ///
    /// Keys and values that are invalid by themselves, and what contradicts itself about the store.
    pub fn store_of(document: &Document) -> Result<StoreSettings, Problems> {
        let mut problems = schema_problems(&document.root);
        let store = store(&document.root, &mut problems);
        Problems::or(problems, store)
    }

    /// Every environment variable and file that a document names for a secret.
    #[must_use]
    pub fn secrets_of(document: &Document) -> Vec<SecretSource> {
        connections::secret_sources(&document.root)
    }

    /// Where the connections of a document lead, without anything that is needed only to use them, such as credentials.
    ///
    /// # Errors
    ///
    /// Keys and values that are invalid by themselves.
    pub fn connections(
        document: &Document,
        environment: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<ConnectionName, NamedConnection>, Problems> {
        let root = with_environment(&document.root, environment);
        Problems::or(schema_problems(&root), connections::places(&root))
    }

    /// Every environment variable and file that holds a secret, whether it is needed or not.
    #[must_use]
    pub fn secret_sources(&self) -> &[SecretSource] {
        &self.secret_sources
    }
}

fn schema_problems(root: &Node) -> Vec<Problem> {
    let schema = settings_schema();
    validate(schema, schema, root, "", Texts::Open(expression::is_in))
}

/// Where promotions are recorded, in a document that fits the schema; its problems are added.
pub(super) fn store(root: &Node, problems: &mut Vec<Problem>) -> StoreSettings {
    let Some(node) = root.get("store") else { return StoreSettings::Default };
    let wire: wire::Store = serde_json::from_value(node.to_json()).unwrap_or_default();
    if wire.path.is_some() && wire.url.is_some() {
        let message = "the store is in a file and in a database";
        problems.push(Problem::new(&node.origin, message, "keep one of `path` and `url`"));
    }
    let url = wire.url.and_then(|it| match (it.env, it.file) {
        (Some(name), None) => Some(SecretSource::Variable(name)),
        (None, Some(path)) => Some(SecretSource::File(path.into())),
        _ => None,
    });
    match (wire.path, url) {
        (Some(path), None) => StoreSettings::Path(path.into()),
        (_, Some(source)) => StoreSettings::Url(source),
        (None, None) => StoreSettings::Default,
    }
}
