//! What a caller can do about an error of the backend.

use super::BackendError;

/// What a caller can do about an error of the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// A target has, or is about to have, a higher version. The same request fails again until a person allows it.
    Backwards,
    /// The source of a promotion has no release that can be taken. The answer is known, and may change later.
    NothingThere,
    /// A definite no: the server refused, or what was asked for is invalid. The same request fails again.
    Refused,
    /// The request was withheld before it was sent, since its permit had expired or the stop signal had come. It may be
    /// sent with a new permit.
    NotSent,
    /// No answer, or something that decides is not shown. Nothing was changed. Try again later.
    Transient,
    /// A mutating request got no answer, and it may have been carried out. Look before it is sent again.
    Unclear,
}

impl BackendError {
    /// What a caller can do about it. For an error after some deployments were accepted, this is about the rest:
    /// [`accepted`](Self::accepted) has the deployments.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Backwards { .. } => ErrorKind::Backwards,
            Self::DeployedForTenants { .. }
            | Self::NothingToPromote { .. }
            | Self::PartlyDeployed { .. }
            | Self::NotDeployedThere { .. } => ErrorKind::NothingThere,
            Self::NotSent { .. } => ErrorKind::NotSent,
            Self::Hidden { .. } | Self::NoAnswer { .. } => ErrorKind::Transient,
            Self::AnswerLost { .. } => ErrorKind::Unclear,
            Self::PartWay { source, .. } => source.kind(),
            Self::Names(several) => of_several(several),
            Self::Unknown { .. }
            | Self::Ambiguous { .. }
            | Self::OtherChannel { .. }
            | Self::ReleaseNotFound { .. }
            | Self::NoRelease { .. }
            | Self::ReleaseExists { .. }
            | Self::ReleaseDiffers { .. }
            | Self::NumberTaken { .. }
            | Self::OtherPackages { .. }
            | Self::GitReference { .. }
            | Self::NotInProcess { .. }
            | Self::OtherRelease { .. }
            | Self::NotReachable { .. }
            | Self::Defect { .. }
            | Self::Frozen { .. }
            | Self::NothingCreated { .. }
            | Self::Refused { .. }
            | Self::TooLate { .. }
            | Self::Impossible(_) => ErrorKind::Refused,
        }
    }

    /// Whether a target would move backwards.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        self.kind() == ErrorKind::Backwards
    }

    /// Whether the answer is a known no, which the same request would get again: backwards, nothing there or refused.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self.kind() {
            ErrorKind::Backwards | ErrorKind::NothingThere | ErrorKind::Refused => true,
            ErrorKind::NotSent | ErrorKind::Transient | ErrorKind::Unclear => false,
        }
    }

    /// Whether the answer is not known, as opposed to a known refusal. An error that [is unclear](Self::is_unclear) is
    /// one of them: look before the request is sent again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !self.is_refusal()
    }

    /// Whether the server does not accept the credential. Nothing was decided about what was asked for: the same request may
    /// be answered otherwise with another credential.
    #[must_use]
    pub fn is_shut_out(&self) -> bool {
        match self {
            Self::Refused { source, .. } => source.status() == Some(401),
            Self::PartWay { source, .. } => source.is_shut_out(),
            Self::Names(several) => several.iter().any(Self::is_shut_out),
            _ => false,
        }
    }

    /// Whether a mutating request was sent and it is not known whether it was carried out.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        self.kind() == ErrorKind::Unclear
    }

    /// Whether it is certain that the request did not reach the server or was not processed, although the server did
    /// not refuse it: it was withheld, there was no connection, or the rate limit left no room.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::NoAnswer { source, .. } => source.was_not_processed(),
            Self::PartWay { source, .. } => source.is_unsent(),
            _ => false,
        }
    }
}

