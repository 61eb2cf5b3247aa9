//! What CI servers take for orders in a log. Written from their documentation and sources, and from nothing that
//! promenade says; where they differ from version to version, the widest reading counts.

pub(crate) mod left;

use std::collections::BTreeMap;

use regex::Regex;

/// Something that a server would do because of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// What to do, in lower case.
    pub(crate) name: String,
    /// With which values, decoded.
    pub(crate) values: BTreeMap<String, String>,
    /// With which text, decoded.
    pub(crate) text: String,
}

impl Order {
    fn new(name: &str, values: BTreeMap<String, String>, text: &str) -> Self {
        Self { name: name.to_lowercase(), values, text: text.to_owned() }
    }
}

/// Every order in a log.
pub(crate) fn orders(server: &str, log: &str) -> Vec<Order> {
    let by_line = |read: fn(&str) -> Vec<Order>| lines(log).iter().flat_map(|it| read(it)).collect();
    match server {
        "github" | "gitea" | "forgejo" => by_line(actions),
        "azure" => by_line(azure),
        "teamcity" => by_line(|line| messages(line, "##teamcity[", '|')),
        "continua" => by_line(|line| messages(line, "@@continua[", '\\')),
        "gitlab" => sections(log),
        "buildkite" => by_line(groups),
        "jenkins" => notes(log),
        _ => Vec::new(),
    }
}

/// The lines of a log without colours, however a reader may break it.
pub(crate) fn lines(log: &str) -> Vec<String> {
    let colours = Regex::new("\u{1b}\\[[0-9;]*[mK]").expect("a pattern");
    let lines = log.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    lines.map(|it| colours.replace_all(it, "").into_owned()).collect()
}

/// actions/runner, `ActionCommand.cs`: `::name k=v,k=v::text` after white space, else `##[name k=v;k=v]text` anywhere.
fn actions(line: &str) -> Vec<Order> {
    let second = line.trim_start().strip_prefix("::").and_then(|it| it.split_once("::"));
    if let Some((info, text)) = second {
        let (name, values) = info.split_once(' ').unwrap_or((info, ""));
        let escapes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
        return vec![Order::new(
            name,
            pairs(values, ',', &escapes),
            &decoded(text, &[escapes[0], escapes[1], escapes[4]]),
        )];
    }
    bracketed(line, "##[", &[("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")])
}

/// azure-pipelines-agent, `Command.cs`: `##vso[area.event k=v;k=v;]text` anywhere; and the lines that its log page draws.
fn azure(line: &str) -> Vec<Order> {
    let escapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")];
    let mut orders = bracketed(line, "##vso[", &escapes);
    let drawn = bracketed(line, "##[", &[]);
    orders.extend(drawn.into_iter().map(|it| Order { name: format!("[{}]", it.name), ..it }));
    orders
}

/// Every order in a line that begins so, and ends with its text.
fn bracketed(line: &str, begin: &str, escapes: &[(&str, &str)]) -> Vec<Order> {
    let read = |at: usize| {
        let (info, text) = line[at + begin.len()..].split_once(']')?;
        let (name, values) = info.split_once(' ').unwrap_or((info, ""));
        Some(Order::new(name, pairs(values, ';', escapes), &decoded(text, escapes)))
    };
    places(line, begin).into_iter().filter_map(read).collect()
}

/// TeamCity's and Continua's messages: `begin name k='v' k='v']` or `begin name 'v']`, anywhere.
fn messages(line: &str, begin: &str, escape: char) -> Vec<Order> {
    let read = |at: usize| {
        let inner = line[at + begin.len()..].trim_start();
        let end = inner.find([' ', ']', '\'']).unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(end);
        let (mut values, mut text) = (BTreeMap::new(), String::new());
        loop {
            rest = rest.trim_start();
            let Some((key, quoted)) = rest.split_once('\'').filter(|(key, _)| !key.contains(']')) else {
                break;
            };
            let (value, behind) = unquoted(quoted, escape);
            match key.trim_end().trim_end_matches('=') {
                "" => text = value,
                key => drop(values.insert(key.to_owned(), value)),
            }
            rest = behind;
        }
        // What does not end as it should is no message that we mean.
        let name = if rest.starts_with(']') { name.to_owned() } else { format!("{name} without an end") };
        Order::new(&name, values, &text)
    };
    places(line, begin).into_iter().map(read).collect()
}

/// A value up to its closing quote, decoded; and what stands behind.
fn unquoted(text: &str, escape: char) -> (String, &str) {
    let mut units: Vec<u16> = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let meant = match letter {
            '\'' => break,
            it if it == escape => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') if escape == '|' && letters.as_str().starts_with('x') => {
                    let number = letters.as_str().get(1..5).and_then(|it| u16::from_str_radix(it, 16).ok());
                    units.extend(number);
                    letters = letters.as_str().get(5..).unwrap_or_default().chars();
                    continue;
                }
                other => other.unwrap_or(escape),
            },
            other => other,
        };
        units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
    }
    (String::from_utf16_lossy(&units), letters.as_str())
}

/// GitLab, `doc/ci/jobs/job_logs.md`: `section_start:TIME:NAME[options]CR ESC[0K title`, and the same with `end`.
fn sections(log: &str) -> Vec<Order> {
    let pattern = "section_(start|end):(\\d+):([^\r\u{1b}\\[]*)(\\[[^\\]]*\\])?\r\u{1b}\\[0K([^\n]*)";
    let order = |it: regex::Captures<'_>| {
        let values = [("name".to_owned(), it[3].to_owned()), ("time".to_owned(), it[2].to_owned())].into();
        Order::new(&it[1], values, &it[5])
    };
    Regex::new(pattern).expect("a pattern").captures_iter(log).map(order).collect()
}

/// Buildkite, "managing log output": a line that begins so opens a group.
fn groups(line: &str) -> Vec<Order> {
    let group =
        |begin: &str| Some(Order::new(begin, BTreeMap::new(), line.strip_prefix(begin)?.trim_start()));
    ["---", "+++", "~~~", "^^^"].iter().filter_map(|it| group(it)).collect()
}

/// Jenkins: an annotation of its console, which only its controller may make.
fn notes(log: &str) -> Vec<Order> {
    places(log, "\u{1b}[8mha:").into_iter().map(|_| Order::new("note", BTreeMap::new(), "")).collect()
}

/// Where a text begins so, in any case.
fn places(text: &str, begin: &str) -> Vec<usize> {
    text.to_ascii_lowercase().match_indices(begin).map(|(at, _)| at).collect()
}

fn pairs(text: &str, separator: char, escapes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = text.split(separator).filter_map(|it| it.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), decoded(value, escapes))).collect()
}

/// Decoded sign by sign in this order, as the servers do.
fn decoded(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().fold(text.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
}

/// Every sign that could steer a terminal or a reader of lines, but for the colours that promenade uses and, at GitLab,
/// what its sections are made of.
pub(crate) fn steering(server: &str, log: &str) -> Vec<char> {
    let colours = Regex::new("\u{1b}\\[(0|2|31|32|33)m").expect("a pattern");
    let mut log = colours.replace_all(log, "").into_owned();
    if server == "gitlab" {
        let section = "\u{1b}\\[0Ksection_(start|end):\\d+:promenade_[a-z0-9-]+\r\u{1b}\\[0K";
        log = Regex::new(section).expect("a pattern").replace_all(&log, "").into_owned();
    }
    let steers = |it: &char| {
        it.is_control() && !matches!(it, '\n' | '\t')
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    log.chars().filter(steers).collect()
}
