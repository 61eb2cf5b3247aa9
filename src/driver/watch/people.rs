//! Deployments that wait for a person: reported, answered, or given up, as the environment says.

use crate::actions::Answer;
use crate::backend::{Backend, Deployment, DeploymentStatus, Question};
use crate::driver::world::Call;
use crate::flow::definition::WhenPersonNeeded;
use crate::flow::input::Report;
use crate::store::Key;

use super::watcher::Watcher;

fn answer(person: WhenPersonNeeded) -> Option<Answer> {
    match person {
        WhenPersonNeeded::Wait | WhenPersonNeeded::Fail => None,
        WhenPersonNeeded::Proceed => Some(Answer::Proceed),
        WhenPersonNeeded::Abort => Some(Answer::Abort),
        WhenPersonNeeded::FailStep => Some(Answer::Fail),
        WhenPersonNeeded::Retry => Some(Answer::Retry),
        WhenPersonNeeded::Ignore => Some(Answer::Ignore),
        WhenPersonNeeded::Exclude => Some(Answer::Exclude),
    }
}

impl Watcher {
    /// Does what the environment says about the deployments that wait for a person now.
    pub(super) async fn people(
        &mut self,
        home: &Backend,
        key: &Key,
        asking: &[usize],
        statuses: &[Option<DeploymentStatus>],
    ) {
        let Some(watched) = self.watched.get_mut(key) else { return };
        if asking.is_empty() {
            if watched.suspended != Some(false) {
                self.person(key, false, Report::Resumed).await;
            }
            return;
        }
        if watched.person == WhenPersonNeeded::Fail {
            watched.given_up = true;
            return self.cancel(home, key, asking).await;
        }
        let person = watched.person;
        let deployments: Vec<Deployment> =
            asking.iter().filter_map(|at| watched.made.deployments.get(*at)).cloned().collect();
        let call = Call::of(&self.world, key);
        let questions = home.questions(&deployments, call.context()).await.unwrap_or_default();
        let questions: Vec<Question> = questions.into_values().flatten().collect();
        drop(call);
        if let Some(answer) = answer(person) {
            self.answer(home, key, &questions, answer).await;
        }
        let reason = reason(&deployments, &questions, asking, statuses);
        if self.watched.get(key).is_some_and(|it| it.suspended != Some(true)) {
            self.person(key, true, Report::Suspended(reason)).await;
        }
    }

    /// Reports whether the attempt waits for a person, until the report has arrived: the limits depend on it.
    async fn person(&mut self, key: &Key, suspended: bool, report: Report) {
        let arrived = self.report(key, report).await;
        if let Some(watched) = self.watched.get_mut(key).filter(|_| arrived) {
            watched.suspended = Some(suspended);
        }
    }

    async fn answer(&mut self, home: &Backend, key: &Key, questions: &[Question], answer: Answer) {
        let Some(watched) = self.watched.get_mut(key) else { return };
        let call = Call::of(&self.world, key);
        for question in questions.iter().filter(|it| answer.is_offered_by(it)) {
            if watched.answered.contains(&question.id) {
                continue;
            }
            match home.answer(question, answer.word(), call.context()).await {
                Ok(()) => drop(watched.answered.insert(question.id.clone())),
                Err(cause) => {
                    let what = format!("'{}' could not be answered: {cause}", question.title);
                    self.world.trouble(Some(key), what, None);
                }
            }
        }
    }
}

/// What the person is asked, and where.
fn reason(
    deployments: &[Deployment],
    questions: &[Question],
    asking: &[usize],
    statuses: &[Option<DeploymentStatus>],
) -> String {
    let mut parts: Vec<String> = questions.iter().map(described).collect();
    for status in asking.iter().filter_map(|at| statuses.get(*at)?.as_ref()) {
        parts.extend(status.preconditions.iter().flatten().map(|it| format!("it waits for {it}")));
    }
    if parts.is_empty() {
        parts.push("it waits for a person".to_owned());
    }
    let places: Vec<&str> = deployments.iter().map(|it| it.url.as_str()).collect();
    format!("{}; answer it at {}", parts.join("; "), places.join(", "))
}

fn described(question: &Question) -> String {
    let kind = if question.about_failure { "guidance on a failure" } else { "a manual intervention" };
    let teams =
        if question.teams.is_empty() { String::new() } else { format!(", by {}", question.teams.join(", ")) };
    format!("{kind}: '{}'{teams}", question.title)
}
