//! The event as JSON: `schemas/event.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::build_event::{Build, BuildEvent};
use super::moment::{Moment, Status};
use crate::document::{Problem, Problems, Texts, Time, read_json, schema, validate};

impl BuildEvent {
    /// Reads an event in JSON, as `schemas/event.json` describes it. `name` is its name in problems.
    ///
    /// # Errors
    ///
    /// All problems, with line and column.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        let node = read_json(bytes, name)?;
        let schema = schema();
        let problems = validate(&schema, &schema, &node, "", Texts::Final);
        let node = Problems::or(problems, node)?;
        let start = node.origin.clone();
        let unreadable = |error: serde_json::Error| {
            let remedy = "compare it with schemas/event.json";
            Problems::one(Problem::new(&start, format!("the event cannot be read: {error}"), remedy))
        };
        serde_json::from_value::<EventFile>(node.to_json()).map(Self::from).map_err(unreadable)
    }
}

/// The schema of an event.
pub(crate) fn schema() -> serde_json::Value {
    schema::of_json::<EventFile>()
}

/// A build event, as a CI server hands it to `promenade handle --event`. Only `event` and `build.id` are
/// required; a key that is `null` counts as left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "promenade build event")]
struct EventFile {
    /// What happened.
    event: Moment,
    /// The stage that it happened to.
    #[serde(default)]
    stage: Option<String>,
    /// How the stage or build ended.
    #[serde(default)]
    status: Option<Status>,
    /// The build that it happened to.
    build: BuildKeys,
    /// The CI server's variables, for `%Name%` in settings.
    #[serde(default)]
    variables: BTreeMap<String, Plain>,
}

/// The build that an event is about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BuildKeys {
    /// The kind of CI server, such as `github`. With `address`, `pipeline` and `id` it says which build this is,
    /// so keep all four the same on a re-run.
    #[serde(default)]
    server: Option<String>,
    /// The CI server's address.
    #[serde(default)]
    address: Option<String>,
    /// The CI server's own id; the same on a re-run of the same build.
    #[schemars(length(min = 1))]
    id: Plain,
    /// Which try of the build this is, 1 for the first. It never makes a different build.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    attempt: Option<u32>,
    /// The number that people know it by.
    #[serde(default)]
    number: Option<Plain>,
    /// The version that the build gave itself.
    #[serde(default)]
    version: Option<String>,
    /// Its page.
    #[serde(default)]
    url: Option<String>,
    /// What is built: a pipeline, job or configuration.
    #[serde(default)]
    pipeline: Option<String>,
    /// The branch.
    #[serde(default)]
    branch: Option<String>,
    /// The tag, for a build of one.
    #[serde(default)]
    tag: Option<String>,
    /// The pull request, for a build of one.
    #[serde(default)]
    pull_request: Option<Plain>,
    /// The commit.
    #[serde(default)]
    commit: Option<String>,
    /// Who or what started it.
    #[serde(default)]
    started_by: Option<String>,
    /// When it started: RFC 3339 with an offset.
    #[serde(default)]
    started_at: Option<Time>,
}

/// Text that may be written as a number or as true or false, and is text all the same.
#[derive(Debug)]
struct Plain(String);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}

impl JsonSchema for Plain {
    fn schema_name() -> Cow<'static, str> {
        "Plain".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }

    fn inline_schema() -> bool {
        true
    }
}

impl From<EventFile> for BuildEvent {
    fn from(file: EventFile) -> Self {
        let given = |it: Option<String>| it.filter(|it| !it.trim().is_empty());
        let plain = |it: Option<Plain>| given(it.map(|it| it.0));
        let build = file.build;
        Self {
            moment: file.event,
            stage: given(file.stage),
            status: file.status,
            build: Build {
                server: given(build.server),
                address: given(build.address),
                id: build.id.0,
                attempt: build.attempt,
                number: plain(build.number),
                version: given(build.version),
                url: given(build.url),
                pipeline: given(build.pipeline),
                branch: given(build.branch),
                tag: given(build.tag),
                pull_request: plain(build.pull_request),
                commit: given(build.commit),
                started_by: given(build.started_by),
                started_at: build.started_at.map(|it| it.0),
            },
            variables: file.variables.into_iter().map(|(name, it)| (name, it.0)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<BuildEvent, String> {
        BuildEvent::parse(text.as_bytes(), "event").map_err(|it| it.to_string())
    }

    #[test]
    fn only_event_and_id_are_required() {
        let event = parse(r#"{"event":"build-completed","build":{"id":7}}"#).expect("an event");
        assert_eq!(event, BuildEvent::new(Moment::BuildCompleted, Build::new("7")));
    }

    #[test]
    fn every_key_arrives() {
        let text = r#"{"event":"stage-completed","stage":"Deploy","status":"failed","build":{"id":"a","number":"1.0-x",
            "version":"1.2","url":"http://u","server":"custom","address":"https://ci","attempt":2,"pipeline":"p","branch":"b","tag":"t","pullRequest":12,"commit":"c",
            "startedBy":"s","startedAt":"2026-01-02T03:04:05+01:00"},"variables":{"A":"x","N":1.50,"B":true}}"#;
        let event = parse(text).expect("an event");
        assert_eq!((event.stage.as_deref(), event.status), (Some("Deploy"), Some(Status::Failed)));
        assert_eq!(event.build.number.as_deref(), Some("1.0-x"));
        assert_eq!(event.build.pull_request.as_deref(), Some("12"));
        assert_eq!(event.build.started_by.as_deref(), Some("s"));
        assert_eq!(event.build.started_at.map(|it| it.to_string()).as_deref(), Some("2026-01-02T02:04:05Z"));
        assert_eq!(event.variables["B"], "true");
        let identity = event.build.identity();
        assert_eq!((identity.to_string().as_str(), identity.attempt), ("custom,ci,p,a", Some(2)));
    }

    #[test]
    fn all_problems_are_reported_with_their_places() {
        let text = "{\"event\": \"build-complete\",\n \"stauts\": \"failed\",\n \"build\": {\"id\": \" \", \"branch\": 5}}";
        let error = parse(text).expect_err("problems");
        let lines: Vec<_> = error.lines().collect();
        assert_eq!(lines.len(), 4, "{error}");
        assert!(
            lines[0]
                .starts_with("event:1:11: event cannot be `build-complete`; did you mean `build-completed`?")
        );
        assert!(lines[1].starts_with("event:2:2: unknown key `stauts` here; did you mean `status`?"));
        assert!(lines[2].starts_with("event:3:18: build.id is blank"));
        assert!(lines[3].starts_with("event:3:33: build.branch must be text, and this is a number"));
    }

    #[test]
    fn what_is_too_large_or_not_utf8_is_refused() {
        let long = format!("{{\"event\":\"{}\"}}", "x".repeat(1024 * 1024));
        assert!(parse(&long).expect_err("too large").contains("at most 1048576"));
        let error = BuildEvent::parse(b"{\n\xff}", "event").expect_err("not UTF-8").to_string();
        assert!(error.starts_with("event:2:1: the text is not UTF-8"), "{error}");
    }

    #[test]
    fn every_moment_and_status_has_one_name() {
        for moment in Moment::ALL {
            assert_eq!(Moment::named(moment.name()), Ok(moment));
            let text = format!(r#"{{"event":"{moment}","build":{{"id":"1"}}}}"#);
            assert_eq!(parse(&text).expect("an event").moment, moment);
        }
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Ok(status));
        }
        assert!(
            Moment::named("stage-complete").expect_err("unknown").to_string().contains("`stage-completed`")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(BuildEvent::parse(&bytes, "event"));
        }
    }
}
