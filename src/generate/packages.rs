//! The inputs in the packages of `integrations/`: each list stands between two markers, in the words of its server.
//!
//! A line with `inputs:begin WORD` begins a list, whatever comment it stands in, and one with `inputs:end` ends it.
//! WORD says how the list is written; between the markers nothing else survives. The list is indented as its first
//! marker is.

use std::fmt::Write as _;

use crate::ci::inputs::{Input, InputKind, inputs};
use crate::ci::invocation::Command;

const BEGIN: &str = "inputs:begin";
const END: &str = "inputs:end";

/// A way to write the list.
type Style = fn(&[Input]) -> String;

/// How a list is written, by the word behind its first marker.
const STYLES: [(&str, Style); 17] = [
    ("table", table),
    ("variables", variables),
    ("names", names),
    ("install", |_| INSTALL.to_owned()),
    ("github-inputs", github_inputs),
    ("github-env", github_env),
    ("gitlab-inputs", gitlab_inputs),
    ("gitlab-variables", gitlab_variables),
    ("buildkite-properties", buildkite_properties),
    ("circleci-parameters", circleci_parameters),
    ("circleci-environment", circleci_environment),
    ("azure-parameters", azure_parameters),
    ("azure-env", azure_env),
    ("teamcity-inputs", teamcity_inputs),
    ("teamcity-params", teamcity_params),
    ("bamboo-exports", bamboo_exports),
    ("bitbucket-variables", bitbucket_variables),
];

/// A file's text with every list between its markers made anew.
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

/// One entry for each input.
fn each(inputs: &[Input], entry: impl Fn(&Input) -> String) -> String {
    inputs.iter().map(entry).collect()
}

/// The inputs that may stand in a pipeline's own text: all but secrets, whose variables are named instead.
fn open(inputs: &[Input]) -> impl Iterator<Item = &Input> {
    inputs.iter().filter(|it| it.kind != InputKind::Secret)
}

/// What an input does, in one line for people: its help, how it is written, what holds without it, who takes it.
fn described(input: &Input) -> String {
    let form = match input.kind {
        InputKind::List => " A JSON list, or one item a line.",
        InputKind::Map => " A JSON object, or one NAME=VALUE a line.",
        InputKind::Switch => " true or false.",
        _ => "",
    };
    described_as(input, form)
}

/// The same where it is written in this form.
fn described_as(input: &Input, form: &str) -> String {
    let mut text = format!("{}{form}", input.help);
    if let Some(default) = &input.default {
        let _ = write!(text, " Default: {default}.");
    }
    if let Some(takers) = takers(input) {
        let _ = write!(text, " Only for {takers}.");
    }
    text
}

/// The commands that take an input that not all take.
fn takers(input: &Input) -> Option<String> {
    // Nearly all are taken by what does something, so that is not worth a word.
    let doing = |it: &&Command| **it != Command::Event;
    let all = Command::ALL.iter().filter(doing).count();
    let names: Vec<_> = input.commands.iter().filter(doing).map(|it| it.name()).collect();
    (names.len() < all).then(|| names.join(", "))
}

/// A text as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The values that an input may have, where these are few: of a switch and of a choice. Blank is as if not given.
fn values(input: &Input) -> Option<Vec<&str>> {
    match &input.kind {
        InputKind::Switch => Some(vec!["", "true", "false"]),
        InputKind::Choice(values) => {
            Some(std::iter::once("").chain(values.iter().map(|(name, _)| name.as_str())).collect())
        }
        _ => None,
    }
}

/// The same as a list of JSON and YAML.
fn listed(input: &Input) -> Option<String> {
    let values: Vec<_> = values(input)?.into_iter().map(quoted).collect();
    Some(format!("[{}]", values.join(", ")))
}

/// A Markdown table for people.
fn table(inputs: &[Input]) -> String {
    rows(inputs, "Input", |it| it.name.clone())
}

/// A Markdown table of the variables, for servers whose packages have no names of their own.
fn variables(inputs: &[Input]) -> String {
    rows(inputs, "Variable", Input::variable)
}

fn rows(inputs: &[Input], head: &str, name: impl Fn(&Input) -> String) -> String {
    let mut text =
        format!("\n| {head} | Value | Default | For | Meaning |\n| --- | --- | --- | --- | --- |\n");
    for input in inputs {
        let value = match &input.kind {
            InputKind::Switch => "`true` or `false`".to_owned(),
            InputKind::Text => "text".to_owned(),
            InputKind::Integer => "number".to_owned(),
            InputKind::Duration => "duration".to_owned(),
            InputKind::Time => "time".to_owned(),
            InputKind::Choice(values) => {
                values.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            }
            InputKind::List => "list".to_owned(),
            InputKind::Map => "names and values".to_owned(),
            InputKind::Secret => "secret".to_owned(),
        };
        let default = input.default.as_ref().map(|it| format!("`{it}`")).unwrap_or_default();
        let takers = takers(input).unwrap_or_else(|| "all".to_owned());
        let cells = [format!("`{}`", name(input)), value, default, takers, input.help.clone()];
        let _ = writeln!(text, "| {} |", cells.map(|it| it.replace('|', "\\|")).join(" | "));
    }
    text.push('\n');
    text
}

