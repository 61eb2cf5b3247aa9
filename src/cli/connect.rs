//! From connection settings to a backend: reads the files and secrets that the settings name.

use std::sync::Arc;

use promenade::backend::Backend;
use promenade::ci::{Files, Sources};
use promenade::http;
use promenade::model::SecretSource;
use promenade::octopus::{self, Client, Connection, Credential, JwtCommand, JwtSource, OidcLogin};
use promenade::settings::{CredentialSource, Proxy, ServerSettings};
use secrecy::{ExposeSecret, SecretString};

use super::files;
use super::output::Output;
use super::process::Process;
use super::refusal::Refusal;
use super::secrets::Reader;

/// Makes the backend, and hides every secret that it needs.
pub(crate) fn backend(
    settings: &ServerSettings,
    process: &Process,
    output: &Arc<Output>,
) -> Result<Backend, Refusal> {
    let client = client(settings, process, output)?;
    Ok(Backend::new(client, settings.space.clone(), settings.retry_limit))
}

/// Makes the client of a server, and hides every secret that it needs.
pub(crate) fn client(
    settings: &ServerSettings,
    process: &Process,
    output: &Arc<Output>,
) -> Result<Client, Refusal> {
    let reader = Reader::new(process).knowing(output.hidden());
    let connection = connection(settings, process, &reader);
    // Also after an error: its text must not hold a secret that was read before it.
    output.hide(reader.secrets());
    let mut connection = connection?;
    let hider = Arc::clone(output);
    connection.on_secret = Some(Arc::new(move |secret| hider.hide_renewed(secret)));
    if !connection.endpoint.verify_tls {
        output.error(
            "warning: connection.verify-tls is off: anybody between here and the server can read the credential and change the answers",
        );
    }
    let url = &connection.endpoint.url;
    if !url.is_encrypted() && !url.is_loopback() {
        output
            .error("warning: connection.url begins with http://: anybody between here and the server can read the credential");
    }
    let client = Client::new(connection)?;
    let teller = Arc::clone(output);
    Ok(client.on_retry(Arc::new(move |error| teller.trouble(&error.to_string()))))
}

fn connection(
    settings: &ServerSettings,
    process: &Process,
    reader: &Reader<'_>,
) -> Result<Connection, Refusal> {
    let credential = match &settings.credential {
        CredentialSource::ApiKey(source) => Credential::ApiKey(secret(reader, "api-key", source)?),
        CredentialSource::AccessToken(source) => {
            Credential::AccessToken(secret(reader, "access-token", source)?)
        }
        CredentialSource::Oidc { service_account, token } => Credential::Oidc(OidcLogin {
            audience: service_account.clone(),
            jwt: match token {
                SecretSource::Variable(_) => JwtSource::Text(secret(reader, "oidc.token", token)?),
                SecretSource::File(path) => JwtSource::File(path.clone()),
                SecretSource::Command(words) => {
                    let command = JwtCommand::new(words)
                        .ok_or_else(|| Refusal::new("connection.oidc.token: the command is empty", ""))?;
                    JwtSource::Command(JwtCommand { withheld: reader.withheld(), ..command })
                }
            },
        }),
    };
    let mut connection = Connection::new(&settings.url, credential).map_err(octopus::Error::from)?;
    let endpoint = &mut connection.endpoint;
    if let Some(path) = &settings.ca_file {
        endpoint.extra_ca = Some(files::bytes(path).map_err(|it| it.about("connection.ca-file"))?);
    }
    if let Some(it) = &settings.client_certificate {
        let certificate = reader
            .text(&it.certificate)
            .map_err(|it| Refusal::from(it).about("connection.client-certificate.certificate"))?;
        let key = secret(reader, "client-certificate.key", &it.key)?;
        endpoint.client_certificate = Some(format!("{certificate}\n{}", key.expose_secret()).into());
    }
    endpoint.proxy = match &settings.proxy {
        Proxy::System => http::Proxy::of_variables(&endpoint.url, |name| process.variable(name)),
        Proxy::None => http::Proxy::None,
        Proxy::Url(url) => http::Proxy::Url(url.clone().into()),
    };
    endpoint.verify_tls = settings.verify_tls;
    endpoint.connect_limit = settings.connect_limit;
    endpoint.read_limit = settings.read_limit;
    endpoint.user_agent = format!(
        "promenade/{} ({}; {})",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    Ok(connection)
}

fn secret(reader: &Reader<'_>, key: &str, source: &SecretSource) -> Result<SecretString, Refusal> {
    reader.secret(source).map_err(|it| Refusal::from(it).about(&format!("connection.{key}")))
}
