//! Buildkite: groups by the beginnings of lines; annotations, values and secrets by its agent's own program.
//!
//! Variables: <https://buildkite.com/docs/pipelines/configure/environment-variables>. Groups:
//! <https://buildkite.com/docs/pipelines/configure/managing-log-output>.

use super::message::{Act, Message, MessageContext, dotenv, in_colours, print};
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::ci::report::Tone;
use crate::event::{Moment, Status};

const AGENT: &str = "buildkite-agent";

pub(super) const PROFILE: Profile = Profile {
    name: "buildkite",
    title: "Buildkite",
    recognised: |variables| is(variables, "BUILDKITE", "true"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step"),
        (Moment::BeforeStageStart, "in a step that the stage's step depends on"),
        (Moment::SendingStageToAgent, "in the `pre-command` hook"),
        (Moment::BuildPendingPromotion, "in a step before a `block` step"),
        (Moment::AfterBuildContinued, "in a step after a `block` step"),
        (Moment::BuildStopping, "in the `pre-exit` hook of a job that was cancelled"),
        (Moment::BuildCompleted, "in a last step after `wait: {continue_on_failure: true}`"),
    ],
    statuses: &[("passed", Status::Successful), ("failed", Status::Failed), ("canceled", Status::Cancelled)],
    status_by: "pass `--status passed` in a command, since what runs before it has passed; in hooks after the \
                command BUILDKITE_COMMAND_EXIT_STATUS says it",
    render,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Id, &["BUILDKITE_BUILD_ID"]);
    // Retries of the job, which the build outlives: 0 in its first try.
    reading.attempt("BUILDKITE_RETRY_COUNT", 1);
    reading.take(Field::Number, &["BUILDKITE_BUILD_NUMBER"]);
    reading.take(Field::Url, &["BUILDKITE_BUILD_URL"]);
    let pipeline = ["BUILDKITE_ORGANIZATION_SLUG", "BUILDKITE_PIPELINE_SLUG"];
    reading.join(Field::Pipeline, &pipeline, |it| it.join("/"));
    reading.take(Field::Tag, &["BUILDKITE_TAG"]);
    // For a tag BUILDKITE_BRANCH holds its name, and no branch's.
    if !reading.knows(Field::Tag) {
        reading.take(Field::Branch, &["BUILDKITE_BRANCH"]);
    }
    let request = reading.get("BUILDKITE_PULL_REQUEST").filter(|it| *it != "false").map(str::to_owned);
    reading.set(Field::PullRequest, request, &["BUILDKITE_PULL_REQUEST"]);
    reading.take(Field::Commit, &["BUILDKITE_COMMIT_RESOLVED"]);
    let commit = reading.get("BUILDKITE_COMMIT").filter(|it| *it != "HEAD").map(str::to_owned);
    reading.set(Field::Commit, commit, &["BUILDKITE_COMMIT"]);
    reading.take(Field::Stage, &["BUILDKITE_STEP_KEY", "BUILDKITE_LABEL"]);
    for name in ["BUILDKITE_COMMAND_EXIT_STATUS", "BUILDKITE_LAST_HOOK_EXIT_STATUS"] {
        let status = reading.get(name).map(|it| if it == "0" { "passed" } else { "failed" }.to_owned());
        reading.set(Field::Status, status, &[name]);
    }
    reading.take(Field::StartedBy, &["BUILDKITE_BUILD_CREATOR"]);
}

fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    let agent = |arguments: &[&str], input: &str| Act::Run {
        program: AGENT,
        arguments: arguments.iter().map(|&it| it.to_owned()).collect(),
        input: input.to_owned(),
    };
    match message {
        Message::Open { title, .. } => print(format!("--- {title}")),
        // The group in which it failed is opened for the reader.
        Message::Problem(_) => print("^^^ +++"),
        Message::Mask(secret) => vec![agent(&["redactor", "add"], secret)],
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, dotenv);
            // The agent refuses a value that is blank.
            acts.extend(
                outputs
                    .iter()
                    .filter(|it| !it.value.trim().is_empty())
                    .map(|it| agent(&["meta-data", "set", &format!("promenade-{}", it.name)], &it.value)),
            );
            acts
        }
        Message::Summary { markdown, tone } => {
            let style = match tone {
                Tone::Good => "success",
                Tone::Warning => "warning",
                Tone::Bad => "error",
                Tone::Plain | Tone::Log => "info",
            };
            let context = format!("promenade-{}", context.get("BUILDKITE_JOB_ID").unwrap_or(context.run));
            vec![agent(&["annotate", "--style", style, "--context", &context], markdown)]
        }
        other => in_colours(other, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::report::{BuildProblem, Output};

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let paths = [("BUILDKITE_JOB_ID", "j-1")];
        let variables = paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into();
        render(
            message,
            &MessageContext { variables: &variables, now: 0, run: "f00d", outputs_file: Some("own") },
        )
    }

    fn agent(arguments: &[&str], input: &str) -> Act {
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        Act::Run { program: "buildkite-agent", arguments, input: input.to_owned() }
    }

    #[test]
    fn a_group_begins_with_a_line_and_is_opened_where_it_failed() {
        let (name, title) = ("deploy-1", "deploy: Test");
        assert_eq!(acts(&Message::Open { name, title }), [Act::Print("--- deploy: Test".into())]);
        assert!(acts(&Message::Close { name, title }).is_empty());
        let place = None;
        let trouble = BuildProblem { identity: "i".into(), title: "t".into(), text: "x".into(), place };
        assert_eq!(acts(&Message::Problem(&trouble)), [Act::Print("^^^ +++".into())]);
        let bad = Act::Print("\u{1b}[31mx\u{1b}[0m".into());
        assert_eq!(acts(&Message::Line { tone: Tone::Bad, text: "x" }), [bad]);
    }

    #[test]
    fn secrets_values_and_pages_go_to_the_agent_by_standard_input() {
        assert_eq!(acts(&Message::Mask("API-1\nx")), [agent(&["redactor", "add"], "API-1\nx")]);
        let outputs = [
            Output { name: "verdict", value: "passed".into() },
            Output { name: "release-url", value: " ".into() },
        ];
        let own = Act::Write {
            path: "own".into(),
            text: "PROMENADE_VERDICT=passed\nPROMENADE_RELEASE_URL= \n".into(),
        };
        let set = agent(&["meta-data", "set", "promenade-verdict"], "passed");
        assert_eq!(acts(&Message::Outputs(&outputs)), [own, set], "the agent refuses a blank value");
        for (tone, style) in
            [(Tone::Good, "success"), (Tone::Warning, "warning"), (Tone::Bad, "error"), (Tone::Plain, "info")]
        {
            let annotate = ["annotate", "--style", style, "--context", "promenade-j-1"];
            assert_eq!(acts(&Message::Summary { markdown: "# x", tone }), [agent(&annotate, "# x")]);
        }
    }
}
