//! What promenade itself means to say to each server, by hand: which orders, with which values.

use std::path::Path;

use super::attack::KEY;
use crate::support::grammar::Order;

/// What lines begin with that are ours.
const WORDS: [&str; 5] = ["create: ", "deploy: ", "promenade: ", "Create a release", "Deploy to "];

fn ours(text: &str) -> bool {
    WORDS.iter().any(|it| text.starts_with(it))
        && !text.contains(|it: char| it.is_control() && !matches!(it, '\n' | '\t'))
}

/// Whether a line begins as promenade's lines do at this server.
pub(super) fn begins_in_our_words(server: &str, line: &str) -> bool {
    let orders: &[&str] = match server {
        "github" | "gitea" | "forgejo" => &["::"],
        "azure" => &["##[", "##vso["],
        "teamcity" => return line.is_empty() || line.starts_with("##teamcity["),
        "continua" => &["@@continua["],
        "buildkite" => &["--- create: ", "--- deploy: ", "^^^ +++"],
        "gitlab" => &["section_"],
        _ => &[],
    };
    line.is_empty() || WORDS[..3].iter().chain(orders).any(|it| line.starts_with(it))
}

/// Whether promenade means this order.
pub(super) fn is_ours(server: &str, order: &Order, folder: &Path) -> bool {
    let keys: Vec<_> = order.values.keys().map(String::as_str).collect();
    match server {
        "github" | "gitea" | "forgejo" => is_ours_for_actions(order, &keys),
        "azure" => is_ours_for_azure(order, &keys, folder),
        "teamcity" => is_ours_for_teamcity(order, &keys),
        "continua" => is_ours_for_continua(order, &keys),
        "gitlab" => {
            let known = ["promenade_create-1", "promenade_deploy-2"].contains(&value(order, "name"));
            known && if order.name == "start" { ours(&order.text) } else { order.text.is_empty() }
        }
        "buildkite" => {
            (order.name == "---" && ours(&order.text)) || (order.name == "^^^" && order.text == "+++")
        }
        _ => false,
    }
}

fn value<'a>(order: &'a Order, name: &str) -> &'a str {
    order.values.get(name).map_or("", String::as_str)
}

/// Whether this is the name of one of promenade's variables.
fn is_variable(name: &str) -> bool {
    let fits = |it: char| it.is_ascii_uppercase() || it == '_';
    name.starts_with("PROMENADE_") && name.chars().all(fits)
}

fn is_ours_for_actions(order: &Order, keys: &[&str]) -> bool {
    match order.name.as_str() {
        "group" | "warning" => keys.is_empty() && ours(&order.text),
        "endgroup" => keys.is_empty() && order.text.is_empty(),
        "error" => keys == ["title"] && ours(value(order, "title")),
        "add-mask" => keys.is_empty() && order.text == KEY,
        _ => false,
    }
}

fn is_ours_for_azure(order: &Order, keys: &[&str], folder: &Path) -> bool {
    let (text, value) = (order.text.as_str(), |name| value(order, name));
    match order.name.as_str() {
        "[group]" | "[error]" => keys.is_empty() && ours(text),
        "[endgroup]" => keys.is_empty() && text.is_empty(),
        "task.logissue" => keys == ["type"] && ["warning", "error"].contains(&value("type")) && ours(text),
        "task.setprogress" => keys == ["value"] && value("value").parse().is_ok_and(|it: u8| it <= 100),
        "task.setsecret" => keys.is_empty() && text == KEY,
        "task.setvariable" => {
            keys == ["isOutput", "issecret", "variable"]
                && is_variable(value("variable"))
                && (value("isOutput"), value("issecret")) == ("true", "false")
        }
        "task.uploadsummary" => Path::new(text).parent() == Some(folder) && text.ends_with(".md"),
        "task.complete" => {
            value("result") == "SucceededWithIssues" && text == "promenade passed with warnings"
        }
        _ => false,
    }
}

