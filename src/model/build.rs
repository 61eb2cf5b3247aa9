//! The build on whose behalf an action runs.

use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::Timestamp;

use super::encoding::encode;

/// A build, and what is known about this run of it.
///
/// Four parts identify a build: the kind and the address of its CI server, its pipeline and its id, since each server,
/// and on some servers each pipeline, counts its own ids. Equality, hash and text use only these four. The other fields
/// never make a different build.
#[derive(Debug, Clone)]
pub struct BuildIdentity {
    /// The kind of CI server, such as `github`; `None` = not known.
    pub server: Option<String>,
    /// The CI server's address; `None` = not known. Scheme, user, query and a trailing slash are ignored.
    pub address: Option<String>,
    /// The pipeline, job or configuration that is built; `None` = not known.
    pub pipeline: Option<String>,
    /// The CI server's own id of the build; the same on a re-run of the same build.
    pub id: String,
    /// The number of this run of the build, 1 for the first; `None` = the CI server does not provide it.
    pub attempt: Option<u32>,
    /// The build's page, for people who start from the deployment.
    pub url: Option<String>,
    /// When the build started (UTC).
    pub started_at: Option<Timestamp>,
}

impl BuildIdentity {
    /// A build of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            server: None,
            address: None,
            pipeline: None,
            id: id.into(),
            attempt: None,
            url: None,
            started_at: None,
        }
    }

    /// The four parts that identify the build.
    fn parts(&self) -> [String; 4] {
        let text = |it: &Option<String>| it.as_deref().unwrap_or_default().to_owned();
        [text(&self.server), host_and_path(self.address.as_deref()), text(&self.pipeline), self.id.clone()]
    }
}

/// Writes the four parts, encoded and joined by commas.
impl fmt::Display for BuildIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().map(|it| encode(&it)).join(","))
    }
}

impl PartialEq for BuildIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for BuildIdentity {}

impl Hash for BuildIdentity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// The part of an address that identifies a server: host, port and path. A user or a password in the address is never
/// shown.
fn host_and_path(address: Option<&str>) -> String {
    let text = address.unwrap_or_default().trim();
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn build(server: &str, address: &str, pipeline: &str, id: &str) -> BuildIdentity {
        let given = |it: &str| Some(it.to_owned());
        BuildIdentity {
            server: given(server),
            address: given(address),
            pipeline: given(pipeline),
            ..BuildIdentity::new(id)
        }
    }

    #[test]
    fn each_of_the_four_parts_makes_another_build() {
        let one = build("github", "https://github.com", "acme/shop/CI", "7");
        assert_eq!(one.to_string(), "github,github.com,acme/shop/CI,7");
        for other in [
            build("gitea", "https://github.com", "acme/shop/CI", "7"),
            build("github", "https://git.example.com", "acme/shop/CI", "7"),
            build("github", "https://github.com", "acme/shop/Nightly", "7"),
            build("github", "https://github.com", "acme/shop/CI", "8"),
            BuildIdentity::new("7"),
        ] {
            assert_ne!(one, other);
            assert_ne!(one.to_string(), other.to_string());
        }
    }

    #[test]
    fn attempt_page_and_start_make_no_other_build() {
        let one = build("github", "https://github.com", "acme/shop/CI", "7");
        let again = BuildIdentity {
            attempt: Some(2),
            url: Some("https://github.com/x".into()),
            started_at: Some("2026-05-01T10:00:00Z".parse().unwrap()),
            ..one.clone()
        };
        assert_eq!(one, again);
        assert_eq!(one.to_string(), again.to_string());
    }

    #[test]
    fn an_address_is_its_host_and_path_and_shows_no_password() {
        for address in [
            "https://ci.example.com/x",
            "http://CI.example.com/x/",
            "https://ann:hunter2@ci.example.com/x?a=b#c",
            " ci.example.com/x ",
        ] {
            assert_eq!(build("s", address, "p", "7").to_string(), "s,ci.example.com/x,p,7", "{address}");
        }
        assert_ne!(build("s", "https://ci/x", "p", "7"), build("s", "https://ci/X", "p", "7"));
    }

    proptest! {
        #[test]
        fn two_builds_have_the_same_text_only_where_they_are_the_same(
            one in "[a,%/ -]{0,4}", other in "[a,%/ -]{0,4}", third in "[a,%2C-]{0,6}", fourth in "[a,%2C-]{0,6}"
        ) {
            let (left, right) = (build(&one, "h", &third, "7"), build(&other, "h", &fourth, "7"));
            prop_assert_eq!(left == right, left.to_string() == right.to_string());
            prop_assert_eq!(left == right, one == other && third == fourth);
        }
    }
}
