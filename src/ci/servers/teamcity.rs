//! TeamCity.
//!
//! Variables: <https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html>; much of what a build knows of
//! itself stands in two files of Java properties, the second of which the first names. Service messages and their
//! escapes: <https://www.jetbrains.com/help/teamcity/service-messages.html>.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::message::{Act, Message, MessageContext, plainly, print, property};
use super::profile::{Profile, known};
use super::properties::properties;
use super::reading::{Field, Reading};
use crate::ci::report::{BuildProblem, Tone};
use crate::event::{Moment, Status};

const PROPERTIES: &str = "TEAMCITY_BUILD_PROPERTIES_FILE";
/// The property that names the file of the configuration's parameters.
const CONFIGURATION: &str = "teamcity.configuration.properties.file";
/// What the branch is called that a configuration builds by default; no name of a branch.
const DEFAULT_BRANCH: &str = "<default>";
/// The server cuts a problem's description that is longer.
const LONGEST_PROBLEM: usize = 4000;

pub(super) const PROFILE: Profile = Profile {
    name: "teamcity",
    title: "TeamCity",
    recognised: |variables| known(variables, "TEAMCITY_VERSION"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step of the first configuration of a chain"),
        (Moment::BeforeStageStart, "in a configuration that the stage's one depends on"),
        (Moment::SendingStageToAgent, "in the first step"),
        (Moment::BuildStopping, "in a step that is executed even if the build was stopped"),
        (
            Moment::BuildCompleted,
            "in a last step that is executed always, or in a configuration that depends on the others",
        ),
    ],
    statuses: &[
        ("SUCCESS", Status::Successful),
        ("NORMAL", Status::Successful),
        ("FAILURE", Status::Failed),
        ("ERROR", Status::Failed),
        ("cancelled", Status::Cancelled),
    ],
    status_by: "pass `--status successful` in a step that is executed only if all steps before it finished \
                successfully",
    render,
};

fn read(reading: &mut Reading<'_>) {
    let build = file(reading, reading.get(PROPERTIES).map(str::to_owned));
    let configuration = file(reading, build.get(CONFIGURATION).cloned());
    let of_file = |name: &str, file: &str| format!("{name} in {file}");
    let build_property = |reading: &mut Reading<'_>, field, name: &str| {
        reading.set(field, build.get(name).cloned(), &[&of_file(name, PROPERTIES)]);
    };
    let parameter = |reading: &mut Reading<'_>, field, name: &str| {
        reading.set(field, configuration.get(name).cloned(), &[&of_file(name, CONFIGURATION)]);
    };
    build_property(reading, Field::Address, "teamcity.serverUrl");
    parameter(reading, Field::Address, "teamcity.serverUrl");
    reading.address_of_page("BUILD_URL");
    build_property(reading, Field::Id, "teamcity.build.id");
    parameter(reading, Field::Id, "teamcity.build.id");
    reading.take(Field::Number, &["BUILD_NUMBER"]);
    reading.take(Field::Url, &["BUILD_URL"]);
    reading.join(Field::Pipeline, &["TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME"], |it| it.join("/"));
    let branch = configuration.get("teamcity.build.branch").filter(|it| *it != DEFAULT_BRANCH);
    reading.set(Field::Branch, branch.cloned(), &[&of_file("teamcity.build.branch", CONFIGURATION)]);
    parameter(reading, Field::PullRequest, "teamcity.pullRequest.number");
    reading.take(Field::Commit, &["BUILD_VCS_NUMBER"]);
    reading.take(Field::Stage, &["TEAMCITY_BUILDCONF_NAME"]);
    build_property(reading, Field::StartedBy, "teamcity.build.triggeredBy.username");
    parameter(reading, Field::StartedBy, "teamcity.build.triggeredBy.username");
    reading.parameters.extend(configuration);
}

