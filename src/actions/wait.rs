//! Waiting for deployments: how, how long, and what to do when it does not end well.

/// Whether an action waits for the results of its deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Ends when the server has accepted the deployments; what becomes of them is disregarded.
    No,
    /// Ends when they have finished, or at the action's time limit.
    ForResults(WaitOptions),
}

impl Default for Wait {
    fn default() -> Self {
        Self::ForResults(WaitOptions::default())
    }
}

/// How an action waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitOptions {
    /// At the action's time limit. Default: leave the deployments running.
    pub on_timeout: GivingUp,
    /// When the process is told to stop. Default: leave the deployments running.
    pub on_interrupt: GivingUp,
    /// When a deployment waits for a person. Default: go on waiting.
    pub when_person_needed: PersonNeeded,
    /// Streams the log lines of running steps. Default: yes.
    pub log: bool,
}

/// What becomes of a deployment that is no longer waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivingUp {
    /// It goes on.
    Leave,
    /// It is cancelled on the server.
    Cancel,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonNeeded {
    /// Say so, and go on waiting until the time limit.
    Wait,
    /// Say so, and end as failed; the deployment stays as it is.
    Fail,
    /// Take responsibility and give this answer, as often as it is asked and the form offers it.
    Answer(Answer),
}

/// An answer to a manual intervention or to guided failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Manual intervention: go on.
    Proceed,
    /// Manual intervention: stop the deployment.
    Abort,
    /// Guided failure: fail the step.
    Fail,
    /// Guided failure: try the step again.
    Retry,
    /// Guided failure: go on as if the step had passed.
    Ignore,
    /// Guided failure: go on without the machine.
    Exclude,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            on_timeout: GivingUp::Leave,
            on_interrupt: GivingUp::Leave,
            when_person_needed: PersonNeeded::Wait,
            log: true,
        }
    }
}
