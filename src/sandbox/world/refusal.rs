//! Refusals, with the body that the real server sends.

use serde_json::json;

use crate::sandbox::message::Response;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) errors: Vec<String>,
}

impl Refusal {
    /// 400 with one entry in `Errors`.
    pub(super) fn bad(error: impl Into<String>) -> Self {
        Self::all_bad(vec![error.into()])
    }

    /// 400 with several entries in `Errors`.
    pub(super) fn all_bad(errors: Vec<String>) -> Self {
        Self { status: 400, message: "There was a problem with your request.".to_owned(), errors }
    }

    /// 401: the credential is missing, invalid or expired.
    pub(super) fn unauthorised(why: &str) -> Self {
        Self { status: 401, message: why.to_owned(), errors: Vec::new() }
    }

    /// 403, naming the missing permission and its scope.
    pub(super) fn forbidden(user: &str, permission: &str, scope: &str) -> Self {
        let message = format!(
            "You do not have permission to perform this action. The user '{user}' needs the permission \
             {permission}{scope}."
        );
        let errors = vec![format!("Missing permission: {permission}{scope}")];
        Self { status: 403, message, errors }
    }

    /// 404 for a thing that does not exist, or that the caller may not see.
    pub(super) fn unknown(kind: &str, wanted: &str) -> Self {
        let message = format!("The resource '{wanted}' was not found: no such {kind}.");
        Self { status: 404, message, errors: Vec::new() }
    }

    /// 409: the thing was changed since the caller read it.
    pub(super) fn conflict(error: impl Into<String>) -> Self {
        Self {
            status: 409,
            message: "The resource was changed by somebody else.".to_owned(),
            errors: vec![error.into()],
        }
    }

    /// The answer to send.
    pub(super) fn response(&self) -> Response {
        let errors = if self.errors.is_empty() { vec![self.message.clone()] } else { self.errors.clone() };
        Response::json(
            self.status,
            &json!({
                "ErrorMessage": self.message,
                "Errors": errors,
                "ParsedHelpLinks": [],
                "HelpText": null,
                "HelpLink": null,
                "Details": {},
                "FullException": null,
            }),
        )
    }
}
