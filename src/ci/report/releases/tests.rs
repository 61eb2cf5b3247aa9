//! Tests of what commands report of releases.

use std::collections::BTreeMap;

use crate::ci::report::result::RunVerdict;
use crate::flow::course::{Course, End};
use crate::flow::outcome::Outcome;
use crate::flow::promotion::Event;
use crate::flow::time::{Period, Time};
use crate::store::Entry;

use super::advice::quoted;
use super::*;

fn release(environments: &[(&str, &str)]) -> ReleaseReport {
    let environment = |(name, status): &(&str, &str)| ReleaseEnvironmentReport {
        name: (*name).to_owned(),
        status: (*status).to_owned(),
        since: "2026-05-01T10:00:00Z".to_owned(),
    };
    ReleaseReport {
        name: "shop 12".to_owned(),
        product: "shop".to_owned(),
        number: 12,
        id: "0a".to_owned(),
        flow: None,
        application: "web".to_owned(),
        version: "1.4.6".to_owned(),
        commit: None,
        by: "ann".to_owned(),
        verified: false,
        started: "2026-05-01T10:00:00Z".to_owned(),
        ended: None,
        status: "running".to_owned(),
        reason: None,
        trouble: None,
        environments: environments.iter().map(environment).collect(),
        details: None,
    }
}

fn course() -> Course {
    let nodes = BTreeMap::new();
    Course { nodes, environments: Vec::new(), result: "/release".into(), limit: Period::from_secs(1) }
}

#[test]
fn a_list_marks_what_nobody_verified_and_names_manual_promotions() {
    let row = row(&release(&[("qa", "passed")]), &["dev".to_owned(), "qa".to_owned()]);
    assert_eq!((row.initiator.as_str(), row.flow.as_str()), ("ann (unverified)", "Manual"));
    assert_eq!(row.environments, ["", "passed"]);
}

#[test]
fn columns_have_the_order_of_the_definitions_and_lose_no_environment() {
    let releases = [release(&[("prod", "passed"), ("old", "passed")]), release(&[("qa", "passed")])];
    let defined = ["dev", "qa", "prod"].map(str::to_owned);
    assert_eq!(columns(&defined, &releases), ["qa", "prod", "old"]);
    assert_eq!(columns(&[], &releases), ["prod", "old", "qa"]);
}

#[test]
fn foreign_text_of_a_release_begins_no_line_and_steers_nothing() {
    let mut hostile = release(&[("a\n##vso[x]", "passed")]);
    hostile.name = "x\n::error::y 1".to_owned();
    hostile.application = "\u{1b}[2J".to_owned();
    hostile.reason = Some("first\n##teamcity[second]".to_owned());
    for line in lines(&hostile).into_iter().chain(progress(&hostile)) {
        let text = line.text;
        assert!(text.starts_with("release: ") && !text.contains(char::is_control), "{text}");
        assert!(!text.contains("##vso[") && !text.contains("##teamcity["), "{text}");
    }
    let cells = row(&hostile, &columns(&[], std::slice::from_ref(&hostile)));
    assert!(!format!("{cells:?}").contains("\\n"), "{cells:?}");
}

#[test]
fn names_in_advice_are_read_back_by_a_shell_as_they_are() {
    assert_eq!(quoted("demo-trioapp"), "demo-trioapp");
    assert_eq!(quoted("qa/web/deploy#1"), "qa/web/deploy#1");
    assert_eq!(quoted("a b"), "'a b'");
    assert_eq!(quoted("a'; rm -rf x"), "'a'\\''; rm -rf x'");
    assert_eq!(quoted("-x"), "'-x'");
    assert_eq!(quoted("$(x)"), "'$(x)'");
}

#[test]
fn an_event_of_a_newer_program_is_reported_and_not_left_out() {
    let entry = Entry { seq: 3, at: Time::from_millis(0), cause: None, event: None, text: "{}".to_owned() };
    let told = news("shop 12", "1.4.6", &course(), &entry);
    assert_eq!(told[0].text, "release: shop 12: line 3 of its journal is of a newer program");
    let known = Entry { event: Some(Event::StopwatchStarted), ..entry };
    assert!(news("shop 12", "1.4.6", &course(), &known).is_empty());
}

#[test]
fn verdicts_have_the_exit_codes_of_outcomes() {
    let limit = Outcome::FlowLimit(Period::from_secs(1));
    let all = [
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Refused,
        limit,
        Outcome::Unknown,
        Outcome::Terminated("ann".to_owned()),
        Outcome::Replaced(1),
        Outcome::Cancelled,
        Outcome::Nothing,
    ];
    for outcome in all {
        assert_eq!(RunVerdict::from(&outcome).exit_code(), outcome.exit_code(), "{outcome:?}");
    }
    assert_eq!(news::tone(End::Passed), crate::ci::report::Tone::Good);
}
