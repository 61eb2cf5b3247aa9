//! Fault scripts as plain values: what goes wrong, and at which requests.

use std::{collections::BTreeMap, num::NonZeroU64, time::Duration};

use hyper::StatusCode;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::sandbox::{carry_out::CarryOut, fault_json};

/// One scripted fault: which requests meet it, how often, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The requests that meet the fault; left out, every request does.
    #[serde(rename = "match", default)]
    pub matching: Match,
    /// How many requests meet it before the script is used up: 1 when left out, `null` for ever.
    #[serde(default = "fault_json::once")]
    pub times: Option<NonZeroU64>,
    /// How many milliseconds after it was added the script ends, used up or not; left out, it stays.
    #[serde(default, rename = "forMs", skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
    /// What happens to them.
    pub fault: Fault,
}

/// Which requests a [`Script`] takes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The method, compared ignoring case; left out, every method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A regular expression to be found anywhere in the path as sent (still percent-encoded, without the
    /// query); left out, every path.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "fault_json::pattern_out",
        deserialize_with = "fault_json::pattern_in"
    )]
    pub path: Option<Regex>,
    /// A regular expression to be found anywhere in the query, decoded, as `name=value&name=value`; left out,
    /// every query.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "fault_json::pattern_out",
        deserialize_with = "fault_json::pattern_in"
    )]
    pub query: Option<Regex>,
    /// How many matching requests pass unharmed first; 0 when left out.
    #[serde(default)]
    pub skip: u64,
}

/// What happens to a request. All times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// The request waits this long and is then served normally, if the client is still connected.
    Latency {
        /// How long it waits.
        ms: u64,
    },
    /// Another answer takes the place of the true one.
    Status {
        /// The status, 200 to 599; 200 with `html` or `empty` is what a misconfigured proxy sends.
        #[serde(serialize_with = "fault_json::status_out", deserialize_with = "fault_json::status_in")]
        status: StatusCode,
        /// What the body holds.
        #[serde(default)]
        body: BodyKind,
        /// Seconds for a `Retry-After` field; left out, none is sent.
        #[serde(default)]
        retry_after: Option<u64>,
        /// More header fields.
        #[serde(default, deserialize_with = "fault_json::headers_in")]
        headers: BTreeMap<String, String>,
        /// Whether the world still carries the request out.
        #[serde(default)]
        carry_out: CarryOut,
    },
    /// The true answer with another content type.
    ContentType {
        /// The content type, such as `text/html`.
        #[serde(deserialize_with = "fault_json::header_value_in")]
        value: String,
    },
    /// The true answer, cut off in the middle.
    Truncated {
        /// What is cut off.
        #[serde(default)]
        cut: Cut,
    },
    /// The true answer, made impossible to parse as JSON.
    Malformed {},
    /// The request is carried out; the answer is valid JSON of this many mebibytes.
    Oversized {
        /// How many mebibytes are sent.
        mebibytes: u32,
    },
    /// The true answer in small pieces with a pause before each.
    Drip {
        /// The pause before each piece.
        ms: u64,
        /// How many bytes a piece has; 1 when left out.
        #[serde(default = "fault_json::one")]
        bytes: NonZeroU64,
    },
    /// The true answer with every key in camelCase, as some server versions answered.
    CamelCase {},
    /// The true answer without some of its fields, as some versions, lists and permissions make it.
    Lacking {
        /// The fields' names, compared ignoring case, at any depth.
        fields: Vec<String>,
        /// The fields are present but blank: `{}`, `[]`, `""`, and `null` for all else.
        #[serde(default)]
        blank: bool,
    },
    /// The true answer without some of the things that it shows, as if they did not exist (yet): the items of
    /// a page or list, or a single document, which becomes a 404.
    Unlisted {
        /// The ids of what is not shown, in any list of the answer.
        #[serde(default)]
        ids: Vec<String>,
        /// How many of the newest items, which are the first of a list, are not shown.
        #[serde(default)]
        newest: usize,
        /// Things that were queued, created or assembled less than this many milliseconds ago are not
        /// shown.
        #[serde(default)]
        younger_than_ms: u64,
    },
    /// The connection is reset (RST, not FIN) and no answer is sent.
    Reset {
        /// Whether, and when, the world carries the request out.
        #[serde(default)]
        carry_out: CarryOut,
    },
    /// The answer is held back.
    Hang {
        /// How long; left out or `null`, for ever.
        #[serde(default)]
        ms: Option<u64>,
        /// `false`: carried out at the end of the pause, if the client is still connected; `true`: at once;
        /// `afterMs`: after that delay, even if the client has disconnected.
        #[serde(default)]
        carry_out: CarryOut,
    },
    /// A server restart: the listener closes, every connection is reset, and new ones are refused.
    Refuse {
        /// How long the server is unavailable.
        ms: u64,
        /// Whether, and when, the world carries out the request that met the fault.
        #[serde(default)]
        carry_out: CarryOut,
    },
}

