//! All that is known of one CI server.

use crate::event::{Moment, Status};

use super::message::{Act, Message, MessageContext};
use super::reading::{Reading, Variables, set};

/// All that is known of one server.
pub(super) struct Profile {
    /// What settings and flags call it.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// The variable by which an environment shows that this server made it.
    pub(super) recognised: fn(&Variables) -> Option<&'static str>,
    /// Reads what its variables say about the build.
    pub(super) read: fn(&mut Reading<'_>),
    /// What a step can say has happened, apart from the completion of its stage, and where such a step stands.
    pub(super) steps_for: &'static [(Moment, &'static str)],
    /// Its own words for how a stage or build stands; what is none of them says nothing.
    pub(super) statuses: &'static [(&'static str, Status)],
    /// How a status is passed in where no variable holds it.
    pub(super) status_by: &'static str,
    /// Writes a message in the form that it reads.
    pub(super) render: fn(&Message<'_>, &MessageContext<'_>) -> Vec<Act>,
}

/// The name of a variable that has this value.
pub(super) fn is(variables: &Variables, name: &'static str, value: &str) -> Option<&'static str> {
    variables.get(name).is_some_and(|it| it == value).then_some(name)
}

/// The name of a variable that is set and not blank.
pub(super) fn known(variables: &Variables, name: &'static str) -> Option<&'static str> {
    set(variables, name).map(|_| name)
}
