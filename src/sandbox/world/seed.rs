//! The seed: the JSON that describes a world. `docs/sandbox.md` tells the user what each field means.
//!
//! Each element of a list is read on its own, so that one pass can name the problems of all of them.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The built-in world.
pub(super) const BUILT_IN: &str = include_str!("seed.json");

/// What is wrong with a seed: every problem that was found, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the seed has {} problem(s):\n{}", problems.len(), problems.join("\n"))]
pub struct SeedError {
    /// Each problem in words, beginning with the place in the seed.
    pub problems: Vec<String>,
}

/// A length of time: a number of seconds, or a text like `90s`, `30m`, `2h`, `3d`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Seconds(pub(super) f64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        let seconds = match Either::deserialize(from)? {
            Either::Number(seconds) => Some(seconds),
            Either::Text(text) => parse_duration(&text),
        };
        let valid = seconds.filter(|it| it.is_finite() && *it >= 0.0 && *it < 1e9);
        valid
            .map(Self)
            .ok_or_else(|| D::Error::custom("a duration is seconds or a text like 90s, 30m, 2h, 3d"))
    }
}

fn parse_duration(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    number.trim().parse::<f64>().ok().map(|it| it * factor)
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

/// Whether the deployments of a list carry all that their own documents do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListItems {
    #[default]
    Full,
    /// Without what was asked of them.
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

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SpaceSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) task_queue_stopped: bool,
    #[serde(default)]
    pub(super) environments: Vec<Value>,
    #[serde(default)]
    pub(super) lifecycles: Vec<Value>,
    #[serde(default)]
    pub(super) feeds: Vec<Value>,
    #[serde(default)]
    pub(super) projects: Vec<Value>,
    #[serde(default)]
    pub(super) tag_sets: Vec<Value>,
    #[serde(default)]
    pub(super) tenants: Vec<Value>,
    #[serde(default)]
    pub(super) machines: Vec<Value>,
    #[serde(default)]
    pub(super) freezes: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnvironmentSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) guided_failure: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LifecycleSeed {
    pub(super) name: String,
    pub(super) phases: Vec<PhaseSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PhaseSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) automatic: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
    /// How many of the environments must succeed before the next phase; 0 means all.
    #[serde(default)]
    pub(super) minimum: usize,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FeedSeed {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    pub(super) packages: Vec<PackageSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PackageSeed {
    pub(super) id: String,
    /// Oldest first.
    pub(super) versions: Vec<String>,
    /// Any version that is asked for by name exists.
    #[serde(default)]
    pub(super) any_version: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagSetSeed {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TenantSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// Project name to the names of its environments that this tenant has.
    #[serde(default)]
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) disabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MachineSeed {
    pub(super) name: String,
    pub(super) environments: Vec<String>,
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) health: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FreezeSeed {
    pub(super) name: String,
    /// How long from now until it begins; left out means that it began an hour ago.
    #[serde(default)]
    pub(super) starts_in: Option<Seconds>,
    /// How long from now until it ends.
    pub(super) ends_in: Seconds,
    /// Project name to environment names.
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
}

/// The elements of one list of the seed; what cannot be read is added to `problems` with its place.
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

/// The element's own name, so that a problem can be found without counting.
fn named(value: &Value) -> String {
    let name = value.get("name").or_else(|| value.get("username")).and_then(Value::as_str);
    name.map_or_else(String::new, |name| format!(" ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let sources = [include_str!("seed.rs"), include_str!("project_seed.rs")];
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

    #[test]
    fn durations_have_units() {
        for (text, seconds) in
            [("90", 90.0), ("\"90s\"", 90.0), ("\"1.5m\"", 90.0), ("\"2h\"", 7200.0), ("\"3d\"", 259_200.0)]
        {
            assert_eq!(serde_json::from_str::<Seconds>(text).unwrap(), Seconds(seconds), "{text}");
        }
        for text in ["-1", "\"90\"", "\"2 weeks\"", "\"\"", "\"é\"", "true", "1e300"] {
            assert!(serde_json::from_str::<Seconds>(text).is_err(), "{text}");
        }
    }
}
