//! Ids of the server's documents, one type for each kind, none of them ever empty.

/// Declares an id type. An empty id would turn "this one" into "all of them" in a path or a query, so
/// there is none.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; `None` when it is empty or blank.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Option<Self> {
                let text = text.into();
                (!text.trim().is_empty()).then_some(Self(text))
            }

            /// Takes text that looks like an id of this kind (the prefix, a hyphen, digits), so that a
            /// configured name or id need not be looked up when it is an id.
            #[must_use]
            pub fn recognise(text: &str) -> Option<Self> {
                let digits = text.strip_prefix($prefix)?.strip_prefix('-')?;
                let all_digits = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
                all_digits.then(|| Self(text.to_owned()))
            }

            /// The id as the server writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                // A server that answers in camelCase may write an id so where it is a key.
                let in_our_casing = text
                    .split_at_checked($prefix.len())
                    .filter(|(head, _)| head.eq_ignore_ascii_case($prefix))
                    .and_then(|(_, rest)| Self::recognise(&format!("{}{rest}", $prefix)));
                in_our_casing.or_else(|| Self::new(text)).ok_or_else(|| serde::de::Error::custom("an id is empty"))
            }
        }
    )*};
}

ids! {
    /// A space, such as `Spaces-1`.
    SpaceId = "Spaces";
    /// A project, such as `Projects-21`.
    ProjectId = "Projects";
    /// An environment, such as `Environments-3`.
    EnvironmentId = "Environments";
    /// A tenant, such as `Tenants-5`.
    TenantId = "Tenants";
    /// A machine (deployment target), such as `Machines-9`.
    MachineId = "Machines";
    /// A channel of a project, such as `Channels-4`.
    ChannelId = "Channels";
    /// A release, such as `Releases-310`.
    ReleaseId = "Releases";
    /// A deployment, such as `Deployments-81`.
    DeploymentId = "Deployments";
    /// A server task, such as `ServerTasks-940`.
    TaskId = "ServerTasks";
    /// An interruption, such as `Interruptions-12`.
    InterruptionId = "Interruptions";
    /// A team, such as `Teams-4`. Built-in ones have words in place of the number: `teams-managers`.
    TeamId = "Teams";
    /// A user, such as `Users-7`.
    UserId = "Users";
    /// A deployment freeze, such as `DeploymentFreezes-2`.
    FreezeId = "DeploymentFreezes";
    /// A deployment process or a snapshot of one, such as `deploymentprocess-Projects-21`.
    ProcessId = "deploymentprocess-Projects";
    /// A set of variables or a snapshot of one, such as `variableset-Projects-21`.
    VariableSetId = "variableset-Projects";
    /// A feed of packages. The built-in one is `feeds-builtin`.
    FeedId = "Feeds";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_empty() {
        assert_eq!(SpaceId::new(""), None);
        assert_eq!(SpaceId::new("  "), None);
        assert!(serde_json::from_str::<TaskId>("\"\"").is_err());
        assert_eq!(serde_json::from_str::<TaskId>("\"ServerTasks-9\"").unwrap().as_str(), "ServerTasks-9");
    }

    #[test]
    fn an_id_is_the_same_in_either_casing() {
        let read = |json: &str| serde_json::from_str::<EnvironmentId>(json).unwrap();
        assert_eq!(read("\"environments-3\"").as_str(), "Environments-3");
        assert_eq!(read("\"environments3\"").as_str(), "environments3");
        assert_eq!(serde_json::from_str::<FeedId>("\"feeds-builtin\"").unwrap().as_str(), "feeds-builtin");
    }

    #[test]
    fn an_id_is_recognised_by_its_shape() {
        assert_eq!(SpaceId::recognise("Spaces-12").unwrap().as_str(), "Spaces-12");
        for text in ["Spaces-", "Spaces-1x", "spaces-1", "Spaces 1", "Default", "Projects-1"] {
            assert_eq!(SpaceId::recognise(text), None, "{text}");
        }
    }
}