/// The properties in a file; none where there is no file.
fn file(reading: &mut Reading<'_>, path: Option<String>) -> BTreeMap<String, String> {
    let Some(path) = path else { return BTreeMap::new() };
    let Some(text) = reading.file(&path) else { return BTreeMap::new() };
    properties(&text)
}

/// Speaks in service messages. Each line is one as well: what belongs to a flow is shown in its order, and foreign
/// text stands in a value, where it cannot begin a message.
fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    let flow = format!("promenade-{}", context.run);
    let said = |name: &str, values: &[(&str, &str)]| {
        let flow: &[(&str, &str)] = &[("flowId", &flow)];
        print(service_message(name, &[values, flow].concat()))
    };
    match message {
        Message::Open { title, .. } => said("blockOpened", &[("name", title)]),
        Message::Close { title, .. } => said("blockClosed", &[("name", title)]),
        Message::Line { tone, text } => {
            // ERROR could fail the build by a condition of its own, also where a failure is tolerated.
            let status = match tone {
                Tone::Warning => "WARNING",
                Tone::Bad => "FAILURE",
                Tone::Plain | Tone::Log | Tone::Good => "NORMAL",
            };
            said("message", &[("text", text), ("status", status)])
        }
        Message::Problem(BuildProblem { identity, title, text, .. }) => {
            let text: String = format!("{title}: {text}").chars().take(LONGEST_PROBLEM).collect();
            print(service_message("buildProblem", &[("description", &text), ("identity", identity)]))
        }
        Message::Progress { percent, text } => {
            print(format!("##teamcity[progressMessage '{}']", escaped(&format!("{text}: {percent} %"))))
        }
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, property);
            acts.extend(outputs.iter().flat_map(|it| {
                let name = format!("env.{}", it.variable());
                print(service_message("setParameter", &[("name", &name), ("value", &it.value)]))
            }));
            acts
        }
        Message::PassedWithWarnings => {
            let text = "{build.status.text}; promenade passed with warnings";
            print(service_message("buildStatus", &[("text", text)]))
        }
        Message::Mask(_) | Message::Summary { .. } => plainly(message, context),
    }
}

fn service_message(name: &str, values: &[(&str, &str)]) -> String {
    let values: String = values.iter().map(|(key, value)| format!(" {key}='{}'", escaped(value))).collect();
    format!("##teamcity[{name}{values}]")
}

