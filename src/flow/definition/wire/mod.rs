//! The documents as types: the single source of their schema and of the tables in the documentation.
//!
//! The comment of each field is the help text that people read in all of these places.

mod environment;
mod flow;
mod metadata;
mod product;

use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value as Json;

use super::kinds;
use crate::document::schema;

pub(crate) use environment::{Deploy, EnvironmentDocument, Guided, Person};
pub(crate) use flow::{
    CodefreshPromotionFlowDocument, FlowHooks, FlowStep, PromotionFlowDocument, StepActionName,
};
pub(crate) use product::{OctopusProject, ProductDocument};

/// A document of a promotions folder: a promotion flow, an environment or a product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "promenade promotions")]
#[expect(
    dead_code,
    reason = "only its schema is used: which kind a document is says its apiVersion and kind"
)]
pub(crate) enum Document {
    /// A promotion flow as Codefresh writes it.
    CodefreshPromotionFlow(CodefreshPromotionFlowDocument),
    /// A promotion flow.
    PromotionFlow(PromotionFlowDocument),
    /// An environment.
    Environment(EnvironmentDocument),
    /// A product.
    Product(ProductDocument),
    /// A document of a kind that is known and not carried out yet. Its contents are not checked.
    NotYet(NotYet),
}

/// A document of a kind that is known and not carried out yet.
#[derive(Debug, Deserialize)]
pub(crate) struct NotYet {}

impl JsonSchema for NotYet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NotCarriedOutYet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pairs = kinds::not_yet().map(|(version, kind)| {
            serde_json::json!({ "properties": { "apiVersion": { "const": version }, "kind": { "const": kind } } })
        });
        let pairs: Vec<Json> = pairs.collect();
        json_schema!({
            "description": "A document of a kind that is known and not carried out yet. Its contents are not checked.",
            "type": "object", "required": ["apiVersion", "kind"], "oneOf": pairs
        })
    }
}

/// The schema of all documents, made once.
pub(crate) fn documents_schema() -> &'static Json {
    static SCHEMA: LazyLock<Json> = LazyLock::new(schema::of_yaml::<Document>);
    &SCHEMA
}

/// The schema of one kind of document, by the name of its type.
pub(crate) fn schema_of(name: &str) -> &'static Json {
    documents_schema().get("$defs").and_then(|it| it.get(name)).unwrap_or(&Json::Null)
}
