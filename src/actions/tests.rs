//! The actions with a home that is not Octopus: how they handle a lost answer.

use std::collections::BTreeMap;

use crate::backend::folder::{Fault, Folder};
use crate::backend::{Backend, BackendError, Notice, Stop};
use crate::model::{EnvironmentName, ProjectName, PromptedValue, ReleaseVersion, Targets};

use super::{ActionError, DeployOptions, Outcome, ReleaseChoice, Session, Verdict, deploy};

struct Bench {
    folder: tempfile::TempDir,
    backend: Backend,
}

impl Bench {
    /// A folder with release 1.0.0; the last fault comes first.
    fn new(faults: Vec<Fault>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("releases")).unwrap();
        std::fs::write(folder.path().join("releases/1.0.0"), "").unwrap();
        let backend = Backend::Folder(Folder::new(folder.path(), faults));
        Self { folder, backend }
    }

    async fn deploy(&self, to: &[&str], approver: &str) -> (Result<Outcome, ActionError>, Vec<Notice>) {
        let (stop, notices) = (Stop::never(), std::sync::Mutex::new(Vec::new()));
        let say = |it: Notice| notices.lock().unwrap().push(it);
        let session = Session { backend: &self.backend, build: None, say: &say, stop: &stop };
        let to = Targets::all(to.iter().map(|it| EnvironmentName::new(*it))).unwrap();
        let release = ReleaseChoice::Exact(ReleaseVersion::new("1.0.0"));
        let mut options = DeployOptions::new(ProjectName::new("shop"), to);
        options.deployment.variables =
            BTreeMap::from([("Approver".to_owned(), PromptedValue::Plain(approver.to_owned()))]);
        let done = deploy(&session, release, &options).await;
        (done, notices.into_inner().unwrap())
    }

    /// How often something was deployed there.
    fn count(&self, environment: &str) -> usize {
        std::fs::read_dir(self.folder.path().join(environment)).map_or(0, Iterator::count)
    }
}

#[tokio::test]
async fn a_release_is_deployed_once_and_the_same_is_taken_over() {
    let bench = Bench::new(Vec::new());
    let (done, _) = bench.deploy(&["Test", "Production"], "ann").await;
    assert_eq!(done.unwrap().verdict(), Verdict::Passed);
    let (done, _) = bench.deploy(&["Test", "Production"], "ann").await;
    assert!(done.unwrap().deployments.iter().all(|it| it.deployment.adopted.is_some()));
    assert_eq!((bench.count("Test"), bench.count("Production")), (1, 1));
    // What was asked for otherwise is not the same.
    assert_eq!(bench.deploy(&["Test"], "bob").await.0.unwrap().verdict(), Verdict::Passed);
    assert_eq!((bench.count("Test"), bench.count("Production")), (2, 1));
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_and_a_lost_request_sent_again() {
    for (faults, looks) in [(vec![Fault::AnswerLost], 0), (vec![Fault::RequestLost], 1)] {
        let bench = Bench::new(faults);
        let (done, notices) = bench.deploy(&["Test", "Production"], "ann").await;
        assert_eq!(done.unwrap().verdict(), Verdict::Passed);
        assert_eq!((bench.count("Test"), bench.count("Production")), (1, 1));
        let again =
            notices.iter().filter(|it| matches!(it, Notice::Warning(text) if text.contains("sent again")));
        assert_eq!(again.count(), looks);
    }
}

#[tokio::test]
async fn what_stays_lost_is_sent_twice_at_most_and_undecided() {
    let bench = Bench::new(vec![Fault::RequestLost; 5]);
    let (done, _) = bench.deploy(&["Test"], "ann").await;
    let Err(ActionError::Backend(error @ BackendError::AnswerLost { .. })) = done else { panic!("{done:?}") };
    assert_eq!(
        error.to_string(),
        "deploying release 1.0.0 to Test got no answer, and it is not known whether it was carried out"
    );
    assert_eq!(bench.count("Test"), 0);
    // The rest of the faults: two were used.
    let (done, _) = bench.deploy(&["Test"], "ann").await;
    assert!(done.is_err());
    assert_eq!(bench.deploy(&["Test"], "ann").await.0.unwrap().verdict(), Verdict::Passed);
    assert_eq!(bench.count("Test"), 1);
}