/// Quoted names with a comma behind each, as most languages write the items of a list.
fn names(inputs: &[Input]) -> String {
    each(inputs, |it| format!("{},\n", quoted(&it.name)))
}

fn github_inputs(inputs: &[Input]) -> String {
    each(inputs, |it| format!("{}:\n  description: {}\n  required: false\n", it.name, quoted(&described(it))))
}

/// GitHub tells no step how its job stands, so the status is passed on.
fn github_env(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let value = match it.name.as_str() {
            "status" => "inputs.status || job.status".to_owned(),
            name => format!("inputs.{name}"),
        };
        format!("{}: ${{{{ {value} }}}}\n", it.variable())
    })
}

/// GitLab puts an input into the text of the component before it reads that as YAML: a text as it is, so that a line
/// break would end it there, and a list as JSON, in which a line break is none.
fn is_gitlab_array(input: &Input) -> bool {
    input.kind.is_several() || ["settings", "notes"].contains(&input.name.as_str())
}

fn gitlab_inputs(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (kind, default) = match it.name.as_str() {
            // GitLab takes output values from the file that the job declares.
            "outputs-file" => ("string", "promenade.env"),
            _ if is_gitlab_array(it) => ("array", "[]"),
            _ => ("string", "\"\""),
        };
        let options = listed(it).map(|it| format!("  options: {it}\n")).unwrap_or_default();
        let description = match it.kind {
            InputKind::List => described_as(it, " A list."),
            InputKind::Map => described_as(it, " A list of NAME=VALUE."),
            _ if is_gitlab_array(it) => described_as(it, " A list of its parts, each a line or several."),
            _ => described(it),
        };
        let description = quoted(&description);
        format!("{}:\n  description: {description}\n  type: {kind}\n  default: {default}\n{options}", it.name)
    })
}

/// A value stands in a block of its own, whose indentation is said: there it is text, whatever signs it begins with.
/// GitLab puts no values of variables into a list, since it would put them into its JSON: promenade does.
fn gitlab_variables(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (variable, name) = (it.variable(), &it.name);
        if is_gitlab_array(it) {
            format!("{variable}_JSON:\n  value: |2-\n    $[[ inputs.{name} ]]\n  expand: false\n")
        } else {
            format!("{variable}: |2-\n  $[[ inputs.{name} ]]\n")
        }
    })
}

fn buildkite_properties(inputs: &[Input]) -> String {
    let schema = |it: &Input| match &it.kind {
        InputKind::Switch => "type: boolean".to_owned(),
        InputKind::Integer => "type: integer".to_owned(),
        InputKind::List => "type: [string, array]\n  items:\n    type: string".to_owned(),
        InputKind::Map => "type: [string, object]\n  additionalProperties:\n    type: string".to_owned(),
        InputKind::Choice(values) => {
            let names: Vec<_> = values.iter().map(|(name, _)| quoted(name)).collect();
            format!("type: string\n  enum: [{}]", names.join(", "))
        }
        _ => "type: string".to_owned(),
    };
    open(inputs)
        .map(|it| format!("{}:\n  description: {}\n  {}\n", it.name, quoted(&described(it)), schema(it)))
        .collect()
}

fn circleci_parameters(inputs: &[Input]) -> String {
    open(inputs)
        .map(|it| {
            let kind = listed(it).map_or("type: string".to_owned(), |it| format!("type: enum\n  enum: {it}"));
            format!("{}:\n  description: {}\n  {kind}\n  default: \"\"\n", it.name, quoted(&described(it)))
        })
        .collect()
}

fn circleci_environment(inputs: &[Input]) -> String {
    open(inputs).map(|it| format!("{}: << parameters.{} >>\n", it.variable(), it.name)).collect()
}

/// Azure's names have no hyphens, since they could not be referred to without brackets.
fn azure_name(name: &str) -> String {
    let mut words = name.split('-');
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        joined.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    joined
}

fn azure_parameters(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let rest = match &it.kind {
            InputKind::List => "type: object\n  default: []".to_owned(),
            InputKind::Map => "type: object\n  default: {}".to_owned(),
            // Azure takes no blank among the values of a parameter, so that a choice could not be left open.
            _ => "type: string\n  default: \"\"".to_owned(),
        };
        format!("# {}\n- name: {}\n  {rest}\n", described(it), azure_name(&it.name))
    })
}

