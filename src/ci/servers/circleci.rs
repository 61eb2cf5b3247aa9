//! CircleCI: no groups or annotations; output values are exported to the later steps of the job.
//!
//! Variables: <https://circleci.com/docs/reference/variables/>.

use super::message::{Act, Message, MessageContext, dotenv, in_colours};
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::ci::report::Output;
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "circleci",
    title: "CircleCI",
    recognised: |variables| is(variables, "CIRCLECI", "true"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first job"),
        (Moment::BeforeStageStart, "in a job that the stage's job requires"),
        (Moment::SendingStageToAgent, "in the first step of the job"),
        (Moment::BuildPendingPromotion, "in a job that an `approval` job requires"),
        (Moment::AfterBuildContinued, "in a job that requires an `approval` job"),
        (Moment::BuildCompleted, "in a last job that requires the others"),
    ],
    statuses: &[("success", Status::Successful), ("failed", Status::Failed), ("canceled", Status::Cancelled)],
    status_by: "pass `--status success` in a step (`when: on_success` is the default), and `--status failed` in one \
                with `when: on_fail`",
    render,
};

fn read(reading: &mut Reading<'_>) {
    // A workflow that is run again gets a new id; the pipeline keeps its own.
    reading.take(Field::Id, &["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"]);
    reading.address_of_page("CIRCLE_BUILD_URL");
    reading.take(Field::Number, &["CIRCLE_BUILD_NUM"]);
    reading.take(Field::Url, &["CIRCLE_BUILD_URL"]);
    let pipeline = ["CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"];
    reading.join(Field::Pipeline, &pipeline, |it| it.join("/"));
    reading.take(Field::Branch, &["CIRCLE_BRANCH"]);
    reading.take(Field::Tag, &["CIRCLE_TAG"]);
    reading.take(Field::PullRequest, &["CIRCLE_PR_NUMBER"]);
    let request = reading.get("CIRCLE_PULL_REQUEST").and_then(|it| it.rsplit('/').next()).map(str::to_owned);
    reading.set(Field::PullRequest, request, &["CIRCLE_PULL_REQUEST"]);
    reading.take(Field::Commit, &["CIRCLE_SHA1"]);
    reading.take(Field::Stage, &["CIRCLE_JOB"]);
    reading.take(Field::StartedBy, &["CIRCLE_USERNAME"]);
}

fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, dotenv);
            let path = context.get("BASH_ENV").map(str::to_owned);
            let text = outputs.iter().map(export).collect();
            acts.extend(path.map(|path| Act::Append { path, text }));
            acts
        }
        other => in_colours(other, context),
    }
}

/// A line that a shell reads: nothing within single quotes has a meaning to it but the quote.
fn export(output: &Output) -> String {
    format!("export {}='{}'\n", output.variable(), output.value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let paths = [("BASH_ENV", "/env")];
        let variables = paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into();
        render(
            message,
            &MessageContext { variables: &variables, now: 0, run: "f00d", outputs_file: Some("own") },
        )
    }

    #[test]
    fn outputs_are_exported_to_the_shells_of_later_steps() {
        let outputs = [
            Output { name: "verdict", value: "it's \"$(x)\" `y` \\".into() },
            Output { name: "release-url", value: String::new() },
        ];
        let own = "PROMENADE_VERDICT=it's \"$(x)\" `y` \\\nPROMENADE_RELEASE_URL=\n";
        let exported =
            "export PROMENADE_VERDICT='it'\\''s \"$(x)\" `y` \\'\nexport PROMENADE_RELEASE_URL=''\n";
        let expected = [
            Act::Write { path: "own".into(), text: own.into() },
            Act::Append { path: "/env".into(), text: exported.into() },
        ];
        assert_eq!(acts(&Message::Outputs(&outputs)), expected);
    }

    /// Reads a word as a shell does that knows single quotes and, outside of them, the backslash.
    fn read_back(word: &str) -> String {
        let (mut read, mut quoted) = (String::new(), false);
        let mut letters = word.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => quoted = !quoted,
                '\\' if !quoted => read.extend(letters.next()),
                other if quoted => read.push(other),
                other => panic!("{other:?} has a meaning to a shell: {word}"),
            }
        }
        assert!(!quoted, "the quote is closed: {word}");
        read
    }

    proptest! {
        #[test]
        fn a_shell_reads_what_was_exported(value in "['\"\\\\$`();&|\n é😀]{0,30}") {
            let line = export(&Output { name: "verdict", value: value.clone() });
            let word = line.strip_prefix("export PROMENADE_VERDICT=").and_then(|it| it.strip_suffix('\n'));
            prop_assert_eq!(read_back(word.expect("one export")), value);
        }
    }
}
