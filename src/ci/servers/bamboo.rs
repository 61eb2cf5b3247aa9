//! Bamboo: no words of its own in a log; output values go into a file that an *Inject Bamboo variables* task reads.
//!
//! Variables: <https://confluence.atlassian.com/bamboo/bamboo-variables-289277087.html>.

use super::message::with_properties;
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "bamboo",
    title: "Bamboo",
    recognised: |variables| {
        known(variables, "bamboo_buildKey").or_else(|| known(variables, "bamboo_planKey"))
    },
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in a job of the first stage"),
        (Moment::BeforeStageStart, "in a job of the stage before it"),
        (Moment::SendingStageToAgent, "in the first task of the job"),
        (Moment::BuildPendingPromotion, "in a job of the stage before a manual one"),
        (Moment::AfterBuildContinued, "in a job of a manual stage"),
        (Moment::BuildStopping, "in a final task"),
        (Moment::BuildCompleted, "in a final task of a job of the last stage"),
    ],
    statuses: &[("Successful", Status::Successful), ("Failed", Status::Failed)],
    status_by: "pass `--status successful` in a task, since tasks run only when those before them succeeded, and \
                what a final task knows in a final task",
    render: with_properties,
};

fn read(reading: &mut Reading<'_>) {
    reading.address_of_page("bamboo_buildResultsUrl");
    reading.take(Field::Id, &["bamboo_buildResultKey"]);
    reading.take(Field::Number, &["bamboo_buildNumber"]);
    reading.take(Field::Version, &["bamboo_deploy_version"]);
    reading.take(Field::Url, &["bamboo_buildResultsUrl"]);
    reading.take(Field::Pipeline, &["bamboo_planKey"]);
    reading.take(Field::Branch, &["bamboo_planRepository_branch"]);
    reading.take(Field::Commit, &["bamboo_planRepository_revision"]);
    reading.take(Field::Stage, &["bamboo_shortJobName"]);
    reading.take(Field::StartedBy, &["bamboo_ManualBuildTriggerReason_userName"]);
    reading.time(Field::StartedAt, "bamboo_buildTimeStamp");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::report::Output;
    use crate::ci::report::Tone;
    use crate::ci::servers::Variables;
    use crate::ci::servers::message::{Act, Message, MessageContext};

    #[test]
    fn lines_are_as_they_are_and_outputs_are_properties() {
        let context =
            MessageContext { variables: &Variables::new(), now: 0, run: "f00d", outputs_file: Some("own") };
        let bad = with_properties(&Message::Line { tone: Tone::Bad, text: "[x] 5%" }, &context);
        assert_eq!(bad, [Act::Print("[x] 5%".into())]);
        assert!(with_properties(&Message::Mask("API-1234"), &context).is_empty());
        let outputs = [Output { name: "verdict", value: "a\\b ü".into() }];
        let text = "PROMENADE_VERDICT=a\\\\b \\u00fc\n";
        let file = Act::Write { path: "own".into(), text: text.into() };
        assert_eq!(with_properties(&Message::Outputs(&outputs), &context), [file]);
        let nowhere = MessageContext { outputs_file: None, ..context };
        assert!(with_properties(&Message::Outputs(&outputs), &nowhere).is_empty());
    }
}
