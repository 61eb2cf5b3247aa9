//! For whom a release is deployed: which tenants are meant, and which of them may be deployed to there now, for each
//! environment by itself.

use std::sync::Arc;

use futures_util::future::join;

use crate::backend::{BackendError, Call, Notice, TargetId};
use crate::model::{EnvironmentName, ProjectName, Release, ReleaseVersion, Targets, TenantTag, Tenants};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::progression::ReleaseProgression;
use crate::octopus::tenant::Tenant;
use crate::octopus::{self as api, EnvironmentId, ProjectId, ReleaseId};

use super::Octopus;
use super::names::{same, unknown};
use super::place::{Place, release_id};
use super::resolve::{Needs, all_or_every_error, find, together};

/// What the server lists of tenants: all of the space, so that every word means one of them or none.
#[derive(Default)]
pub(super) struct ListedTenants {
    all: Arc<[Tenant]>,
}

/// A tenant that is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meant<'a> {
    pub(super) tenant: &'a Tenant,
    /// Whether it was named, rather than meant by `*` or by a tag.
    pub(super) is_named: bool,
}

/// Why a tenant that is meant cannot be deployed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bar {
    /// It has nothing to do with the project.
    NotInProject,
    /// It has nothing to do with the project in this environment.
    NotHere,
    /// It is disabled.
    Disabled,
    /// It is linked, and neither the lifecycle nor the channel lets this release through to it now, or the credential
    /// may not deploy for it.
    NotNow,
}

/// The tenants of one environment.
#[derive(Debug, Default)]
struct Here<'a> {
    tenants: Vec<&'a Tenant>,
    /// Those that are linked, or were named, and cannot be deployed to.
    barred: Vec<(Meant<'a>, Bar)>,
}

impl ListedTenants {
    /// The tenants that are meant, wherever they are linked, each once: named ones first, the rest by their names.
    ///
    /// # Errors
    ///
    /// Every name that means nothing or two things.
    pub(super) fn meant(&self, meant: &Tenants) -> Result<Vec<Meant<'_>>, BackendError> {
        let (names, tags) = match meant {
            Tenants::Untenanted => return Ok(Vec::new()),
            Tenants::All => (&[][..], &[][..]),
            Tenants::Some { names, tags } => (names.as_slice(), tags.as_slice()),
        };
        let named = all_or_every_error(names.iter().map(|it| find(it.as_str().trim(), &self.all)))?;
        let mut found: Vec<Meant<'_>> = Vec::new();
        for tenant in named {
            if !found.iter().any(|it| it.tenant.id == tenant.id) {
                found.push(Meant { tenant, is_named: true });
            }
        }
        let is_meant = |it: &&Tenant| *meant == Tenants::All || (!tags.is_empty() && carries(it, tags));
        let mut more: Vec<&Tenant> = self.all.iter().filter(is_meant).collect();
        more.sort_by_key(|it| it.name.to_lowercase());
        for tenant in more {
            if !found.iter().any(|it| it.tenant.id == tenant.id) {
                found.push(Meant { tenant, is_named: false });
            }
        }
        Ok(found)
    }

    /// Those of the tenants that are meant which can be deployed to in one environment, and those that cannot
    /// although they are linked there or were named.
    fn here<'a>(
        meant: &[Meant<'a>],
        project: &ProjectId,
        environment: &EnvironmentId,
        template: Option<&DeploymentTemplate>,
    ) -> Here<'a> {
        let mut here = Here::default();
        for it in meant {
            match bar(it.tenant, project, environment, template) {
                None => here.tenants.push(it.tenant),
                // Of those that a tag or `*` stands for, only the linked ones are meant here at all.
                Some(Bar::NotInProject | Bar::NotHere) if !it.is_named => {}
                Some(bar) => here.barred.push((*it, bar)),
            }
        }
        here
    }
}

