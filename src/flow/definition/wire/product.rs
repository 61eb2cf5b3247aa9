//! Products.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::metadata::Metadata;

/// A product: applications that are promoted together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductDocument {
    /// `promenade/v1`
    #[schemars(extend("const" = "promenade/v1"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) api_version: String,
    /// `Product`
    #[schemars(extend("const" = "Product"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) kind: String,
    /// The name of the product.
    pub(crate) metadata: Metadata,
    /// The applications, and the flows that they take.
    pub(crate) spec: ProductSpec,
    /// What a cluster reports of the document; it is not checked.
    #[serde(default)]
    #[expect(dead_code, reason = "it says nothing about what is wanted")]
    pub(crate) status: Option<Json>,
}

/// The applications of a product, and the flows that they take.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductSpec {
    /// The flows that the product's releases may take, by name. Default: none; then it is promoted by hand alone.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub(crate) flows: Vec<String>,
    /// The applications.
    #[schemars(length(min = 1))]
    pub(crate) applications: Vec<ProductApplication>,
}

/// An application of a product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductApplication {
    /// The name of the application, unique in the product.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// What it is on Octopus Deploy.
    #[serde(default)]
    pub(crate) octopus: Option<OctopusProject>,
}

/// A project of an Octopus server; which server and space is said by the environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OctopusProject {
    /// The project by id, slug or name.
    #[schemars(length(min = 1))]
    pub(crate) project: String,
    /// The channel that a release must be of, by id, name or slug. Default: any.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) channel: Option<String>,
    /// Tenants by id, name or slug; `["*"]` is every tenant that can be deployed to. Default: none; the release is
    /// deployed without tenants.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub(crate) tenants: Vec<String>,
    /// Tenants by tag, written `Set name/Tag name`: those that have at least one of the tags of each named set.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub(crate) tenant_tags: Vec<String>,
}
