//! What the reader of a build log can do about an error.

use super::error::{ConnectTrouble, CredentialError, Error, Trouble};
use super::refusal::ApiError;

impl Error {
    /// What the reader of the build log can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Refused { status, request, error } => refused(*status, request, error)?,
            Self::Redirected { .. } => {
                "check the server's URL: https instead of http, the base path, and whether a log-in page \
                 stands before the API"
            }
            Self::NoAnswer { trouble: Trouble::Connect(reason), .. } => connect(reason)?,
            Self::TooOld { .. } => {
                "upgrade the server to 2022.3.5512 or newer: promenade creates and deploys by routes that it got then"
            }
            Self::NoAnswer { trouble: Trouble::RateLimited { .. } | Trouble::LimitReached, .. } => {
                "the rate limit counts per user: give this build a service account of its own, or raise the \
                 limit"
            }
            Self::NoAnswer { trouble: Trouble::Html { .. } | Trouble::NotJson { .. }, .. } => {
                "check the server's URL and base path; a proxy, a log-in page or maintenance may have answered \
                 in the server's place"
            }
            Self::Credential(error) => credential(error)?,
            Self::NoAnswer { .. } | Self::Settings(_) => return None,
        };
        Some(advice.to_owned())
    }
}

fn refused(status: u16, request: &str, error: &ApiError) -> Option<&'static str> {
    Some(match status {
        401 => "the API key or access token is wrong, expired or revoked",
        404 if request.contains("/v1") && !error.is_octopus => {
            "check the server's URL and base path; servers before 2022.3.5512 do not have this route"
        }
        404 if !error.is_octopus => "check the server's URL, its base path and the space",
        _ if !error.is_octopus => {
            "this is no answer of Octopus Deploy: check the server's URL and base path; a proxy or a firewall may \
             have answered in its place"
        }
        403 => "the account lacks a permission that the message names; ask an administrator to grant it",
        404 => {
            "check the name and the space; the server says the same of what the account has no permission to \
             see"
        }
        405 => "check the server's URL and base path; a proxy may not let this method through",
        _ => return None,
    })
}

fn connect(reason: &ConnectTrouble) -> Option<&'static str> {
    Some(match reason {
        ConnectTrouble::UnknownIssuer => {
            "set the extra CA file to the certificate of the authority that issued the server's certificate"
        }
        ConnectTrouble::OtherName => "use the name that the server's certificate was issued for in its URL",
        ConnectTrouble::OutOfDate => "renew the server's certificate, and check the clock of this machine",
        ConnectTrouble::ClientCertificate(_) => "set a client certificate that the server accepts",
        ConnectTrouble::Proxy(reason) if reason.contains("(407)") => {
            "the proxy wants a user name and password: put them into the proxy's URL"
        }
        ConnectTrouble::Proxy(_) => "check the proxy's URL, user name and password, or set it to none",
        ConnectTrouble::UnknownName | ConnectTrouble::Refused => {
            "check the server's URL, and whether a proxy is needed"
        }
        ConnectTrouble::Tls(_) => {
            "check whether the server's URL should begin with http or https, and its port"
        }
        _ => return None,
    })
}

fn credential(error: &CredentialError) -> Option<&'static str> {
    Some(match error {
        CredentialError::ExchangeRefused { .. } => {
            "the audience must be the service account's id, and its OIDC identity must match the token's issuer \
             and subject to the letter"
        }
        CredentialError::Discovery(_) => {
            "check the server's URL; token exchange needs server 2023.4 or newer"
        }
        CredentialError::Command { .. } => "run the command by hand to see what it prints",
        CredentialError::Unsendable(_) => "check for line breaks or other text around the key or token",
        CredentialError::NotExchanged(_) => {
            "check the server's URL; a proxy or a log-in page may have answered in the server's place"
        }
        CredentialError::File { .. } | CredentialError::Empty | CredentialError::NoAnswer(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_suspected_only_where_the_route_is_unknown() {
        let refused = |error: ApiError| Error::Refused {
            status: 404,
            request: "POST /api/Spaces-1/releases/create/v1".to_owned(),
            error,
        };
        assert!(refused(ApiError::default()).advice().unwrap().contains("2022.3.5512"));
        let known = ApiError { is_octopus: true, ..ApiError::default() };
        assert!(refused(known).advice().unwrap().contains("permission"));
    }
}
