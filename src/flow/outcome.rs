//! What the end of a promotion means for whoever waits for it: an exit code, and words.

use super::course::{Course, End};
use super::engine::Ending;
use super::promotion::StoppedBy;
use super::time::Period;

/// What the end of a promotion means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked for happened.
    Passed,
    /// Something was tried and did not happen.
    Failed,
    /// Something was not allowed.
    Refused,
    /// The time limit of the whole ended it.
    FlowLimit(Period),
    /// Nobody can tell what became of a part of it.
    Unknown,
    /// This person terminated it.
    Terminated(String),
    /// The promotion with this number replaced it.
    Replaced(u64),
    /// A deployment was cancelled on the server.
    Cancelled,
    /// Nothing was promoted.
    Nothing,
}

impl Outcome {
    /// What an ending means. What nobody can tell weighs most, then the limit of the whole; an end that would have come
    /// without the stop stays what it is.
    #[must_use]
    pub fn of(course: &Course, ending: &Ending) -> Self {
        let by = ending.stopped.as_ref().map(|it| &it.by);
        match (ending.end, by) {
            (End::Unknown, _) => Self::Unknown,
            (End::Passed, _) => Self::Passed,
            (_, Some(StoppedBy::Limit)) => Self::FlowLimit(course.limit),
            (End::Failed, _) => Self::Failed,
            (End::Refused, _) => Self::Refused,
            (End::Cancelled | End::Skipped, Some(StoppedBy::Person(person))) => {
                Self::Terminated(person.0.clone())
            }
            (End::Cancelled | End::Skipped, Some(StoppedBy::Newer(number))) => Self::Replaced(*number),
            (End::Cancelled, None) => Self::Cancelled,
            (End::Skipped, None) => Self::Nothing,
        }
    }

    /// The exit code of a command that waited for it. The numbers are published and stay.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed | Self::Refused | Self::FlowLimit(_) | Self::Nothing => 1,
            Self::Unknown => 4,
            Self::Terminated(_) | Self::Replaced(_) | Self::Cancelled => 5,
        }
    }

    /// Its name, as in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::FlowLimit(_) => "flow-limit",
            Self::Unknown => "unknown",
            Self::Terminated(_) => "terminated",
            Self::Replaced(_) => "replaced",
            Self::Cancelled => "cancelled",
            Self::Nothing => "nothing",
        }
    }

    /// What happened, as a clause.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Passed => "it passed".to_owned(),
            Self::Failed => "it failed".to_owned(),
            Self::Refused => "it was refused".to_owned(),
            Self::FlowLimit(limit) => {
                format!("the flow's time limit of {} s ended it", limit.as_millis() / 1000)
            }
            Self::Unknown => "nobody can tell what became of a part of it".to_owned(),
            Self::Terminated(by) => format!("{by} terminated it"),
            Self::Replaced(number) => format!("release {number} replaced it"),
            Self::Cancelled => "a deployment was cancelled on the server".to_owned(),
            Self::Nothing => "nothing was promoted".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::flow::course::Person;
    use crate::flow::promotion::Stopped;

    fn outcome(end: End, by: Option<StoppedBy>) -> Outcome {
        let limit = Period::from_secs(300);
        let course = Course { nodes: BTreeMap::new(), environments: Vec::new(), result: "r".into(), limit };
        let stopped = by.map(|by| Stopped { by, now: false, reason: None });
        Outcome::of(&course, &Ending { end, stopped })
    }

    #[test]
    fn every_ending_has_its_exit_code_and_its_words() {
        let ann = || Some(StoppedBy::Person(Person("ann".into())));
        let newer = || Some(StoppedBy::Newer(8));
        let limit = || Some(StoppedBy::Limit);
        let limited = Outcome::FlowLimit(Period::from_secs(300));
        let terminated = Outcome::Terminated("ann".into());
        let table = [
            (End::Passed, [Outcome::Passed, Outcome::Passed, Outcome::Passed, Outcome::Passed], [0, 0, 0, 0]),
            (End::Failed, [Outcome::Failed, Outcome::Failed, limited.clone(), Outcome::Failed], [1, 1, 1, 1]),
            (
                End::Refused,
                [Outcome::Refused, Outcome::Refused, limited.clone(), Outcome::Refused],
                [1, 1, 1, 1],
            ),
            (
                End::Cancelled,
                [Outcome::Cancelled, terminated.clone(), limited.clone(), Outcome::Replaced(8)],
                [5, 5, 1, 5],
            ),
            (End::Skipped, [Outcome::Nothing, terminated, limited, Outcome::Replaced(8)], [1, 5, 1, 5]),
            (
                End::Unknown,
                [Outcome::Unknown, Outcome::Unknown, Outcome::Unknown, Outcome::Unknown],
                [4, 4, 4, 4],
            ),
        ];
        assert_eq!(table.clone().map(|(end, ..)| end).len(), End::ALL.len());
        for (end, outcomes, codes) in table {
            for ((by, expected), code) in [None, ann(), limit(), newer()].into_iter().zip(outcomes).zip(codes)
            {
                let found = outcome(end, by.clone());
                assert_eq!((&found, found.exit_code()), (&expected, code), "{end} {by:?}");
            }
        }
        let words = [outcome(End::Cancelled, limit()), outcome(End::Cancelled, ann())].map(|it| it.words());
        assert_eq!(words, ["the flow's time limit of 300 s ended it", "ann terminated it"]);
    }
}
