//! What can be made to go wrong, and at which requests: fault scripts as plain values.
//!
//! Scripts are offered each request in the order in which they were added, and the first one that takes it
//! decides. A script that still skips lets the request pass to the next one.

use std::{collections::BTreeMap, num::NonZeroU64, time::Duration};

use hyper::{
    StatusCode,
    header::{HeaderName, HeaderValue},
};
use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::sandbox::exchange::Request;

/// One scripted fault: which requests meet it, how often, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The requests that meet the fault; left out, every request does.
    #[serde(rename = "match", default)]
    pub matching: Match,
    /// How many requests meet it before the script is used up: 1 when left out, `null` for ever.
    #[serde(default = "once")]
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
        serialize_with = "pattern_out",
        deserialize_with = "pattern_in"
    )]
    pub path: Option<Regex>,
    /// A regular expression to be found anywhere in the query, decoded, as `name=value&name=value`; left out,
    /// every query.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "pattern_out",
        deserialize_with = "pattern_in"
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
    /// The request waits this long, then is served as ever, if the client is still there.
    Latency {
        /// How long it waits.
        ms: u64,
    },
    /// Another answer takes the place of the true one.
    Status {
        /// The status, 200 to 599; 200 with `html` or `empty` is a proxy that lies.
        #[serde(serialize_with = "status_out", deserialize_with = "status_in")]
        status: StatusCode,
        /// What the body holds.
        #[serde(default)]
        body: BodyKind,
        /// Seconds for a `Retry-After` field; left out, none is sent.
        #[serde(default)]
        retry_after: Option<u64>,
        /// More header fields.
        #[serde(default, deserialize_with = "headers_in")]
        headers: BTreeMap<String, String>,
        /// Whether the world carries the request out nevertheless.
        #[serde(default)]
        carry_out: CarryOut,
    },
    /// The true answer under a wrong content type.
    ContentType {
        /// The content type, such as `text/html`.
        #[serde(deserialize_with = "header_value_in")]
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
        #[serde(default = "one")]
        bytes: NonZeroU64,
    },
    /// The true answer with every key in camelCase, as some server versions answered.
    CamelCase {},
    /// The true answer without some of its fields, as some versions, lists and permissions make it.
    Lacking {
        /// The fields' names, compared ignoring case, at whatever depth they stand.
        fields: Vec<String>,
        /// The fields are there, yet hold nothing: `{}`, `[]`, `""`, and `null` for all else.
        #[serde(default)]
        blank: bool,
    },
    /// The true answer without some of the things that it shows, as if they were not there (yet): the items of
    /// a page or list, and a document of its own, which becomes a 404.
    Unlisted {
        /// The ids of what is not shown, in whichever list of the answer it stands.
        #[serde(default)]
        ids: Vec<String>,
        /// So many of the newest items are not shown: those that would stand first.
        #[serde(default)]
        newest: usize,
        /// What came into the queue, was created or was assembled less than so many milliseconds ago is not
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
        /// `false`: carried out when the holding is over, if the client is still there; `true`: at once;
        /// `afterMs`: then, whatever the client does.
        #[serde(default)]
        carry_out: CarryOut,
    },
    /// A server restart: the listener closes, every connection is reset, and new ones are refused.
    Refuse {
        /// How long the server is away.
        ms: u64,
        /// Whether, and when, the world carries out the request that met the fault.
        #[serde(default)]
        carry_out: CarryOut,
    },
}

/// Whether the world carries out a request whose answer the client does not get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CarryOut {
    /// Never; `false` in JSON.
    #[default]
    No,
    /// Before the fault shows; `true` in JSON.
    Yes,
    /// This much later, though the client be long gone; `{"afterMs": N}` in JSON.
    After(Duration),
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
        Self { matching: Match::default(), times: once(), for_ms: None, fault }
    }

    /// A script that takes the next request of this method whose path holds `path`, a regular expression.
    ///
    /// # Errors
    /// The expression does not parse.
    pub fn on(method: &str, path: &str, fault: Fault) -> Result<Self, regex::Error> {
        let matching =
            Match { method: Some(method.to_owned()), path: Some(Regex::new(path)?), query: None, skip: 0 };
        Ok(Self { matching, times: once(), for_ms: None, fault })
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

    /// Ends so long after it was added, used up or not.
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

impl Match {
    fn takes(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|path| path.is_match(&request.path))
            && self.query.as_ref().is_none_or(|query| query.is_match(&query_text(request)))
    }
}