/// A value of a service message. Characters outside of ASCII are written by their number, in two halves where they
/// need it, as Java has them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("|n"),
            '\r' => out.push_str("|r"),
            '|' | '\'' | '[' | ']' => out.extend(['|', letter]),
            ' '..='~' | '\t' => out.push(letter),
            other => {
                for half in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "|0x{half:04x}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ci::report::Output;
    use crate::ci::servers::Variables;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let variables = Variables::new();
        render(
            message,
            &MessageContext { variables: &variables, now: 0, run: "f00d", outputs_file: Some("own") },
        )
    }

    /// What is printed, and nothing else is done.
    fn said(message: &Message<'_>) -> Vec<String> {
        let line = |act| match act {
            Act::Print(line) => line,
            other => panic!("it is not printed: {other:?}"),
        };
        acts(message).into_iter().map(line).collect()
    }

    fn line(tone: Tone, text: &str) -> Vec<String> {
        said(&Message::Line { tone, text })
    }

    fn trouble() -> BuildProblem {
        BuildProblem {
            identity: "promenade_deploy_1".into(),
            title: "50%: a,b;c]".into(),
            text: "one\r\ntwo: 5%".into(),
            place: None,
        }
    }

    #[test]
    fn everything_is_a_service_message_of_one_flow() {
        let (name, title) = ("deploy-1", "deploy: [A]|'B'");
        let flow = "flowId='promenade-f00d'";
        let title_said = "deploy: |[A|]|||'B|'";
        let opened = said(&Message::Open { name, title });
        assert_eq!(opened, [format!("##teamcity[blockOpened name='{title_said}' {flow}]")]);
        let closed = said(&Message::Close { name, title });
        assert_eq!(closed, [format!("##teamcity[blockClosed name='{title_said}' {flow}]")]);
        for (tone, status) in [
            (Tone::Plain, "NORMAL"),
            (Tone::Log, "NORMAL"),
            (Tone::Good, "NORMAL"),
            (Tone::Warning, "WARNING"),
            (Tone::Bad, "FAILURE"),
        ] {
            let expected = format!("##teamcity[message text='a|nb|rc' status='{status}' {flow}]");
            assert_eq!(line(tone, "a\nb\rc"), [expected]);
        }
        let progress = said(&Message::Progress { percent: 5, text: "Test for 'A'" });
        assert_eq!(progress, ["##teamcity[progressMessage 'Test for |'A|': 5 %']"]);
        let warned = "##teamcity[buildStatus text='{build.status.text}; promenade passed with warnings']";
        assert_eq!(said(&Message::PassedWithWarnings), [warned]);
    }

    #[test]
    fn letters_outside_of_ascii_are_said_by_number() {
        let text = "é\u{2028}\u{85}😀\u{1b}";
        let expected = "|0x00e9|0x2028|0x0085|0xd83d|0xde00|0x001b";
        assert!(line(Tone::Plain, text)[0].contains(&format!("text='{expected}' ")));
    }

    #[test]
    fn a_problem_has_an_identity_and_is_not_too_long() {
        let messages = said(&Message::Problem(&trouble()));
        let description = "50%: a,b;c|]: one|r|ntwo: 5%";
        let expected =
            format!("##teamcity[buildProblem description='{description}' identity='promenade_deploy_1']");
        assert_eq!(messages, [expected]);
        let long = BuildProblem { title: "t".into(), text: "x".repeat(5000), ..trouble() };
        let messages = said(&Message::Problem(&long));
        assert!(
            messages[0].contains(&format!("'t: {}'", "x".repeat(LONGEST_PROBLEM - 3))),
            "{}",
            messages[0]
        );
    }

    #[test]
    fn outputs_are_parameters_of_later_steps() {
        let outputs = [Output { name: "environments", value: "{\"a\":\"[1]\\\\\"}".into() }];
        let own = Act::Write {
            path: "own".into(),
            text: "PROMENADE_ENVIRONMENTS={\"a\":\"[1]\\\\\\\\\"}\n".into(),
        };
        let set = r#"##teamcity[setParameter name='env.PROMENADE_ENVIRONMENTS' value='{"a":"|[1|]\\"}']"#;
        assert_eq!(acts(&Message::Outputs(&outputs)), [own, Act::Print(set.into())]);
    }

    #[test]
    fn secrets_and_pages_are_not_said() {
        assert!(acts(&Message::Mask("API-1234")).is_empty());
        assert!(acts(&Message::Summary { markdown: "x", tone: Tone::Good }).is_empty());
    }

    /// Reads a value as the vendor's page says.
    fn read_back(value: &str) -> String {
        let mut units = Vec::new();
        let mut letters = value.chars();
        while let Some(letter) = letters.next() {
            let meant = match letter {
                '|' => match letters.next().expect("an escape is whole") {
                    'n' => '\n',
                    'r' => '\r',
                    '0' => {
                        assert_eq!(letters.next(), Some('x'));
                        let digits: String = letters.by_ref().take(4).collect();
                        units.push(u16::from_str_radix(&digits, 16).expect("four digits"));
                        continue;
                    }
                    other => other,
                },
                '\'' | '[' | ']' | '\n' | '\r' => panic!("{letter:?} ends the value: {value}"),
                other => other,
            };
            units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
        }
        String::from_utf16(&units).expect("halves come in pairs")
    }

    proptest! {
        #[test]
        fn a_server_reads_what_was_said(text in "[|0x'nrlp\\[\\]\r\n é😀\u{2028}\u{85}\u{0}]{0,30}") {
            prop_assert_eq!(read_back(&escaped(&text)), text);
        }
    }
}