/// What the body of a [`Fault::Status`] holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyKind {
    /// An Octopus error object.
    #[default]
    Octopus,
    /// A page such as a proxy or a server under maintenance sends.
    Html,
    /// No bytes at all.
    Empty,
    /// A line of plain text.
    Text,
}

/// What a [`Fault::Truncated`] cuts off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// The connection: `Content-Length` promises the whole and half of it arrives.
    #[default]
    Connection,
    /// The text: half of the JSON in a complete HTTP answer.
    Json,
}

impl Script {
    /// A script that takes the next request, whatever it is.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { matching: Match::default(), times: fault_json::once(), for_ms: None, fault }
    }

    /// A script that takes the next request of this method whose path holds `path`, a regular expression.
    ///
    /// # Errors
    /// The expression does not parse.
    pub fn on(method: &str, path: &str, fault: Fault) -> Result<Self, regex::Error> {
        let matching =
            Match { method: Some(method.to_owned()), path: Some(Regex::new(path)?), query: None, skip: 0 };
        Ok(Self { matching, times: fault_json::once(), for_ms: None, fault })
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn after(mut self, skip: u64) -> Self {
        self.matching.skip = skip;
        self
    }

    /// Takes only requests whose query holds this regular expression.
    ///
    /// # Errors
    /// The expression does not parse.
    pub fn asking(mut self, query: &str) -> Result<Self, regex::Error> {
        self.matching.query = Some(Regex::new(query)?);
        Ok(self)
    }

    /// Ends this long after it was added, used up or not.
    #[must_use]
    pub fn lasting(mut self, time: Duration) -> Self {
        self.for_ms = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Takes this many requests.
    #[must_use]
    pub fn times(mut self, times: NonZeroU64) -> Self {
        self.times = Some(times);
        self
    }

    /// Takes every matching request until it is cleared.
    #[must_use]
    pub fn for_ever(mut self) -> Self {
        self.times = None;
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn script(json: Value) -> Script {
        serde_json::from_value(json).unwrap()
    }

    fn problem(json: Value) -> String {
        serde_json::from_value::<Script>(json).unwrap_err().to_string()
    }

    #[test]
    fn what_a_script_does_not_know_is_refused_by_name() {
        assert!(problem(json!({"fault": {"kind": "reset", "carryout": true}})).contains("carryout"));
        assert!(problem(json!({"fault": {"kind": "malformed", "ms": 1}})).contains("unknown field `ms`"));
        assert!(problem(json!({"fault": {"kind": "explode"}})).contains("explode"));
        assert!(problem(json!({"when": 1, "fault": {"kind": "malformed"}})).contains("when"));
        assert!(problem(json!({"match": {"url": "x"}, "fault": {"kind": "malformed"}})).contains("url"));
        assert!(problem(json!({"match": {"path": "("}, "fault": {"kind": "malformed"}})).contains("regex"));
        assert!(problem(json!({"fault": {"kind": "status", "status": 101}})).contains("101"));
        assert!(problem(json!({"fault": {"kind": "status", "status": 600}})).contains("600"));
        let header = json!({"fault": {"kind": "status", "status": 500, "headers": {"a b": "c"}}});
        assert!(problem(header).contains("a b"));
        assert!(
            problem(json!({"fault": {"kind": "content-type", "value": "a\nb"}})).contains("header field")
        );
        assert!(problem(json!({"fault": {"kind": "reset", "carryOut": {"ms": 1}}})).contains("afterMs"));
        assert!(problem(json!({"times": 0, "fault": {"kind": "malformed"}})).contains("nonzero"));
    }

    #[test]
    fn a_script_reads_back_as_it_was_written() {
        let written = json!({"match": {"method": "POST", "path": "^/api", "skip": 3}, "times": null,
            "fault": {"kind": "status", "status": 503, "body": "html", "retryAfter": 4,
                      "headers": {"via": "x"}, "carryOut": {"afterMs": 250}}});
        assert_eq!(serde_json::to_value(script(written.clone())).unwrap(), written);
    }

    #[test]
    fn every_example_of_the_page_is_a_script_and_every_kind_is_shown() {
        let page = include_str!("../../docs/sandbox-faults.md");
        let examples = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        let mut kinds = std::collections::BTreeSet::new();
        for example in examples {
            let json: Value = serde_json::from_str(example).unwrap();
            for one in json.as_array().cloned().unwrap_or_else(|| vec![json]) {
                kinds.insert(one["fault"]["kind"].as_str().unwrap().to_owned());
                serde_json::from_value::<Script>(one).unwrap();
            }
        }
        let error = problem(json!({"fault": {"kind": "?"}}));
        let known = error.split('`').skip(3).step_by(2);
        let known: std::collections::BTreeSet<_> = known.map(str::to_owned).collect();
        assert!(!known.is_empty());
        assert_eq!(kinds, known);
    }
}
