//! Interruptions: a task that waits for a person.

use serde::{Deserialize, Serialize};

use super::id::{InterruptionId, SpaceId, TaskId, TeamId, UserId};
use super::page::Page;
use super::paths::{EVERYTHING, api};
use super::preview::Form;
use super::server::User;
use crate::http::Request;

/// One interruption.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Interruption {
    pub id: InterruptionId,
    /// What it is about.
    #[serde(default)]
    pub title: String,
    /// What kind it is; absent on older servers, see [`Interruption::kind`].
    #[serde(default, rename = "Type")]
    pub type_name: Option<String>,
    /// False once it is answered.
    pub is_pending: bool,
    /// The task that waits.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// Where in the task's log it belongs.
    #[serde(default)]
    pub correlation_id: String,
    /// True when the asker may take responsibility.
    #[serde(default)]
    pub can_take_responsibility: bool,
    /// True when the asker has responsibility.
    #[serde(default)]
    pub has_responsibility: bool,
    /// The teams whose members may answer.
    #[serde(default)]
    pub responsible_team_ids: Vec<TeamId>,
    /// Who has taken responsibility.
    #[serde(default)]
    pub responsible_user_id: Option<UserId>,
    /// What is asked.
    #[serde(default)]
    pub form: Form,
}

impl Interruption {
    /// What kind of interruption it is. Servers that do not say are understood by the title.
    #[must_use]
    pub fn kind(&self) -> InterruptionKind {
        match self.type_name.as_deref() {
            Some("ManualIntervention") => InterruptionKind::ManualIntervention,
            Some("GuidedFailure") => InterruptionKind::GuidedFailure,
            Some(other) => InterruptionKind::Other(other.to_owned()),
            None if self.title.ends_with("requires failure guidance") => InterruptionKind::GuidedFailure,
            None => InterruptionKind::ManualIntervention,
        }
    }

    /// The answers that the form's buttons offer. A required step, for one, cannot be ignored.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        let buttons = self.form.elements.iter().flat_map(|it| &it.control.buttons);
        buttons.map(|it| it.value.as_str())
    }
}

/// The kinds of interruption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterruptionKind {
    /// A step asks a person to look and to decide.
    ManualIntervention,
    /// A step failed and a person is asked what to do.
    GuidedFailure,
    /// Something that cannot be answered with a form, such as a pull request to be merged.
    Other(String),
}

/// The answer to an interruption. The server wants id and space in the body too; [`submit`] adds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// To a manual intervention.
    Intervention {
        /// True to go on, false to abort.
        proceed: bool,
        /// A note for the record.
        notes: String,
    },
    /// To a guided failure.
    Guidance {
        /// `Fail`, `Retry`, `Ignore` or `Exclude`; see [`Interruption::choices`].
        guidance: String,
        /// A note for the record.
        notes: String,
    },
}

/// The interruptions that a task waits for, newest first.
pub fn pending(space: &SpaceId, task: &TaskId) -> Request<Page<Interruption>> {
    Request::get(api(&[space.as_str(), "interruptions"]))
        .with("regarding", task.as_str())
        .with("pendingOnly", "true")
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// The interruptions that any task of the space waits for, newest first.
pub fn all_pending(space: &SpaceId) -> Request<Page<Interruption>> {
    Request::get(api(&[space.as_str(), "interruptions"]))
        .with("pendingOnly", "true")
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// One interruption.
pub fn get(space: &SpaceId, interruption: &InterruptionId) -> Request<Interruption> {
    Request::get(api(&[space.as_str(), "interruptions", interruption.as_str()]))
}

/// Takes responsibility, which only a member of the responsible teams may. Harmless if the asker has it already.
pub fn take_responsibility(space: &SpaceId, interruption: &InterruptionId) -> Request<User> {
    Request::put(api(&[space.as_str(), "interruptions", interruption.as_str(), "responsible"]))
}

/// Answers an interruption, which only the one who has responsibility may.
pub fn submit(space: &SpaceId, interruption: &InterruptionId, answer: &Submission) -> Request<Interruption> {
    let mut body = SubmitBody { id: interruption, space_id: space, notes: "", result: None, guidance: None };
    match answer {
        Submission::Intervention { proceed, notes } => {
            body.notes = notes;
            body.result = Some(if *proceed { "Proceed" } else { "Abort" });
        }
        Submission::Guidance { guidance, notes } => {
            body.notes = notes;
            body.guidance = Some(guidance);
        }
    }
    Request::post(api(&[space.as_str(), "interruptions", interruption.as_str(), "submit"])).json(body)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SubmitBody<'a> {
    id: &'a InterruptionId,
    space_id: &'a SpaceId,
    notes: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guidance: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Method;

    fn ids() -> (SpaceId, InterruptionId) {
        (SpaceId::new("Spaces-1").unwrap(), InterruptionId::new("Interruptions-12").unwrap())
    }

    #[test]
    fn paths() {
        let (space, id) = ids();
        assert_eq!(
            pending(&space, &TaskId::new("ServerTasks-940").unwrap()).target(),
            "/api/Spaces-1/interruptions?regarding=ServerTasks-940&pendingOnly=true&skip=0&take=2147483647"
        );
        assert_eq!(get(&space, &id).target(), "/api/Spaces-1/interruptions/Interruptions-12");
        let take = take_responsibility(&space, &id);
        assert_eq!(take.target(), "/api/Spaces-1/interruptions/Interruptions-12/responsible");
        assert_eq!((take.method, take.body), (Method::Put, None));
    }

    #[test]
    fn answers_name_the_interruption_and_the_space() {
        let (space, id) = ids();
        let proceed = Submission::Intervention { proceed: true, notes: "by build 482".to_owned() };
        let request = submit(&space, &id, &proceed);
        assert_eq!(request.target(), "/api/Spaces-1/interruptions/Interruptions-12/submit");
        assert_eq!(
            request.body.unwrap(),
            json!({ "Id": "Interruptions-12", "SpaceId": "Spaces-1", "Notes": "by build 482", "Result": "Proceed" })
        );
        let fail = Submission::Guidance { guidance: "Fail".to_owned(), notes: String::new() };
        assert_eq!(
            submit(&space, &id, &fail).body.unwrap(),
            json!({ "Id": "Interruptions-12", "SpaceId": "Spaces-1", "Notes": "", "Guidance": "Fail" })
        );
    }

    #[test]
    fn older_servers_tell_the_kind_by_the_title() {
        let read = |json: &str| crate::octopus::read::<Interruption>(json.as_bytes()).unwrap().kind();
        let old =
            r#"{"Id":"Interruptions-1","IsPending":true,"Title":"Deploy web requires failure guidance"}"#;
        assert_eq!(read(old), InterruptionKind::GuidedFailure);
        let old = r#"{"Id":"Interruptions-1","IsPending":true,"Title":"Approve production"}"#;
        assert_eq!(read(old), InterruptionKind::ManualIntervention);
        let new = r#"{"Id":"Interruptions-1","IsPending":true,"Type":"PullRequestCompletion"}"#;
        assert_eq!(read(new), InterruptionKind::Other("PullRequestCompletion".to_owned()));
    }
}