fn is_ours_for_teamcity(order: &Order, keys: &[&str]) -> bool {
    let value = |name| value(order, name);
    match order.name.as_str() {
        "blockopened" | "blockclosed" => keys == ["flowId", "name"] && ours(value("name")),
        "message" => {
            keys == ["flowId", "status", "text"]
                && ["NORMAL", "WARNING", "FAILURE"].contains(&value("status"))
                && ours(value("text"))
        }
        "progressmessage" => keys.is_empty() && order.text.starts_with("Test "),
        "setparameter" => {
            keys == ["name", "value"] && value("name").strip_prefix("env.").is_some_and(is_variable)
        }
        "buildproblem" => keys == ["description", "identity"] && value("identity").starts_with("promenade_"),
        "buildstatus" => keys == ["text"] && value("text").ends_with("promenade passed with warnings"),
        _ => false,
    }
}

fn is_ours_for_continua(order: &Order, keys: &[&str]) -> bool {
    let value = |name| value(order, name);
    match order.name.as_str() {
        "startgroup" | "endgroup" => keys == ["name"] && ours(value("name")),
        "message" => {
            let known = ["success", "warning", "error"].contains(&value("status"));
            keys == ["status", "value"] && known && ours(value("value"))
        }
        "setbuildstatus" => keys == ["value"] && value("value").starts_with("Test "),
        "setbuildvariable" => keys == ["name", "skipIfNotDefined", "value"] && is_variable(value("name")),
        _ => false,
    }
}

/// The groups that an order opens and closes, as one count each.
pub(super) fn opened(server: &str, orders: &[Order]) -> (usize, usize) {
    let count = |names: &[&str]| orders.iter().filter(|it| names.contains(&it.name.as_str())).count();
    match server {
        "buildkite" => (count(&["---"]), 0),
        "gitlab" => (count(&["start"]), count(&["end"])),
        _ => (
            count(&["group", "[group]", "blockopened", "startgroup"]),
            count(&["endgroup", "[endgroup]", "blockclosed"]),
        ),
    }
}

/// The groups of a run with two actions.
pub(super) fn opens(server: &str) -> (usize, usize) {
    match server {
        "buildkite" => (2, 0),
        "azure" | "continua" | "forgejo" | "gitea" | "github" | "gitlab" | "teamcity" => (2, 2),
        _ => (0, 0),
    }
}

/// What the grammar must find in a log in which nothing was made harmless.
pub(super) fn planted(server: &str) -> &'static [&'static str] {
    match server {
        "github" | "gitea" | "forgejo" => {
            &["set-output", "add-mask", "warning", "stop-commands", "group", "set-env", "add-path", "error"]
        }
        "azure" => &[
            "task.setvariable",
            "task.logissue",
            "task.complete",
            "task.setsecret",
            "build.addbuildtag",
            "[error]",
            "[group]",
        ],
        "teamcity" => {
            &["buildstatus", "publishartifacts", "buildstop", "testfailed", "enableservicemessages"]
        }
        "continua" => &["setbuildstatus", "setservervariable", "pinbuild"],
        "gitlab" => &["start", "end"],
        "buildkite" => &["---", "+++", "~~~", "^^^"],
        "jenkins" => &["note"],
        _ => &[],
    }
}

/// Whether the server can be told of a secret.
pub(super) fn learns_secrets(server: &str) -> bool {
    ["azure", "buildkite", "forgejo", "gitea", "github"].contains(&server)
}

/// Whether the server shows a page of its own.
pub(super) fn has_page(server: &str) -> bool {
    learns_secrets(server)
}

/// Whether the server has a file of its own for output values.
pub(super) fn has_own_outputs(server: &str) -> bool {
    ["forgejo", "gitea", "github"].contains(&server)
}

/// Whether an order tells the server of a secret.
pub(super) fn masks(server: &str, order: &Order) -> bool {
    learns_secrets(server) && ["add-mask", "task.setsecret"].contains(&order.name.as_str())
}

/// The lines that tell of the key.
pub(super) fn mask_lines() -> [String; 2] {
    [format!("::add-mask::{KEY}"), format!("##vso[task.setsecret]{KEY}")]
}

/// Whether promenade calls Buildkite's agent with these arguments, one a line.
pub(super) fn is_agents(arguments: &str) -> bool {
    let words: Vec<_> = arguments.lines().collect();
    match words.as_slice() {
        ["redactor", "add"] => true,
        ["meta-data", "set", name] => {
            name.strip_prefix("promenade-").is_some_and(|it| super::VALUES.contains(&it))
        }
        ["annotate", "--style", "warning" | "error", "--context", context] => {
            context.starts_with("promenade-")
        }
        _ => false,
    }
}
