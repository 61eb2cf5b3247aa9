//! Names as the user wrote them. Each kind has its own type, so that an environment cannot be passed as a tenant.

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text unchanged: an id, a name or a slug. Only a lookup shows which.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text that was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether a name from the server is this one, ignoring case as servers do.
            #[must_use]
            pub fn is(&self, other: &str) -> bool {
                self.0.to_lowercase() == other.to_lowercase()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    )*};
}

names! {
    /// A space: its id (`Spaces-1`), name or slug.
    SpaceName
    /// A project: its id (`Projects-21`), slug (`web-shop`) or name (`Web Shop`).
    ProjectName
    /// A channel of a project: its id, name or slug.
    ChannelName
    /// An environment: its id (`Environments-3`), name or slug.
    EnvironmentName
    /// A tenant: its id (`Tenants-5`), name or slug.
    TenantName
    /// A tenant tag in its canonical form, `Set name/Tag name`.
    TenantTag
    /// A deployment target: its id (`Machines-9`), name or slug.
    MachineName
    /// A step of a deployment process by name.
    StepName
    /// A promotion flow by name.
    FlowName
    /// A product by name: applications that are promoted together.
    ProductName
    /// An application of a product by name.
    ApplicationName
    /// A connection of the settings by name: `[connections.NAME]`, or `default` for `[connection]`.
    ConnectionName
}