fn query_text(request: &Request) -> String {
    let pairs: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The scripts that are left, each with the time of the sandbox at which it ends.
#[derive(Debug, Default)]
pub(crate) struct Scripts(Vec<(Script, Option<Duration>)>);

impl Scripts {
    /// Adds a script at this time of the sandbox.
    pub(crate) fn add(&mut self, script: Script, now: Duration) {
        let ends = script.for_ms.map(|it| now.saturating_add(Duration::from_millis(it)));
        self.0.push((script, ends));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn left(&mut self, now: Duration) -> Vec<Script> {
        self.end(now);
        self.0.iter().map(|(script, _)| script.clone()).collect()
    }

    fn end(&mut self, now: Duration) {
        self.0.retain(|(_, ends)| ends.is_none_or(|ends| now < ends));
    }

    /// The fault that this request meets, if any; counts it.
    pub(crate) fn meet(&mut self, request: &Request, now: Duration) -> Option<Fault> {
        self.end(now);
        for index in 0..self.0.len() {
            let script = &mut self.0[index].0;
            if !script.matching.takes(request) {
                continue;
            }
            if script.matching.skip > 0 {
                script.matching.skip -= 1;
                continue;
            }
            let Some(times) = script.times else { return Some(script.fault.clone()) };
            return match NonZeroU64::new(times.get() - 1) {
                None => Some(self.0.remove(index).0.fault),
                left => {
                    script.times = left;
                    Some(script.fault.clone())
                }
            };
        }
        None
    }
}

fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn once() -> Option<NonZeroU64> {
    Some(NonZeroU64::MIN)
}

#[expect(clippy::ref_option, reason = "serde hands the field by reference")]
fn pattern_out<S: Serializer>(pattern: &Option<Regex>, to: S) -> Result<S::Ok, S::Error> {
    pattern.as_ref().map(Regex::as_str).serialize(to)
}

fn pattern_in<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Regex>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| Regex::new(&text).map_err(D::Error::custom)).transpose()
}

fn status_out<S: Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

fn status_in<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(from)?;
    match StatusCode::from_u16(number) {
        Ok(status) if (200..600).contains(&number) => Ok(status),
        _ => Err(D::Error::custom(format!("status {number} is not between 200 and 599"))),
    }
}

fn headers_in<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let fields = BTreeMap::<String, String>::deserialize(from)?;
    for (name, value) in &fields {
        HeaderName::try_from(name.as_str()).map_err(|_| D::Error::custom(not_sendable("name", name)))?;
        HeaderValue::try_from(value.as_str()).map_err(|_| D::Error::custom(not_sendable("value", value)))?;
    }
    Ok(fields)
}

fn header_value_in<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = String::deserialize(from)?;
    HeaderValue::try_from(value.as_str()).map_err(|_| D::Error::custom(not_sendable("value", &value)))?;
    Ok(value)
}

fn not_sendable(part: &str, text: &str) -> String {
    format!("{text:?} cannot be sent as a header field's {part}")
}

/// How [`CarryOut`] is written in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "carryOut is true, false or {\"afterMs\": milliseconds}")]
enum CarryOutJson {
    Now(bool),
    Later(Later),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Later {
    after_ms: u64,
}

impl Serialize for CarryOut {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let json = match self {
            Self::No => CarryOutJson::Now(false),
            Self::Yes => CarryOutJson::Now(true),
            Self::After(wait) => {
                let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                CarryOutJson::Later(Later { after_ms })
            }
        };
        json.serialize(to)
    }
}

