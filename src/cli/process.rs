//! What the process was started with: its environment variables and arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};

/// Variables that hold secrets by their name. Their values are redacted even where no setting names them.
const SECRET_VARIABLES: [&str; 5] = [
    "OCTOPUS_API_KEY",
    "OCTOPUS_ACCESS_TOKEN",
    "OCTOPUS_CLI_API_KEY",
    "OCTOPUS_CLI_PASSWORD",
    "OCTOPUS_PASSWORD",
];

/// Variables in which CI servers give a step credentials of its own. They are redacted as well, but stay visible to
/// child processes: a command that fetches an identity token, or the server's own program, needs them.
pub(super) const SERVER_VARIABLES: [&str; 14] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "BITBUCKET_STEP_OIDC_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "CIRCLE_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "CI_DEPLOY_PASSWORD",
    "CI_JOB_TOKEN",
    "CI_NETRC_PASSWORD",
    "CI_REGISTRY_PASSWORD",
    "DRONE_NETRC_PASSWORD",
    "GITEA_TOKEN",
    "GITHUB_TOKEN",
    "SYSTEM_ACCESSTOKEN",
];

/// The environment variables and arguments of the process.
#[derive(Clone)]
pub(crate) struct Process {
    variables: BTreeMap<String, String>,
    /// The names of variables whose values are not Unicode text.
    unreadable: BTreeSet<String>,
    arguments: Vec<OsString>,
}

impl Process {
    /// Reads the variables and arguments of this process.
    pub(crate) fn read() -> Self {
        let (mut variables, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => drop(unreadable.insert(name)),
            }
        }
        Self { variables, unreadable, arguments: std::env::args_os().collect() }
    }

    /// A process with these variables and no arguments.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variables: variables.iter().map(owned).collect(),
            unreadable: BTreeSet::new(),
            arguments: Vec::new(),
        }
    }

    /// The arguments, the program's name first.
    pub(crate) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// All variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The names of variables whose values are not Unicode text.
    pub(crate) fn unreadable(&self) -> &BTreeSet<String> {
        &self.unreadable
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Secrets that are known without any settings: the credentials of Octopus's own tools and of CI servers, and the
    /// passwords of proxies.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let names = SECRET_VARIABLES.iter().chain(&SERVER_VARIABLES);
        let by_name = names.filter_map(|it| self.variable(it)).map(SecretString::from);
        let proxies = self.variables.iter().filter(|(name, _)| is_proxy(name));
        by_name.chain(proxies.flat_map(|(_, url)| proxy_secrets(url))).collect()
    }

    /// The names of the variables that hold one of `more`, or one of [`Self::secrets`], without those of
    /// [`SERVER_VARIABLES`].
    pub(super) fn holders(&self, more: &[SecretString]) -> impl Iterator<Item = &str> {
        let holds = |name: &str, value: &str| {
            SECRET_VARIABLES.contains(&name)
                || is_proxy(name) && !proxy_secrets(value).is_empty()
                || more.iter().any(|it| it.expose_secret().trim() == value.trim())
        };
        let servers = |name: &str| SERVER_VARIABLES.contains(&name);
        let held = self.variables.iter().filter(move |(name, value)| !servers(name) && holds(name, value));
        held.map(|(name, _)| name.as_str())
    }
}

fn is_proxy(name: &str) -> bool {
    name.to_lowercase().ends_with("_proxy")
}

/// The password in a proxy's address, or the user name where it serves as one: as written, and percent-decoded.
fn proxy_secrets(url: &str) -> Vec<SecretString> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return Vec::new() };
    let password = user.split_once(':').map_or(user, |(_, password)| password);
    let sent = percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned();
    [password.to_owned(), sent].into_iter().filter(|it| !it.is_empty()).map(SecretString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_found_wherever_it_is_written() {
        let found = |url: &str| -> Vec<String> {
            proxy_secrets(url).iter().map(|it| it.expose_secret().to_owned()).collect()
        };
        assert_eq!(found("http://ann:p%40ss:word@proxy.example:8080/"), ["p%40ss:word", "p@ss:word"]);
        assert_eq!(found("ann:hunter@2@proxy.example"), ["hunter@2", "hunter@2"]);
        assert_eq!(found("http://token@proxy.example"), ["token", "token"]);
        for open in [
            "http://proxy.example:8080",
            "proxy.example:8080",
            "http://proxy.example/a@b",
            "localhost,.example",
            "",
        ] {
            assert!(found(open).is_empty(), "{open}");
        }
    }
}
