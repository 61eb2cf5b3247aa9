//! The properties of a build: `$Build.Version$`.

use super::error::ExpressionError;
use super::scope::{Missing, Scope};
use crate::event::BuildEvent;
use crate::text::nearest;

/// The properties of a build, by Continua's names, with their other names.
const PROPERTIES: &[(&str, &[&str])] = &[
    ("Build.Id", &[]),
    ("Build.Attempt", &[]),
    ("Build.Number", &["Build.BuildNumber"]),
    ("Build.Version", &[]),
    ("Build.Url", &[]),
    ("Build.Pipeline", &["Configuration.Name", "Build.Configuration"]),
    ("Build.Branch", &["Build.TriggeringBranch"]),
    ("Build.Tag", &[]),
    ("Build.RefName", &[]),
    ("Build.PullRequest", &[]),
    ("Build.Commit", &["Build.LatestChangeset.Revision"]),
    ("Build.StartedBy", &[]),
    ("Build.StartedAt", &["Build.Started"]),
    ("Build.Stage", &["Stage.Name"]),
    ("Build.Status", &[]),
    ("Build.Event", &[]),
];

/// The names of all properties, only the first of each kind.
pub(super) fn property_names() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|(name, _)| *name)
}

/// The value of a property.
///
/// # Errors
///
/// A name that no property has, or a property without a value if one is needed.
pub(super) fn property(name: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    let is = |it: &&str| it.eq_ignore_ascii_case(name);
    let known = PROPERTIES.iter().find(|(first, others)| is(first) || others.iter().any(is));
    let Some((known, _)) = known else { return Err(unknown(name)) };
    match scope.event.and_then(|it| value_of(known, it)) {
        Some(value) => Ok(value),
        None if scope.missing == Missing::IsEmpty => Ok(String::new()),
        None => Err(ExpressionError::new(
            format!("`${name}$` has no value: {}", absence(scope)),
            format!(
                "have the event carry it, write the value itself, or give it in a variable (`%{}%`)",
                last(name)
            ),
        )),
    }
}

fn unknown(name: &str) -> ExpressionError {
    let all = PROPERTIES.iter().flat_map(|(first, others)| std::iter::once(first).chain(*others));
    let remedy = match nearest(name, all.copied()) {
        Some(near) => format!("did you mean `${near}$`?"),
        None => {
            let names: Vec<_> = property_names().map(|it| format!("`${it}$`")).collect();
            format!("known are {}; a variable is written `%{name}%`", names.join(", "))
        }
    };
    ExpressionError::new(format!("`${name}$` is not known"), remedy)
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn absence(scope: &Scope<'_>) -> String {
    scope.event.map_or_else(
        || "there is no build event".to_owned(),
        |event| format!("this {} event does not carry it", event.moment.name()),
    )
}

fn value_of(known: &str, event: &BuildEvent) -> Option<String> {
    let build = &event.build;
    let text = match known {
        "Build.Id" => Some(build.id.clone()),
        "Build.Attempt" => build.attempt.map(|it| it.to_string()),
        "Build.Number" => build.number.clone(),
        "Build.Version" => build.version.clone(),
        "Build.Url" => build.url.clone(),
        "Build.Pipeline" => build.pipeline.clone(),
        "Build.Branch" => build.branch.clone(),
        "Build.Tag" => build.tag.clone(),
        // What was built: some servers call the branch of a tag's build as the tag is called, others name none.
        "Build.RefName" => {
            let names = [&build.tag, &build.branch];
            names.into_iter().flatten().find(|it| !it.trim().is_empty()).cloned()
        }
        "Build.PullRequest" => build.pull_request.clone(),
        "Build.Commit" => build.commit.clone(),
        "Build.StartedBy" => build.started_by.clone(),
        "Build.StartedAt" => build.started_at.map(|it| it.to_string()),
        "Build.Stage" => event.stage.clone(),
        "Build.Status" => event.status.map(|it| it.name().to_owned()),
        "Build.Event" => Some(event.moment.name().to_owned()),
        _ => None,
    };
    text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}
