//! A run as a page of Markdown, for CI servers that show one.

use std::fmt::Write as _;
use std::time::Duration;

use super::result::{ActionResult, DeploymentReport, RunResult, RunVerdict};
use super::span::span;
use crate::text::clean;

/// The longest page, in bytes. CI servers accept 1 MiB at most; few people read a quarter of it.
const LARGEST: usize = 256 * 1024;

/// The page: how the run ended, what was created, deployed and promoted, how long it took, and where to look.
#[must_use]
pub fn summary(result: &RunResult) -> String {
    let mut page = format!("### promenade: {}\n\n", result.verdict.words());
    if !result.actions.is_empty() {
        page.push_str(
            "| Action | Release | Environment | Result | Took |\n| --- | --- | --- | --- | --- |\n",
        );
        result.actions.iter().flat_map(rows).for_each(|it| page.push_str(&it));
        page.push('\n');
    }
    for action in &result.actions {
        if let Some(error) = &action.error {
            let _ = writeln!(page, "- **{}**: {}", escaped(&action.title), escaped(&error.message));
            if let Some(advice) = &error.advice {
                let _ = writeln!(page, "  - what to do: {}", escaped(advice));
            }
        }
    }
    for problem in &result.problems {
        let _ = writeln!(page, "- {}; {}", escaped(&problem.message), escaped(&problem.remedy));
    }
    for warning in &result.warnings {
        let _ = writeln!(page, "- warning: {}", escaped(warning));
    }
    if page.len() > LARGEST {
        page.truncate(page.floor_char_boundary(LARGEST));
        page.push_str("…\n\nThe rest is in the log.\n");
    }
    page
}

/// The rows of one action: one for each of its deployments, or one for its result.
fn rows(action: &ActionResult) -> Vec<String> {
    let title = escaped(&action.title);
    let releases: Vec<_> = action.releases.iter().map(|it| link(&it.version, &it.url)).collect();
    let releases = releases.join(", ");
    if action.deployments.is_empty() {
        let skipped = action.reason.as_ref().map(|it| format!("skipped: {}", escaped(it)));
        let result = skipped.or_else(|| action.verdict.map(RunVerdict::words)).unwrap_or_default();
        return vec![format!("| {title} | {releases} | | {result} | |\n")];
    }
    let row = |it: &DeploymentReport| {
        let tenant = it.tenant.as_ref().map(|it| format!(" for {it}")).unwrap_or_default();
        let place = escaped(&format!("{}{tenant}", it.environment));
        let warnings = if it.warnings && it.state.is_fine() { ", with warnings" } else { "" };
        let result = format!("{}{warnings}", link(&it.state.words(), &it.url));
        let because = it.message.as_ref().map(|it| format!(": {}", escaped(it))).unwrap_or_default();
        let took = it.duration_seconds.and_then(|it| Duration::try_from_secs_f64(it).ok()).map(span);
        format!("| {title} | {releases} | {place} | {result}{because} | {} |\n", took.unwrap_or_default())
    };
    action.deployments.iter().map(row).collect()
}

/// A link, where the address is one that a browser may be sent to.
fn link(text: &str, url: &str) -> String {
    let text = escaped(text);
    let plain = |it: char| it.is_ascii_graphic() && !"<>()[]|\\`\"".contains(it);
    let fit = (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain);
    if fit { format!("[{text}](<{url}>)") } else { text }
}

fn ends_in_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|it| text.get(it..)).is_some_and(|it| it.eq_ignore_ascii_case("www"))
}

