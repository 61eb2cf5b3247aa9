//! A target in ids and names.

use crate::backend::BackendError;
use crate::model::{EnvironmentName, TenantName, TenantTarget};
use crate::octopus::deployment::Deployment;
use crate::octopus::preview::PreviewTarget;
use crate::octopus::{EnvironmentId, ReleaseId, TenantId};

/// A target in ids and names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Place {
    pub(super) environment: EnvironmentId,
    pub(super) environment_name: EnvironmentName,
    pub(super) tenant: Option<(TenantId, String)>,
}

impl Place {
    pub(super) fn target(&self) -> TenantTarget {
        let tenant = self.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TenantTarget { environment: self.environment_name.clone(), tenant }
    }

    pub(super) fn preview_target(&self) -> PreviewTarget {
        let tenant_id = self.tenant.as_ref().map(|(id, _)| id.clone());
        PreviewTarget { environment_id: self.environment.clone(), tenant_id }
    }

    pub(super) fn holds(&self, deployment: &Deployment) -> bool {
        deployment.environment_id == self.environment
            && deployment.tenant_id.as_ref() == self.tenant.as_ref().map(|(id, _)| id)
    }
}

/// The id of a release that was found or created.
///
/// # Errors
///
/// The release has no id.
pub(super) fn release_id(text: &str) -> Result<ReleaseId, BackendError> {
    ReleaseId::new(text).ok_or_else(|| BackendError::Impossible("a release without an id".into()))
}
