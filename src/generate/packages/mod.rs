//! The inputs in the packages of `integrations/`: each list stands between two markers, in the words of its server.
//!
//! A line with `inputs:begin WORD` begins a list, whatever comment it stands in, and one with `inputs:end` ends it.
//! WORD says how the list is written; between the markers nothing else survives. The list is indented as its first
//! marker is.

mod azure;
mod bamboo;
mod bitbucket;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod install;
mod tables;
mod teamcity;
mod words;

use std::fmt::Write as _;

use crate::ci::inputs::{Input, inputs};

const BEGIN: &str = "inputs:begin";
const END: &str = "inputs:end";

/// A way to write the list.
type Style = fn(&[Input]) -> String;

/// How a list is written, by the word behind its first marker.
const STYLES: [(&str, Style); 17] = [
    ("table", tables::table),
    ("variables", tables::variables),
    ("names", tables::names),
    ("install", |_| install::INSTALL.to_owned()),
    ("github-inputs", github::inputs),
    ("github-env", github::env),
    ("gitlab-inputs", gitlab::inputs),
    ("gitlab-variables", gitlab::variables),
    ("buildkite-properties", buildkite::properties),
    ("circleci-parameters", circleci::parameters),
    ("circleci-environment", circleci::environment),
    ("azure-parameters", azure::parameters),
    ("azure-env", azure::env),
    ("teamcity-inputs", teamcity::inputs),
    ("teamcity-params", teamcity::params),
    ("bamboo-exports", bamboo::exports),
    ("bitbucket-variables", bitbucket::variables),
];

/// A file's text with every list between its markers made again.
///
/// # Errors
/// A marker without its other one, or a word that stands for no way of writing, in words.
pub fn with_inputs(text: &str) -> Result<String, String> {
    let all = inputs();
    let mut made = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        made.push_str(line);
        let Some((before, rest)) = line.split_once(BEGIN) else { continue };
        let word = rest.split_whitespace().next().unwrap_or_default();
        let style = STYLES.iter().find(|(it, _)| *it == word);
        let (_, style) = style.ok_or_else(|| format!("`{BEGIN} {word}` is no known way to write a list"))?;
        let indentation: String = before.chars().take_while(|it| *it == ' ').collect();
        for line in style(&all).lines() {
            let indentation = if line.is_empty() { "" } else { &indentation };
            let _ = writeln!(made, "{indentation}{line}");
        }
        let end = lines.find(|it| it.contains(END)).ok_or_else(|| format!("`{BEGIN} {word}` has no end"))?;
        made.push_str(end);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use crate::ci::inputs::InputKind;

    use super::*;

    fn made(word: &str) -> String {
        with_inputs(&format!("# inputs:begin {word}\n# inputs:end\n")).expect("a list")
    }

    #[test]
    fn lists_go_between_their_markers_and_nowhere_else() {
        let text = "a\n  # inputs:begin names\nold\n  # inputs:end\nb\n";
        let once = with_inputs(text).expect("a list");
        assert!(once.starts_with("a\n  # inputs:begin names\n  \"command\",\n  \"config\",\n"), "{once}");
        assert!(once.ends_with("\",\n  # inputs:end\nb\n") && !once.contains("old"), "{once}");
        assert_eq!(with_inputs(&once), Ok(once.clone()));
        assert_eq!(with_inputs("no markers\n"), Ok("no markers\n".to_owned()));
        with_inputs("# inputs:begin names\n").expect_err("no end");
        with_inputs("# inputs:begin nmaes\n# inputs:end\n").expect_err("no such word");
    }

    #[test]
    fn every_style_has_every_input_that_may_stand_there() {
        for (word, _) in STYLES.into_iter().filter(|(word, _)| *word != "install") {
            let text = made(word);
            let no_secrets = word.starts_with("buildkite") || word.starts_with("circleci");
            for input in inputs() {
                let names = [
                    format!("`{}`", input.name),
                    format!("\"{}\"", input.name),
                    format!("{}:", input.name),
                    format!("name: {}\n", azure::name(&input.name)),
                    input.variable(),
                    format!("{}_JSON", input.variable()),
                ];
                let is_there = names.iter().any(|it| {
                    text.match_indices(it.as_str()).any(|(at, _)| {
                        let before = text[..at].chars().next_back();
                        let after = text[at + it.len()..].chars().next();
                        !before.is_some_and(|it| it.is_alphanumeric() || "-_".contains(it))
                            && !after.is_some_and(|it| it.is_alphanumeric() || "-_".contains(it))
                    })
                });
                let wanted = !(no_secrets && input.kind == InputKind::Secret);
                assert_eq!(is_there, wanted, "{} in {word}\n{text}", input.name);
            }
        }
    }

    #[test]
    fn each_server_reads_its_own_words() {
        for (word, wanted) in [
            ("github-env", "PROMENADE_INPUT_TO: ${{ inputs.to }}\n"),
            ("github-env", "PROMENADE_INPUT_STATUS: ${{ inputs.status || job.status }}\n"),
            ("gitlab-variables", "PROMENADE_INPUT_FROM: |2-\n  $[[ inputs.from ]]\n"),
            (
                "gitlab-variables",
                "PROMENADE_INPUT_TO_JSON:\n  value: |2-\n    $[[ inputs.to ]]\n  expand: false\n",
            ),
            (
                "gitlab-inputs",
                "A list of its parts, each a line or several.\"\n  type: array\n  default: []\n",
            ),
            ("azure-parameters", "- name: onTimeout\n  type: string\n  default: \"\"\n# "),
            (
                "azure-env",
                "PROMENADE_INPUT_TO_JSON: ${{ replace(convertToJson(parameters.to), '$(', '$\\u0028') }}\n",
            ),
            ("azure-env", "PROMENADE_INPUT_FROM: ${{ parameters.from }}\n"),
            ("circleci-environment", "PROMENADE_INPUT_TO: << parameters.to >>\n"),
            ("bamboo-exports", "export PROMENADE_INPUT_ON_TIMEOUT=\"${bamboo_promenade_on_timeout-}\"\n"),
            ("bamboo-exports", "export PROMENADE_INPUT_API_KEY=\"${bamboo_promenade_api_key_secret-}\"\n"),
            (
                "teamcity-params",
                "name=\"env.PROMENADE_INPUT_API_KEY\" value=\"\" spec=\"password label='api-key'",
            ),
            ("teamcity-params", "data_1='' data_2='leave' data_3='cancel' label='on-timeout'"),
            ("buildkite-properties", "wait:\n  description: \"Waits for the results."),
        ] {
            let text = made(word);
            assert!(text.contains(wanted), "{wanted} is not in\n{text}");
        }
    }
}
