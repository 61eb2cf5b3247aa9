//! What `promenade flow` reports of a folder of definitions, in words and for machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::{Line, Tone};
use super::result::{ReportedProblem, RunVerdict};
use crate::document::{Origin, Period, schema};
use crate::flow::definition::{Checked, Definitions, Flow, Note, Product};
use crate::model::FlowName;
use crate::text::clean;

/// The definitions of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade flows")]
pub struct FlowsResult {
    /// `passed`, or `bad-settings` where there is a problem.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Always empty.
    pub warnings: Vec<String>,
    /// Every problem of the folder and of the settings; then nothing else is known.
    pub problems: Vec<ReportedProblem>,
    /// What is no problem and may surprise; missing where there is a problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notes: Option<Vec<ReportedNote>>,
    /// The flows by name; missing where there is a problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flows: Option<Vec<FlowReport>>,
    /// The environments in the order of lists; missing where there is a problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environments: Option<Vec<EnvironmentReport>>,
    /// The products by name; missing where there is a problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub products: Option<Vec<ProductReport>>,
}

/// Something that is allowed and may surprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedNote {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
    /// The column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<usize>,
    /// What it says.
    pub message: String,
}

/// A promotion flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlowReport {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The version of its document, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// The environment whose release is promoted.
    pub trigger_environment: String,
    /// The environments that are promoted to, each behind those that it depends on.
    pub steps: Vec<FlowStepReport>,
    /// The products that list the flow.
    pub products: Vec<String>,
    /// The time limit of the whole flow.
    pub time_limit_seconds: u64,
    /// What is not carried out yet; where there is anything, the flow refuses to start.
    pub unsupported: Vec<String>,
}

