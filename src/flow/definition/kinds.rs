//! The kinds of documents: those that are read, and those that are known and not carried out yet.

/// promenade's own version of kinds.
pub(super) const OURS: &str = "promenade/v1";
/// Codefresh's version of most kinds.
pub(super) const CODEFRESH: &str = "codefresh.io/v1beta1";

/// A kind of document that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A promotion flow of Codefresh.
    CodefreshPromotionFlow,
    /// A promotion flow.
    PromotionFlow,
    /// An environment.
    Environment,
    /// A product.
    Product,
}

impl Kind {
    /// Every kind that is read.
    pub(super) const ALL: [Self; 4] =
        [Self::CodefreshPromotionFlow, Self::PromotionFlow, Self::Environment, Self::Product];

    /// Its `apiVersion` and `kind`.
    pub(super) fn tags(self) -> (&'static str, &'static str) {
        match self {
            Self::CodefreshPromotionFlow => (CODEFRESH, "PromotionFlow"),
            Self::PromotionFlow => (OURS, "PromotionFlow"),
            Self::Environment => (OURS, "Environment"),
            Self::Product => (OURS, "Product"),
        }
    }

    /// The name of its schema among those of all documents.
    pub(super) fn schema(self) -> &'static str {
        match self {
            Self::CodefreshPromotionFlow => "CodefreshPromotionFlowDocument",
            Self::PromotionFlow => "PromotionFlowDocument",
            Self::Environment => "EnvironmentDocument",
            Self::Product => "ProductDocument",
        }
    }
}

/// Kinds that are known and not carried out yet, each with its versions.
const NOT_YET: [(&str, &[&str]); 8] = [
    ("PromotionPolicy", &[CODEFRESH]),
    ("PromotionTemplate", &[CODEFRESH]),
    ("PromotionTask", &[CODEFRESH]),
    ("Product", &[CODEFRESH, "codefresh.io/v1beta2"]),
    ("WorkflowTemplate", &[ARGO]),
    ("ClusterWorkflowTemplate", &[ARGO]),
    ("Application", &[ARGO]),
    ("ApplicationSet", &[ARGO]),
];

const ARGO: &str = "argoproj.io/v1alpha1";

/// Each `apiVersion` and `kind` that is known and not carried out yet.
pub(super) fn not_yet() -> impl Iterator<Item = (&'static str, &'static str)> {
    NOT_YET.iter().flat_map(|(kind, versions)| versions.iter().map(move |it| (*it, *kind)))
}

/// Each `apiVersion` and `kind` that is known.
pub(super) fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    Kind::ALL.into_iter().map(Kind::tags).chain(not_yet())
}

/// The kind that sets how other flows of its folder are carried out: a flow must not start without it.
pub(super) const POLICY: &str = "PromotionPolicy";
