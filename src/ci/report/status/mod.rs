//! What `promenade status` reports: what is where, in words and for machines.

mod lines;
mod record;

pub use lines::{Row, lines, row};
pub(crate) use record::schema;
pub use record::{RecordedReport, RecordedStateName, StatusResult, TargetReport};

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::backend::{DeploymentRecord, DeploymentRecordState, Overview, TargetOverview};
    use crate::ci::report::result::RunVerdict;
    use crate::model::{EnvironmentName, ReleaseVersion, TenantName, TenantTarget};

    use super::*;

    fn one(id: u32, state: DeploymentRecordState) -> DeploymentRecord {
        let at = |minute: u8| format!("2026-05-01T10:{minute:02}:00Z").parse().ok();
        DeploymentRecord {
            id: format!("Deployments-{id}"),
            task: format!("ServerTasks-{id}"),
            url: format!("https://octopus.example/{id}"),
            release: format!("Releases-{id}"),
            version: Some(ReleaseVersion::new(format!("{id}.0.0"))),
            state,
            asked: at(0),
            due: at(1),
            started: at(2),
            ended: at(3),
        }
    }

    fn at(now: Option<DeploymentRecord>) -> TargetOverview {
        TargetOverview {
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            now,
            partial: Vec::new(),
            failed: Vec::new(),
            unfinished: Vec::new(),
            unknown: Vec::new(),
        }
    }

    fn texts(it: &TargetOverview) -> Vec<String> {
        lines(it).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn what_came_after_what_is_there_is_told_by_kind() {
        let whole = TargetOverview {
            partial: vec![one(2, DeploymentRecordState::Succeeded)],
            failed: vec![one(3, DeploymentRecordState::TimedOut)],
            unfinished: vec![
                one(4, DeploymentRecordState::Scheduled),
                one(5, DeploymentRecordState::Running),
            ],
            ..at(Some(one(1, DeploymentRecordState::Succeeded)))
        };
        assert_eq!(
            texts(&whole),
            [
                "status: Test: release 1.0.0 since 2026-05-01T10:03:00Z (Deployments-1, https://octopus.example/1)",
                "status: Test: in part since: release 2.0.0, succeeded at 2026-05-01T10:03:00Z (Deployments-2, https://octopus.example/2)",
                "status: Test: on its way: release 4.0.0, scheduled for 2026-05-01T10:01:00Z (Deployments-4, https://octopus.example/4)",
                "status: Test: on its way: release 5.0.0, running since 2026-05-01T10:02:00Z (Deployments-5, https://octopus.example/5)",
                "status: Test: without success since: release 3.0.0, timed-out at 2026-05-01T10:03:00Z (Deployments-3, https://octopus.example/3)",
            ]
        );
    }

    #[test]
    fn a_row_is_short_and_of_many_failures_the_last_is_told_with_their_number() {
        let failed = [4, 3, 2].map(|it| one(it, DeploymentRecordState::Failed)).to_vec();
        let it = TargetOverview {
            failed,
            unknown: vec![one(5, DeploymentRecordState::Unknown)],
            ..at(Some(one(1, DeploymentRecordState::Succeeded)))
        };
        let expected = Row {
            target: "Test".into(),
            release: "1.0.0".into(),
            since: "2026-05-01T10:03:00Z".into(),
            notes: vec!["without success since: 4.0.0".into(), "unknown: 5.0.0".into()],
            url: "https://octopus.example/1".into(),
        };
        assert_eq!(row(&it), expected);
        assert!(texts(&it)[1].ends_with("(Deployments-4, https://octopus.example/4); 2 more before it"));
        let nameless = DeploymentRecord { version: None, ..one(7, DeploymentRecordState::Succeeded) };
        assert_eq!(row(&at(Some(nameless))).release, "Releases-7");
    }

    #[test]
    fn what_is_not_known_is_not_nothing() {
        assert_eq!(texts(&at(None)), ["status: Test: nothing was deployed"]);
        let failed = TargetOverview { failed: vec![one(1, DeploymentRecordState::Failed)], ..at(None) };
        assert_eq!(texts(&failed)[0], "status: Test: nothing was deployed whole");
        let unknown = TargetOverview { unknown: vec![one(1, DeploymentRecordState::Unknown)], ..failed };
        assert_eq!(texts(&unknown)[0], "status: Test: not known");
        let overview =
            |it| Overview { project: "P".to_owned(), at: Timestamp::UNIX_EPOCH, targets: vec![it] };
        let told = StatusResult::told(&overview(unknown));
        assert_eq!((told.verdict, told.exit_code, told.warnings.len()), (RunVerdict::NoAnswer, 4, 1));
        assert_eq!(StatusResult::told(&overview(at(None))).exit_code, 0);
    }

    #[test]
    fn foreign_text_begins_no_line_and_is_changed_everywhere() {
        let mut hostile = one(1, DeploymentRecordState::Succeeded);
        hostile.version = Some(ReleaseVersion::new("1\n::error::x"));
        let target = TenantTarget {
            environment: EnvironmentName::new("a\n##vso[x]"),
            tenant: Some(TenantName::new("b\r\u{1b}[2J")),
        };
        let it = TargetOverview {
            target,
            now: Some(hostile.clone()),
            partial: vec![hostile.clone()],
            failed: vec![hostile.clone()],
            unfinished: vec![hostile.clone()],
            unknown: vec![hostile],
        };
        let row = row(&it);
        for text in texts(&it).into_iter().chain([row.target, row.release]).chain(row.notes) {
            assert!(!text.contains(|it: char| it.is_control()) && !text.contains("##vso["), "{text}");
        }
        let mut told = StatusResult::told(&Overview {
            project: "P".into(),
            at: Timestamp::UNIX_EPOCH,
            targets: vec![it],
        });
        told.change_texts(&|it| "x".clone_into(it));
        let json = serde_json::to_string(&told).unwrap();
        assert!(
            !json.contains("error") && !json.contains("vso") && !json.contains("octopus.example"),
            "{json}"
        );
    }
}