/// The kind of several errors: the one whose answer is least known, and otherwise their common kind. Different refusals
/// are a refusal.
fn of_several(several: &[BackendError]) -> ErrorKind {
    let kinds = || several.iter().map(BackendError::kind);
    let weightiest = kinds().max().unwrap_or(ErrorKind::Refused);
    if weightiest > ErrorKind::Refused || kinds().all(|it| it == weightiest) {
        weightiest
    } else {
        ErrorKind::Refused
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::Cause;
    use crate::model::ReleaseVersion;
    use crate::octopus::{ApiError, ConnectError, Error, SendError};

    use super::*;

    fn no_answer(error: SendError) -> BackendError {
        BackendError::from_client("deploying", Error::NoAnswer { request: "POST /x".to_owned(), error })
    }

    #[test]
    fn who_is_shut_out_was_not_refused_what_was_asked_for() {
        let refused = |status| {
            let error = ApiError { is_octopus: true, ..ApiError::default() };
            BackendError::from_client("deploying", Error::Refused { status, request: String::new(), error })
        };
        for (status, expected) in [(401, true), (400, false), (403, false)] {
            assert_eq!(refused(status).is_shut_out(), expected, "{status}");
            assert!(refused(status).is_refusal(), "{status}");
        }
        assert!(BackendError::Names(vec![refused(400), refused(401)]).is_shut_out());
        assert!(!no_answer(SendError::Withheld).is_shut_out());
    }

    fn backwards() -> BackendError {
        let (current, chosen) = (ReleaseVersion::new("2"), ReleaseVersion::new("1"));
        BackendError::Backwards { target: "Test".to_owned(), current, chosen }
    }

    fn nothing() -> BackendError {
        BackendError::NothingToPromote { from: "Test".to_owned() }
    }

    fn lost() -> BackendError {
        let source = Box::new(Cause::Explained("gone".to_owned()));
        BackendError::AnswerLost { doing: String::new(), check: String::new(), source }
    }

    fn refused() -> BackendError {
        let error = ApiError { is_octopus: true, ..ApiError::default() };
        BackendError::from_client("x", Error::Refused { status: 403, request: "POST /x".to_owned(), error })
    }

    #[test]
    fn each_error_says_whether_another_try_can_help() {
        let part_way = |source| BackendError::PartWay { accepted: Vec::new(), source: Box::new(source) };
        for (error, kind, is_unsent) in [
            (backwards(), ErrorKind::Backwards, false),
            (nothing(), ErrorKind::NothingThere, false),
            (refused(), ErrorKind::Refused, false),
            (no_answer(SendError::Withheld), ErrorKind::NotSent, true),
            (no_answer(SendError::Connect(ConnectError::Refused)), ErrorKind::Transient, true),
            (no_answer(SendError::Broken(String::new())), ErrorKind::Transient, false),
            (lost(), ErrorKind::Unclear, false),
            (part_way(no_answer(SendError::Withheld)), ErrorKind::NotSent, true),
            (part_way(lost()), ErrorKind::Unclear, false),
        ] {
            assert_eq!((error.kind(), error.is_unsent()), (kind, is_unsent), "{error:?}");
            assert_eq!(error.is_backwards(), kind == ErrorKind::Backwards, "{error:?}");
            assert_eq!(error.is_refusal(), kind <= ErrorKind::Refused, "{error:?}");
            assert_eq!(error.is_transient(), kind > ErrorKind::Refused, "{error:?}");
            assert_eq!(error.is_unclear(), kind == ErrorKind::Unclear, "{error:?}");
        }
    }

    #[test]
    fn of_several_errors_the_least_known_answer_counts_and_no_refusal_is_taken_for_another() {
        let kind = |several| BackendError::Names(several).kind();
        assert_eq!(kind(vec![backwards(), backwards()]), ErrorKind::Backwards);
        assert_eq!(kind(vec![backwards(), nothing()]), ErrorKind::Refused);
        assert_eq!(kind(vec![nothing(), no_answer(SendError::Withheld), backwards()]), ErrorKind::NotSent);
        assert_eq!(kind(vec![refused(), lost()]), ErrorKind::Unclear);
        assert_eq!(kind(Vec::new()), ErrorKind::Refused);
    }
}