/// The agent puts the values of variables into a step's environment, after lists have become JSON. So that it finds no
/// reference to one there, the sign that a reference begins with is written as JSON may write it; promenade reads it.
fn azure_env(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let (variable, name) = (it.variable(), azure_name(&it.name));
        if it.kind.is_several() {
            let json = format!("replace(convertToJson(parameters.{name}), '$(', '$\\u0028')");
            format!("{variable}_JSON: ${{{{ {json} }}}}\n")
        } else {
            format!("{variable}: ${{{{ parameters.{name} }}}}\n")
        }
    })
}

/// The longest description that TeamCity takes in a recipe.
const LONGEST_DESCRIPTION: usize = 250;

fn teamcity_inputs(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let mut description = described(it);
        if description.chars().count() > LONGEST_DESCRIPTION {
            description = description.chars().take(LONGEST_DESCRIPTION - 1).collect();
            description.push('…');
        }
        let kind = match it.kind {
            InputKind::Secret => "type: password".to_owned(),
            _ => values(it).map_or("type: text".to_owned(), |values| {
                let options: String =
                    values.into_iter().map(|it| format!("\n      - {}", quoted(it))).collect();
                format!("type: select\n    options:{options}")
            }),
        };
        format!(
            "- env.{}:\n    label: {}\n    description: {}\n    required: false\n    default: \"\"\n    {kind}\n",
            it.variable(),
            quoted(&it.name),
            quoted(&description)
        )
    })
}

fn teamcity_params(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let kind = match &it.kind {
            InputKind::Secret => "password".to_owned(),
            _ => values(it).map_or("text".to_owned(), |values| {
                let data: String = values
                    .into_iter()
                    .enumerate()
                    .map(|(at, it)| format!(" data_{}='{}'", at + 1, in_service_message(it)))
                    .collect();
                format!("select{data}")
            }),
        };
        let (label, description) = (in_service_message(&it.name), in_service_message(&described(it)));
        let spec = format!("{kind} label='{label}' description='{description}' display='normal'");
        format!("<param name=\"env.{}\" value=\"\" spec=\"{}\" />\n", it.variable(), in_xml(&spec))
    })
}

/// As a value stands in the specification of a parameter of TeamCity's.
fn in_service_message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        if matches!(it, '|' | '\'' | '[' | ']') {
            escaped.push('|');
        }
        escaped.push(it);
    }
    escaped
}

fn in_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Bamboo hands a plan's variable `promenade_to` to scripts as `bamboo_promenade_to`, and hides the values of those
/// that are called secret.
fn bamboo_exports(inputs: &[Input]) -> String {
    each(inputs, |it| {
        let secret = if it.kind == InputKind::Secret { "_secret" } else { "" };
        let name = it.name.replace('-', "_");
        format!("export {}=\"${{bamboo_promenade_{name}{secret}-}}\"\n", it.variable())
    })
}

fn bitbucket_variables(inputs: &[Input]) -> String {
    each(inputs, |it| format!("# {}\n- name: {}\n  default: \"\"\n", described(it), it.variable()))
}

/// Makes the program available where it is not on the PATH: this version, or the one that is named.
///
/// The checksum beside the archive shows a broken transfer; one that is named in PROMENADE_SHA256 shows any change.
const INSTALL: &str = concat!(
    r#"if ! command -v promenade >/dev/null 2>&1; then
  version="${PROMENADE_VERSION:-"#,
    env!("CARGO_PKG_VERSION"),
    r#"}"
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
    Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
    *)
      echo "promenade: there is no archive for this machine; put promenade on the PATH" >&2
      exit 2
      ;;
  esac
  archive="promenade-v$version-$target.tar.gz"
  address="https://github.com/promenade-rs/promenade/releases/download/v$version/$archive"
  folder="$(mktemp -d)"
  for suffix in "" .sha256; do
    if command -v curl >/dev/null 2>&1; then
      curl --fail --silent --show-error --location --retry 3 --output "$folder/$archive$suffix" "$address$suffix"
    else
      wget -q -O "$folder/$archive$suffix" "$address$suffix"
    fi || {
      echo "promenade: $address$suffix could not be fetched" >&2
      exit 4
    }
  done
  sum="${PROMENADE_SHA256:-$(cut -d ' ' -f 1 "$folder/$archive.sha256")}"
  echo "$sum  $folder/$archive" | sha256sum -c - >/dev/null || {
    echo "promenade: the checksum of $archive is wrong; nothing was run" >&2
    exit 2
  }
  tar -xzf "$folder/$archive" -C "$folder" || exit 2
  PATH="$folder:$PATH"
fi
"#
);

#[cfg(test)]
mod tests {
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
                    format!("name: {}\n", azure_name(&input.name)),
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