impl<'de> Deserialize<'de> for CarryOut {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match CarryOutJson::deserialize(from)? {
            CarryOutJson::Now(false) => Self::No,
            CarryOutJson::Now(true) => Self::Yes,
            CarryOutJson::Later(Later { after_ms }) => Self::After(Duration::from_millis(after_ms)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const START: Duration = Duration::ZERO;

    fn request(method: &str, path: &str) -> Request {
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn script(json: Value) -> Script {
        serde_json::from_value(json).unwrap()
    }

    fn problem(json: Value) -> String {
        serde_json::from_value::<Script>(json).unwrap_err().to_string()
    }

    fn latency(ms: u64) -> Option<Fault> {
        Some(Fault::Latency { ms })
    }

    #[test]
    fn the_first_script_that_takes_a_request_decides_and_is_used_up() {
        let mut scripts = Scripts::default();
        scripts.add(script(json!({"fault": {"kind": "latency", "ms": 1}})), START);
        scripts.add(script(json!({"times": 2, "fault": {"kind": "latency", "ms": 2}})), START);
        scripts.add(script(json!({"times": null, "fault": {"kind": "latency", "ms": 3}})), START);
        let met: Vec<_> = (0..5).map(|_| scripts.meet(&request("GET", "/api"), START)).collect();
        assert_eq!(met, [latency(1), latency(2), latency(2), latency(3), latency(3)]);
        assert_eq!(scripts.left(START).len(), 1);
    }

    #[test]
    fn only_requests_that_match_are_skipped_or_taken() {
        let mut scripts = Scripts::default();
        let json = json!({"match": {"method": "post", "path": "/releases$", "skip": 1},
                          "fault": {"kind": "latency", "ms": 7}});
        scripts.add(script(json), START);
        assert_eq!(scripts.meet(&request("GET", "/api/releases"), START), None);
        assert_eq!(scripts.meet(&request("POST", "/api/releases/x"), START), None);
        assert_eq!(scripts.left(START)[0].matching.skip, 1);
        assert_eq!(scripts.meet(&request("POST", "/api/releases"), START), None);
        assert_eq!(scripts.meet(&request("POST", "/api/releases"), START), latency(7));
        assert_eq!(scripts.meet(&request("POST", "/api/releases"), START), None);
    }

    #[test]
    fn a_script_that_skips_leaves_the_request_to_the_next() {
        let mut scripts = Scripts::default();
        scripts.add(Script::new(Fault::Latency { ms: 1 }).after(1), START);
        scripts.add(Script::new(Fault::Latency { ms: 2 }).for_ever(), START);
        let met: Vec<_> = (0..3).map(|_| scripts.meet(&request("GET", "/"), START)).collect();
        assert_eq!(met, [latency(2), latency(1), latency(2)]);
    }

    #[test]
    fn a_script_ends_after_its_time() {
        let mut scripts = Scripts::default();
        let json = json!({"times": null, "forMs": 100, "fault": {"kind": "latency", "ms": 1}});
        scripts.add(script(json), Duration::from_millis(50));
        let met = |scripts: &mut Scripts, ms: u64| {
            scripts.meet(&request("GET", "/api"), Duration::from_millis(ms)).is_some()
        };
        assert!(met(&mut scripts, 60) && met(&mut scripts, 149) && !met(&mut scripts, 150));
        assert!(scripts.left(START).is_empty());
    }

    #[test]
    fn a_script_may_want_a_query() {
        let mut scripts = Scripts::default();
        let json = json!({"match": {"query": "(^|&)ids=ServerTasks-3(,|&|$)"},
                          "fault": {"kind": "latency", "ms": 1}});
        scripts.add(script(json), START);
        let mut asked = request("GET", "/api/tasks");
        asked.query =
            vec![("skip".to_owned(), "0".to_owned()), ("ids".to_owned(), "ServerTasks-33".to_owned())];
        assert_eq!(scripts.meet(&asked, START), None);
        asked.query[1].1 = "ServerTasks-3,ServerTasks-4".to_owned();
        assert_eq!(scripts.meet(&asked, START), latency(1));
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