fn bar(
    tenant: &Tenant,
    project: &ProjectId,
    environment: &EnvironmentId,
    template: Option<&DeploymentTemplate>,
) -> Option<Bar> {
    let Some(places) = tenant.project_environments.get(project) else { return Some(Bar::NotInProject) };
    if !places.contains(environment) {
        return Some(Bar::NotHere);
    }
    if tenant.is_disabled {
        return Some(Bar::Disabled);
    }
    // A server that does not tell bars nobody: it is the server that refuses then.
    let promotions = template?.tenant_promotions.as_ref()?;
    let own = promotions.iter().find(|it| it.id == tenant.id);
    let may = own.is_some_and(|it| it.promote_to.iter().any(|it| it.id == *environment));
    (!may).then_some(Bar::NotNow)
}

/// Those of an action's targets that a tenant is linked to.
///
/// # Errors
///
/// The tenant was named, and is not linked to all of them.
pub(super) fn linked(
    meant: Meant<'_>,
    project: &ProjectId,
    project_name: &ProjectName,
    to: &[(EnvironmentId, EnvironmentName)],
) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
    let bar_of = |id: &EnvironmentId| {
        let bar = bar(meant.tenant, project, id, None);
        bar.filter(|it| matches!(it, Bar::NotInProject | Bar::NotHere))
    };
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for place in to {
        match bar_of(&place.0) {
            None => places.push(place.clone()),
            Some(bar) if meant.is_named => errors.push(barred(meant.tenant, bar, project_name, &place.1)),
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(places) } else { Err(together(errors)) }
}

/// Whether a tenant carries one of the tags of each set that is named. Compared here and not by the server, whose
/// filter takes a comma within a tag for the end of it, and reads several tags in more than one way.
fn carries(tenant: &Tenant, tags: &[TenantTag]) -> bool {
    let has = |tag: &TenantTag| tenant.tenant_tags.iter().any(|it| same_tag(it, tag.as_str()));
    tags.iter().all(|tag| {
        let of_set = tags.iter().filter(|it| same(parts(it.as_str()).0, parts(tag.as_str()).0));
        of_set.into_iter().any(has)
    })
}

fn parts(tag: &str) -> (&str, &str) {
    tag.split_once('/').unwrap_or((tag, ""))
}

fn same_tag(one: &str, other: &str) -> bool {
    let ((set, tag), (other_set, other_tag)) = (parts(one), parts(other));
    same(set, other_set) && same(tag, other_tag)
}

impl Octopus {
    /// All tenants of the space.
    pub(super) async fn all_tenants(&self, call: Call<'_>) -> Result<ListedTenants, BackendError> {
        if let Some(all) = self.memory().tenants.clone() {
            return Ok(ListedTenants { all });
        }
        let space = self.space(call).await?;
        let request = api::tenant::list(&space, api::tenant::TenantFilter::default());
        let all: Arc<[Tenant]> = self.look("looking up tenants", &request, call).await?.items.into();
        self.memory().tenants = Some(all.clone());
        Ok(ListedTenants { all })
    }

    /// The tenants to choose from; nothing is asked without tenants.
    pub(super) async fn list_tenants(
        &self,
        meant: &Tenants,
        call: Call<'_>,
    ) -> Result<ListedTenants, BackendError> {
        if *meant == Tenants::Untenanted {
            Ok(ListedTenants::default())
        } else {
            self.all_tenants(call).await
        }
    }

    /// The same places as ids, for actions whose words have been resolved: what an action deploys to as far as words
    /// and links tell.
    ///
    /// # Errors
    ///
    /// A word that means nothing, or a question without an answer.
    pub async fn targets_of(
        &self,
        project: &ProjectName,
        to: &Targets,
        tenants: &Tenants,
        call: Call<'_>,
    ) -> Result<Vec<TargetId>, BackendError> {
        let environments = self.targets(to, call).await?;
        if *tenants == Tenants::Untenanted {
            let untenanted = |it: &(EnvironmentId, _)| TargetId::new(&it.0, None);
            return Ok(environments.iter().map(untenanted).collect());
        }
        let project = self.project_id(project, call).await?;
        let listed = self.all_tenants(call).await?;
        let meant = listed.meant(tenants)?;
        let of = |environment: &(EnvironmentId, EnvironmentName)| {
            let here = ListedTenants::here(&meant, &project, &environment.0, None);
            here.tenants.iter().map(|it| TargetId::new(&environment.0, Some(&it.id))).collect::<Vec<_>>()
        };
        Ok(environments.iter().flat_map(of).collect())
    }

