//! The fault scripts that are left, and which of them a request meets.
//!
//! Each request is offered to the scripts in the order in which they were added, and the first one that takes
//! it decides. A script that still skips lets the request pass to the next one.

use std::{num::NonZeroU64, time::Duration};

use crate::sandbox::{
    faults::{Fault, Match, Script},
    message::Request,
};

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
}
