//! What went wrong while sending, found among the causes of an error.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::connect_error::ConnectError;
use super::error::SendError;
use super::gate::Withheld;

/// What went wrong. It is found among the causes: the outermost text would hold the URL.
pub(super) fn of(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    let chain = || causes(&error).skip(1);
    if chain().any(|it| it.is::<Withheld>()) {
        return SendError::Withheld;
    }
    if let Some(tls) = chain().find_map(tls_error)
        && let Some(reason) = tls_failure(tls, error.is_connect())
    {
        return SendError::Connect(reason);
    }
    if !error.is_connect() {
        return SendError::Broken(innermost(&error));
    }
    let kind = chain().find_map(|it| it.downcast_ref::<io::Error>()).map(io::Error::kind);
    let through_proxy =
        chain().map(ToString::to_string).find(|it| it.contains("proxy") || it.contains("tunnel"));
    SendError::Connect(match (kind, through_proxy) {
        (_, Some(_)) => ConnectError::Proxy(innermost(&error)),
        _ if error.is_timeout() => ConnectError::TimedOut,
        _ if error.is_dns() => ConnectError::UnknownName,
        (Some(io::ErrorKind::ConnectionRefused), _) => ConnectError::Refused,
        _ => ConnectError::Other(innermost(&error)),
    })
}

/// The TLS error that an error is or wraps. An I/O error does not name what it wraps as its source.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(error);
    }
    tls_error(error.downcast_ref::<io::Error>()?.get_ref()?)
}

/// What a TLS error means while connecting. Later, it counts as such only when it is about the client's
/// certificate: a server says so after the client took the connection to be complete.
fn tls_failure(error: &rustls::Error, connecting: bool) -> Option<ConnectError> {
    Some(match error {
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => ConnectError::ClientCertificate(error.to_string()),
        _ if !connecting => return None,
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => ConnectError::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ConnectError::OtherName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => ConnectError::OutOfDate,
            other => ConnectError::Certificate(other.to_string()),
        },
        other => ConnectError::Tls(other.to_string()),
    })
}

/// The text of the innermost cause.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error, its cause, the cause of that, and so on.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |it| {
        let it: &'a (dyn StdError + 'static) = *it;
        it.source()
    })
}