    /// What is wrong with the tenants of an action, as far as that can be told without a release.
    pub(super) async fn check_tenants(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let listed = self.all_tenants(call).await?;
        let mut errors = Vec::new();
        errors.extend(self.check_tags(&listed, needs.tenants, call).await.err());
        let meant = match listed.meant(needs.tenants) {
            Ok(meant) => meant,
            Err(error) => {
                errors.push(error);
                return Err(together(errors));
            }
        };
        if errors.is_empty() && !needs.to.is_empty() {
            let names: Vec<EnvironmentName> = needs.to.iter().copied().cloned().collect();
            // A name that means nothing is told with the environments.
            let Ok(environments) = self.environments(&names, call).await else { return Ok(()) };
            let mut anybody = false;
            for environment in &environments {
                let here = ListedTenants::here(&meant, project, &environment.0, None);
                anybody |= !here.tenants.is_empty();
                let named = here.barred.iter().filter(|(it, _)| it.is_named);
                errors.extend(named.map(|(it, bar)| barred(it.tenant, *bar, needs.project, &environment.1)));
            }
            if errors.is_empty() && !anybody {
                errors.push(nobody(&environments));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// The tags that do not exist. A tag that somebody carries exists; only of another are the tag sets asked.
    pub(super) async fn check_tags(
        &self,
        listed: &ListedTenants,
        meant: &Tenants,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let Tenants::Some { tags, .. } = meant else { return Ok(()) };
        let carried = |tag: &TenantTag| {
            listed.all.iter().any(|it| it.tenant_tags.iter().any(|it| same_tag(it, tag.as_str())))
        };
        let doubtful: Vec<&TenantTag> = tags.iter().filter(|it| !carried(it)).collect();
        if doubtful.is_empty() {
            return Ok(());
        }
        let space = self.space(call).await?;
        let sets = self.look("looking up tenant tags", &api::tenant::tag_sets(&space), call).await?.items;
        let known: Vec<String> = sets
            .iter()
            .flat_map(|set| set.tags.iter().map(move |tag| format!("{}/{}", set.name, tag.name)))
            .collect();
        let missing = doubtful.into_iter().filter(|tag| !known.iter().any(|it| same_tag(it, tag.as_str())));
        let errors: Vec<_> =
            missing.map(|it| unknown("tenant tag", it.as_str(), known.iter().cloned())).collect();
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// The places that a release is to go to, each once, environment by environment. Who is linked to an environment
    /// and cannot be deployed to there now is left out with a warning, where a tag or `*` meant it.
    ///
    /// # Errors
    ///
    /// A tenant that was named cannot be deployed to in one of the environments; nobody is left; or no answer.
    pub(super) async fn places(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        call: Call<'_>,
    ) -> Result<Vec<Place>, BackendError> {
        let environments = self.targets(to, call).await?;
        if *tenants == Tenants::Untenanted {
            let place = |(environment, environment_name): (EnvironmentId, EnvironmentName)| Place {
                environment,
                environment_name,
                tenant: None,
            };
            return Ok(environments.into_iter().map(place).collect());
        }
        let id = self.project_id(project, call).await?;
        let release_id = release_id(&release.id)?;
        let (listed, template) = join(self.all_tenants(call), self.template(&release_id, call)).await;
        let (listed, template) = (listed?, template?);
        let meant = listed.meant(tenants)?;
        let mut places = Vec::new();
        let mut left_out: Vec<(Meant<'_>, Bar, (EnvironmentId, EnvironmentName))> = Vec::new();
        for environment in &environments {
            let here = ListedTenants::here(&meant, &id, &environment.0, template.as_ref());
            places.extend(here.tenants.iter().map(|it| Place {
                environment: environment.0.clone(),
                environment_name: environment.1.clone(),
                tenant: Some((it.id.clone(), it.name.clone())),
            }));
            left_out.extend(here.barred.into_iter().map(|(it, bar)| (it, bar, environment.clone())));
        }
        let subject = Subject { project, release: &release_id, version: &release.version };
        self.tell_left_out(subject, &left_out, template.as_ref(), call).await?;
        if places.is_empty() { Err(nobody(&environments)) } else { Ok(places) }
    }

    /// Warns of tenants that are left out; one that was named is an error.
    async fn tell_left_out(
        &self,
        subject: Subject<'_>,
        left_out: &[(Meant<'_>, Bar, (EnvironmentId, EnvironmentName))],
        template: Option<&DeploymentTemplate>,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let progression = if left_out.iter().any(|(_, bar, _)| *bar == Bar::NotNow) {
            self.release_progression(subject.release, call).await
        } else {
            None
        };
        let mut errors = Vec::new();
        for (meant, bar, environment) in left_out {
            let error = match bar {
                Bar::NotNow => {
                    let because = self
                        .not_now(meant.tenant, &environment.0, template, progression.as_ref(), call)
                        .await;
                    not_now(meant.tenant, subject.version, &environment.1, &because)
                }
                bar => barred(meant.tenant, *bar, subject.project, &environment.1),
            };
            if meant.is_named {
                errors.push(error);
            } else {
                (call.say)(left_out_warning(&meant.tenant.name, &environment.1, &error));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// Takes out those of a tenant's places that its release may not be deployed to now: with a warning, or as an
    /// error where the tenant was named.
    ///
    /// # Errors
    ///
    /// As said.
    pub(super) async fn reachable(
        &self,
        subject: Subject<'_>,
        meant: Meant<'_>,
        places: Vec<(EnvironmentId, EnvironmentName)>,
        template: Option<&DeploymentTemplate>,
        call: Call<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let project = self.project_id(subject.project, call).await?;
        let mut kept = Vec::new();
        let mut left_out = Vec::new();
        for place in places {
            match bar(meant.tenant, &project, &place.0, template) {
                None => kept.push(place),
                Some(Bar::NotInProject | Bar::NotHere) if !meant.is_named => {}
                Some(bar) => left_out.push((meant, bar, place)),
            }
        }
        self.tell_left_out(subject, &left_out, template, call).await?;
        Ok(kept)
    }

    /// Where a release may go now; nothing where the server does not let us know.
    pub(super) async fn template(
        &self,
        release: &ReleaseId,
        call: Call<'_>,
    ) -> Result<Option<DeploymentTemplate>, BackendError> {
        let space = self.space(call).await?;
        let request = api::preview::template(&space, release);
        match self.look("reading where the release may go", &request, call).await {
            Ok(template) => Ok(Some(template)),
            Err(BackendError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn release_progression(&self, release: &ReleaseId, call: Call<'_>) -> Option<ReleaseProgression> {
        let space = self.known_space()?;
        let request = api::progression::of_one_release(&space, release);
        self.client.look(&request, self.patience(call)).await.ok().map(|it| it.value)
    }

    /// Why a release may not go to a tenant now, as far as the lifecycle tells.
    async fn not_now(
        &self,
        tenant: &Tenant,
        environment: &EnvironmentId,
        template: Option<&DeploymentTemplate>,
        progression: Option<&ReleaseProgression>,
        call: Call<'_>,
    ) -> String {
        const OTHERWISE: &str =
            "its lifecycle, its channel or the credential's permissions do not let it through";
        let Some(progression) = progression else { return OTHERWISE.to_owned() };
        let Some(phase) = progression.phase_of(environment) else {
            return "the lifecycle of its channel does not contain this environment".to_owned();
        };
        let promotions = template.and_then(|it| it.tenant_promotions.as_deref()).unwrap_or_default();
        let reached: Vec<&EnvironmentId> = promotions
            .iter()
            .filter(|it| it.id == tenant.id)
            .flat_map(|it| it.promote_to.iter().map(|it| &it.id))
            .collect();
        let before = progression.phases.iter().take_while(|it| it.name != phase.name);
        // The last phase before it that the tenant has reached is the one that holds it up.
        let holding = before
            .filter(|it| !it.is_optional_phase && it.environments().any(|it| reached.contains(&it)))
            .last();
        match holding {
            Some(holding) => format!(
                "phase '{}' is not complete for {}; {}",
                holding.name,
                tenant.name,
                self.missing_in(holding, call).await
            ),
            None => OTHERWISE.to_owned(),
        }
    }
}

/// The release that tenants are chosen for.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) release: &'a ReleaseId,
    pub(super) version: &'a ReleaseVersion,
}

/// The error for a tenant that was named and cannot be deployed to.
fn barred(tenant: &Tenant, bar: Bar, project: &ProjectName, environment: &EnvironmentName) -> BackendError {
    let name = &tenant.name;
    BackendError::Impossible(match bar {
        Bar::NotInProject => {
            format!("tenant '{name}' is not linked to project '{project}'; link it on the tenant's page")
        }
        Bar::NotHere => format!(
            "tenant '{name}' is not linked to environment '{environment}' of project '{project}'; link it on the \
             tenant's page"
        ),
        Bar::Disabled => format!("tenant '{name}' is disabled; enable it on its page"),
        Bar::NotNow => format!("no release may be deployed to {environment} for {name} now"),
    })
}

fn not_now(
    tenant: &Tenant,
    version: &ReleaseVersion,
    environment: &EnvironmentName,
    because: &str,
) -> BackendError {
    BackendError::Impossible(format!(
        "release {version} may not be deployed to {environment} for {} yet: {because}",
        tenant.name
    ))
}

fn left_out_warning(tenant: &str, environment: &EnvironmentName, because: &BackendError) -> Notice {
    Notice::Warning(format!("tenant '{tenant}' is left out in {environment}: {because}"))
}

/// The error where nobody is left to deploy to.
pub(super) fn nobody(environments: &[(EnvironmentId, EnvironmentName)]) -> BackendError {
    let names: Vec<_> = environments.iter().map(|(_, it)| it.to_string()).collect();
    BackendError::Impossible(format!(
        "no tenant can be deployed to in {}: check the tags, that tenants are linked to the project and the \
         environment, and that the lifecycle lets the release through to them",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::model::TenantName;
    use crate::octopus::TenantId;
    use crate::octopus::preview::TenantPromotion;
    use crate::octopus::progression::NamedEnvironment;

    use super::*;

    fn project() -> ProjectId {
        ProjectId::new("Projects-1").unwrap()
    }

    fn environment(id: u32) -> EnvironmentId {
        EnvironmentId::new(format!("Environments-{id}")).unwrap()
    }

    fn tenant(id: u32, name: &str, tags: &[&str], environments: &[u32]) -> Tenant {
        Tenant {
            id: TenantId::new(format!("Tenants-{id}")).unwrap(),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            tenant_tags: tags.iter().map(|it| (*it).to_owned()).collect(),
            project_environments: BTreeMap::from([(
                project(),
                environments.iter().map(|it| environment(*it)).collect(),
            )]),
            is_disabled: false,
        }
    }

    fn some(names: &[&str], tags: &[&str]) -> Tenants {
        Tenants::Some {
            names: names.iter().map(|it| TenantName::new(*it)).collect(),
            tags: tags.iter().map(|it| TenantTag::new(*it)).collect(),
        }
    }

    fn shop() -> ListedTenants {
        ListedTenants {
            all: vec![
                tenant(1, "Acme", &["Region/EU", "Ring/Early"], &[1, 2]),
                tenant(2, "Globex", &["Region/US, East", "Ring/Stable "], &[1]),
                tenant(3, "Initech", &["Region/EU", "Ring/Stable"], &[2]),
            ]
            .into(),
        }
    }

    fn names(listed: &ListedTenants, meant: &Tenants) -> Vec<String> {
        let meant = listed.meant(meant).unwrap();
        meant.iter().map(|it| format!("{}{}", it.tenant.name, if it.is_named { "!" } else { "" })).collect()
    }

    #[test]
    fn of_each_set_that_is_named_one_tag_is_enough() {
        let listed = shop();
        for (meant, expected) in [
            (Tenants::All, &["Acme", "Globex", "Initech"][..]),
            (some(&[], &["Region/EU"]), &["Acme", "Initech"]),
            (some(&[], &["region/eu", "Region/US, East"]), &["Acme", "Globex", "Initech"]),
            (some(&[], &["Region/EU", "Ring/Stable"]), &["Initech"]),
            (some(&[], &["Region/US, East"]), &["Globex"]),
            (some(&[], &["Ring/Stable"]), &["Globex", "Initech"]),
            (some(&["initech", "Tenants-3"], &["Ring/Early"]), &["Initech!", "Acme"]),
            (some(&["Acme"], &["Ring/Early"]), &["Acme!"]),
            (some(&[], &["Region/Nope"]), &[]),
            (Tenants::Untenanted, &[]),
        ] {
            assert_eq!(names(&listed, &meant), expected, "{meant:?}");
        }
        let told = listed.meant(&some(&["Amce", "Nope"], &[])).unwrap_err().to_string();
        assert_eq!(told, "there is no tenant 'Amce'; the nearest is 'Acme'; there is no tenant 'Nope'");
    }

    fn here(
        listed: &ListedTenants,
        meant: &Tenants,
        at: u32,
        template: Option<&DeploymentTemplate>,
    ) -> (Vec<String>, Vec<(String, Bar)>) {
        let meant = listed.meant(meant).unwrap();
        let here = ListedTenants::here(&meant, &project(), &environment(at), template);
        let barred = here.barred.iter().map(|(it, bar)| (it.tenant.name.clone(), *bar)).collect();
        (here.tenants.iter().map(|it| it.name.clone()).collect(), barred)
    }

    #[test]
    fn each_environment_has_its_own_tenants() {
        let listed = shop();
        assert_eq!(here(&listed, &Tenants::All, 1, None).0, ["Acme", "Globex"]);
        assert_eq!(here(&listed, &Tenants::All, 2, None).0, ["Acme", "Initech"]);
        let named = some(&["Globex", "Acme"], &[]);
        assert_eq!(here(&listed, &named, 2, None).1, [("Globex".to_owned(), Bar::NotHere)]);
        assert_eq!(here(&listed, &Tenants::All, 2, None).1, []);
    }

    #[test]
    fn who_is_linked_and_barred_is_told_and_what_is_not_known_bars_nobody() {
        let named = |id: u32| NamedEnvironment { id: environment(id), name: String::new() };
        let promotion = |id: u32, to: &[u32]| TenantPromotion {
            id: TenantId::new(format!("Tenants-{id}")).unwrap(),
            name: String::new(),
            promote_to: to.iter().map(|it| named(*it)).collect(),
        };
        let template = |promotions| DeploymentTemplate {
            promote_to: Vec::new(),
            tenant_promotions: promotions,
            is_deployment_process_modified: false,
            is_variable_set_modified: false,
            is_library_variable_set_modified: false,
        };
        let told = template(Some(vec![promotion(1, &[1, 2]), promotion(2, &[])]));
        let listed = shop();
        let (tenants, barred) = here(&listed, &Tenants::All, 1, Some(&told));
        assert_eq!(tenants, ["Acme"]);
        assert_eq!(barred, [("Globex".to_owned(), Bar::NotNow)]);
        let untold = template(None);
        assert_eq!(here(&listed, &Tenants::All, 1, Some(&untold)).0, ["Acme", "Globex"]);
        let mut all = listed.all.to_vec();
        all[0].is_disabled = true;
        let listed = ListedTenants { all: all.into() };
        let (tenants, barred) = here(&listed, &Tenants::All, 1, None);
        assert_eq!(tenants, ["Globex"]);
        assert_eq!(barred, [("Acme".to_owned(), Bar::Disabled)]);
    }
}
