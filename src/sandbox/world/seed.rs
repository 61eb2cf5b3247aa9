//! The seed: the JSON that describes a world. `docs/sandbox.md` documents each field.
//!
//! Each element of a list is read on its own, so that one pass reports the problems of all of them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::sandbox::world::seconds::Seconds;

/// The built-in world.
pub(super) const BUILT_IN: &str = include_str!("seed.json");

/// An invalid seed, with every problem that was found, one to a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the seed has {} problem(s):\n{}", problems.len(), problems.join("\n"))]
pub struct SeedError {
    /// One message for each problem, beginning with its location in the seed.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Seed {
    #[serde(default = "default_version")]
    pub(super) version: String,
    /// The virtual directory that all paths begin with, `/octopus`; blank for none.
    #[serde(default)]
    pub(super) base_path: String,
    #[serde(default)]
    pub(super) rate_limit: Option<RateLimitSeed>,
    /// How many tasks run at once.
    #[serde(default)]
    pub(super) task_cap: Option<usize>,
    #[serde(default)]
    pub(super) maintenance: bool,
    /// How long the server takes to deploy to an automatic target; left out, it varies from 1 to 30 s.
    #[serde(default)]
    pub(super) automatic_delay: Option<Seconds>,
    #[serde(default)]
    pub(super) form_values: FormValues,
    #[serde(default)]
    pub(super) list_items: ListItems,
    #[serde(default)]
    pub(super) teams: Vec<Value>,
    #[serde(default)]
    pub(super) users: Vec<Value>,
    pub(super) spaces: Vec<Value>,
}

/// Whether the values of prompted variables come back in a deployment's document; sensitive ones never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FormValues {
    #[default]
    Shown,
    Empty,
}

/// Whether the deployments of a list have all fields of their own documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListItems {
    #[default]
    Full,
    /// Without the options that the deployment was created with.
    Short,
}

fn default_version() -> String {
    "2026.2.4711".to_owned()
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RateLimitSeed {
    pub(super) per_minute: f64,
    pub(super) burst: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TeamSeed {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserSeed {
    pub(super) username: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) service_account: bool,
    #[serde(default)]
    pub(super) api_keys: Vec<String>,
    #[serde(default)]
    pub(super) teams: Vec<String>,
    pub(super) permissions: Vec<GrantSeed>,
    /// Permissions that the user lacks, whatever is granted.
    #[serde(default)]
    pub(super) without: Vec<String>,
    #[serde(default)]
    pub(super) oidc: Option<OidcSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantSeed {
    /// A permission's name, `*` for all, `*View` for all that only read.
    pub(super) permission: String,
    #[serde(default)]
    pub(super) projects: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OidcSeed {
    pub(super) audience: String,
    pub(super) subject_tokens: Vec<String>,
    pub(super) token_lifetime: Seconds,
    /// Sends `expires_in` as a number; the newer server sends a text.
    #[serde(default)]
    pub(super) numeric_expiry: bool,
}

/// The elements of one list of the seed. An element that cannot be read adds its problem to `problems`, with
/// its location.
pub(super) fn elements<T: DeserializeOwned>(
    list: &[Value],
    place: &str,
    problems: &mut Vec<String>,
) -> Vec<T> {
    let mut read = Vec::new();
    for (at, value) in list.iter().enumerate() {
        match T::deserialize(value) {
            Ok(element) => read.push(element),
            Err(error) => problems.push(format!("{place}[{at}]{}: {error}", named(value))),
        }
    }
    read
}

/// The element's own name, which is easier to find than its index.
fn named(value: &Value) -> String {
    let name = value.get("name").or_else(|| value.get("username")).and_then(Value::as_str);
    name.map_or_else(String::new, |name| format!(" ({name})"))
}

#[cfg(test)]
mod tests {
    use crate::sandbox::world::World;
    use crate::sandbox::world::tests::start;

    #[test]
    fn the_documents_example_is_a_world() {
        let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox.md"));
        let (_, rest) = page.split_once("```json small.json\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let world = World::from_seed(example, start(), 1.0).unwrap();
        assert_eq!((world.api_key(), world.space_id()), ("API-MYSANDBOXKEY", "Spaces-1"));
    }

    #[test]
    fn the_documents_name_every_key() {
        let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox.md"));
        let sources = [
            include_str!("seed.rs"),
            include_str!("space_seed.rs"),
            include_str!("project_seed.rs"),
            include_str!("process_seed.rs"),
            include_str!("history_seed.rs"),
        ];
        let field = regex::Regex::new(r"(?m)^    pub\(super\) (\w+): ").unwrap();
        for source in sources {
            for found in field.captures_iter(source.split("\nmod tests").next().unwrap()) {
                let mut words = found[1].split('_');
                let first = words.next().unwrap().to_owned();
                let key = words.fold(first, |key, word| key + &word[..1].to_uppercase() + &word[1..]);
                let named = page.contains(&format!("`{key}`")) || page.contains(&format!("\"{key}\""));
                assert!(named, "{key} is not in docs/sandbox.md");
            }
        }
    }
}