/// An environment that is promoted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlowStepReport {
    /// The environment.
    pub environment: String,
    /// The environments that must have passed before.
    pub depends_on: Vec<String>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentReport {
    /// Its name.
    pub name: String,
    /// Its position among the columns of lists.
    pub order: i64,
    /// Whether customers use it.
    pub production: bool,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductReport {
    /// Its name.
    pub name: String,
    /// The flows that it lists.
    pub flows: Vec<String>,
    /// The names of its applications.
    pub applications: Vec<String>,
}

/// The schema of the result.
pub(crate) fn schema() -> serde_json::Value {
    schema::of_output::<FlowsResult>()
}

impl FlowsResult {
    /// What a folder without a problem says.
    #[must_use]
    pub fn of(checked: &Checked) -> Self {
        let Definitions { flows, environments, products } = &checked.definitions;
        let mut environments: Vec<_> = environments.values().collect();
        environments.sort_by(|one, other| (one.order, &one.name).cmp(&(other.order, &other.name)));
        let environment = |it: &&crate::flow::definition::Environment| EnvironmentReport {
            name: it.name.to_string(),
            order: it.order,
            production: it.production,
        };
        Self {
            verdict: RunVerdict::Passed,
            exit_code: RunVerdict::Passed.exit_code(),
            warnings: Vec::new(),
            problems: Vec::new(),
            notes: Some(checked.notes.iter().map(note).collect()),
            flows: Some(flows.values().map(|it| flow(it, &checked.definitions)).collect()),
            environments: Some(environments.iter().map(environment).collect()),
            products: Some(products.values().map(product).collect()),
        }
    }

    /// The same with this flow alone; notes and environments stay.
    #[must_use]
    pub fn only(mut self, name: &FlowName) -> Self {
        self.flows.iter_mut().for_each(|it| it.retain(|it| name.is(&it.name)));
        self
    }

    /// Changes every text that may contain foreign words.
    pub fn change_texts(&mut self, change: &dyn Fn(&mut String)) {
        let Self { verdict: _, exit_code: _, warnings, problems, notes, flows, environments, products } =
            self;
        warnings.iter_mut().for_each(change);
        for ReportedProblem { source, line: _, column: _, message, remedy } in problems {
            source.iter_mut().chain([message, remedy]).for_each(change);
        }
        for ReportedNote { source, line: _, column: _, message } in notes.iter_mut().flatten() {
            source.iter_mut().chain([message]).for_each(change);
        }
        for it in flows.iter_mut().flatten() {
            let FlowReport { name, description, version, trigger_environment, steps, products, .. } = it;
            description.iter_mut().chain(version).chain(products).for_each(change);
            [name, trigger_environment].into_iter().chain(&mut it.unsupported).for_each(change);
            for FlowStepReport { environment, depends_on } in steps {
                depends_on.iter_mut().chain([environment]).for_each(change);
            }
        }
        environments.iter_mut().flatten().for_each(|it| change(&mut it.name));
        for ProductReport { name, flows, applications } in products.iter_mut().flatten() {
            flows.iter_mut().chain(applications).chain([name]).for_each(change);
        }
    }
}

fn names<T: ToString>(of: impl IntoIterator<Item = T>) -> Vec<String> {
    of.into_iter().map(|it| it.to_string()).collect()
}

fn note(it: &Note) -> ReportedNote {
    let (source, line, column) = match &it.origin {
        Origin::File { file, line, column } => (Some(file.to_string()), Some(*line), Some(*column)),
        _ => (None, None, None),
    };
    ReportedNote { source, line, column, message: it.message.clone() }
}

fn flow(it: &Flow, definitions: &Definitions) -> FlowReport {
    let listing = definitions.products.values().filter(|product| product.flows.contains(&it.name));
    let steps = it.in_order().into_iter().map(|it| FlowStepReport {
        environment: it.environment.to_string(),
        depends_on: names(&it.depends_on),
    });
    FlowReport {
        name: it.name.to_string(),
        description: it.description.clone(),
        version: it.version.clone(),
        trigger_environment: it.trigger.to_string(),
        steps: steps.collect(),
        products: names(listing.map(|it| &it.name)),
        time_limit_seconds: it.limit.as_secs(),
        unsupported: it.unsupported.iter().map(|it| it.what.clone()).collect(),
    }
}

fn product(it: &Product) -> ProductReport {
    ProductReport {
        name: it.name.to_string(),
        flows: names(&it.flows),
        applications: names(it.applications.iter().map(|it| &it.name)),
    }
}

/// The notes in lines, each with its location.
#[must_use]
pub fn note_lines(result: &FlowsResult) -> Vec<Line> {
    let line = |it: &ReportedNote| {
        let place = match (&it.source, it.line, it.column) {
            (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
            _ => String::new(),
        };
        Line::new(Tone::Plain, clean(&format!("flow: note: {place}{}", it.message)))
    };
    result.notes.iter().flatten().map(line).collect()
}

/// How many documents there are, in one line.
#[must_use]
pub fn count_line(result: &FlowsResult) -> Line {
    let count = |number: Option<usize>, of: &str| {
        let number = number.unwrap_or_default();
        format!("{number} {of}{}", if number == 1 { "" } else { "s" })
    };
    let text = format!(
        "flow: {}, {} and {} are well-formed",
        count(result.flows.as_ref().map(Vec::len), "flow"),
        count(result.environments.as_ref().map(Vec::len), "environment"),
        count(result.products.as_ref().map(Vec::len), "product")
    );
    Line::new(Tone::Good, text)
}

/// A flow in the cells of a table. No cell steers anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRow {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The version of its document.
    pub version: String,
    /// The environments, the trigger first, each behind those that it depends on.
    pub environments: String,
    /// The products that list it.
    pub products: String,
    /// Its time limit, and whether it refuses to start.
    pub limit: String,
}

/// A flow as a row of a table.
#[must_use]
pub fn row(it: &FlowReport) -> FlowRow {
    let steps = it.steps.iter().map(|it| it.environment.as_str());
    let environments: Vec<_> = std::iter::once(it.trigger_environment.as_str()).chain(steps).collect();
    let limit = Period::seconds(it.time_limit_seconds).words();
    let refuses = if it.unsupported.is_empty() { "" } else { "; refuses to start" };
    FlowRow {
        name: clean(&it.name),
        description: clean(it.description.as_deref().unwrap_or_default()),
        version: clean(it.version.as_deref().unwrap_or_default()),
        environments: clean(&environments.join(", ")),
        products: clean(&it.products.join(", ")),
        limit: format!("{limit}{refuses}"),
    }
}

/// A flow in one line.
#[must_use]
pub fn line(it: &FlowReport) -> Line {
    let FlowRow { name, description, version, environments, products, limit } = row(it);
    let version = if version.is_empty() { version } else { format!(" {version}") };
    let description = if description.is_empty() { description } else { format!("{description}: ") };
    let products = if products.is_empty() { "none".to_owned() } else { products };
    let text =
        format!("flow: {name}{version}: {description}{environments} (products: {products}; limit: {limit})");
    Line::new(Tone::Plain, text)
}