/// A text in which nothing is Markdown or HTML, on one line.
fn escaped(text: &str) -> String {
    let text = clean(&text.replace(['\n', '\r', '\t'], " "));
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        match letter {
            // An address becomes a link by itself.
            ':' if text[at..].starts_with("://") => out.push_str("&#58;"),
            '.' if ends_in_www(&text[..at]) => out.push_str("&#46;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn page(verdict: &str, actions: Value, warnings: &[&str]) -> String {
        let problems = json!([{ "source": "p.toml", "line": 1, "column": 2, "message": "unknown key `a_b`", "remedy": "remove it" }]);
        let problems = if verdict == "bad-settings" { problems } else { json!([]) };
        let result = json!({ "verdict": verdict, "exitCode": 0, "warnings": warnings, "problems": problems,
            "actions": actions });
        summary(&serde_json::from_value(result).expect("a result"))
    }

    fn release() -> Value {
        json!({ "id": "r", "version": "1.0", "origin": "new", "url": "https://o/r" })
    }

    #[test]
    fn a_run_is_a_table_of_what_was_made_and_deployed() {
        let deployed = json!([
            { "environment": "Test", "id": "d", "task": "t", "state": "succeeded", "url": "https://o/t", "warnings": true,
              "durationSeconds": 75.0 },
            { "environment": "Test", "tenant": "Acme", "id": "d", "task": "t", "state": "failed", "url": "https://o/u",
              "warnings": false, "message": "no disk\nat all" },
        ]);
        let actions = json!([
            { "action": "create", "title": "Create", "decision": "run", "verdict": "passed", "releases": [release()],
              "deployments": [] },
            { "action": "deploy", "title": "Deploy", "decision": "run", "verdict": "failed", "releases": [release()],
              "deployments": deployed, "error": { "message": "it *failed*", "advice": "look" } },
            { "action": "promote", "title": "Promote", "decision": "skipped", "reason": "Deploy failed", "releases": [],
              "deployments": [] },
        ]);
        let expected = "\
### promenade: failed

| Action | Release | Environment | Result | Took |
| --- | --- | --- | --- | --- |
| Create | [1.0](<https://o/r>) | | passed | |
| Deploy | [1.0](<https://o/r>) | Test | [succeeded](<https://o/t>), with warnings | 1 min 15 s |
| Deploy | [1.0](<https://o/r>) | Test for Acme | [failed](<https://o/u>): no disk at all |  |
| Promote |  | | skipped: Deploy failed | |

- **Deploy**: it \\*failed\\*
  - what to do: look
- warning: w
";
        assert_eq!(page("failed", actions, &["w"]), expected);
    }

    #[test]
    fn what_is_wrong_with_settings_is_listed() {
        let expected = "### promenade: bad settings\n\n- unknown key \\`a\\_b\\`; remove it\n";
        assert_eq!(page("bad-settings", json!([]), &[]), expected);
    }

    #[test]
    fn nothing_that_people_write_is_markdown_or_html() {
        for (text, expected) in [
            ("a|b\nc\td", "a\\|b c d"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            (
                "[x](https://evil.example) www.evil.example",
                "\\[x\\](https&#58;//evil.example) www&#46;evil.example",
            ),
            ("*a* _b_ `c` ~~d~~ \\e ![f]", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\\\e !\\[f\\]"),
            ("##vso[a]\u{202e}", "\\\\u{23}#vso\\[a\\]\\\\u{202e}"),
            ("WWW.a é.www. 1:2", "WWW&#46;a é.www&#46; 1:2"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn a_link_leads_where_a_browser_may_be_sent() {
        assert_eq!(link("a]b", "https://o/x#/y?z=1"), "[a\\]b](<https://o/x#/y?z=1>)");
        for url in
            ["javascript:alert(1)", "https://o/ x", "https://o/>x", "https://o/|x", "https://o/\u{e9}", ""]
        {
            assert_eq!(link("a", url), "a", "{url}");
        }
    }

    #[test]
    fn a_page_ends_before_servers_refuse_it() {
        let warning = "é".repeat(1000);
        let page = page("passed", json!([]), &vec![warning.as_str(); 200]);
        assert!(
            page.len() < LARGEST + 100 && page.ends_with("…\n\nThe rest is in the log.\n"),
            "{}",
            page.len()
        );
    }
}
