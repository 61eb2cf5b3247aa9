//! Feeds, their packages, and which versions of a package a rule allows.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{stamp, there};
use crate::sandbox::world::made::SelectedPackage;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::process_seed::PackageUseSeed;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Step;
use crate::sandbox::world::stored::{Feed, Package, Project};
use crate::sandbox::world::versions::{Version, in_range, tag_matches};

impl World {
    /// The package that a step uses, with its feed.
    pub(super) fn find_package(&self, space: &str, wanted: &PackageUseSeed) -> Option<(&Feed, &Package)> {
        let of_space = self.feeds.iter().filter(|it| it.space == space);
        let named = |feed: &&Feed| wanted.feed.as_ref().is_none_or(|it| *it == feed.id || *it == feed.name);
        of_space.filter(named).find_map(|feed| Some((feed, package_of(feed, &wanted.id)?)))
    }

    /// The packages of a release of the past: of the release's own version where the feed has it.
    pub(super) fn packages_of_the_past(&self, project: &Project, version: &str) -> Vec<SelectedPackage> {
        let uses = project.steps.iter().flat_map(|step| step.seed.packages.iter().map(move |it| (step, it)));
        let select = |(step, used): (&Step, &PackageUseSeed)| {
            let known = self.find_package(&project.space, used).map(|(_, package)| package);
            let own = known.filter(|it| it.has(version)).map(|_| version.to_owned());
            let first = known.and_then(|it| it.versions.first().cloned());
            SelectedPackage {
                step: step.seed.name.clone(),
                reference: used.reference.clone(),
                id: used.id.clone(),
                version: used.fixed_version.clone().or(own).or(first).unwrap_or_else(|| version.to_owned()),
            }
        };
        uses.map(select).collect()
    }

    /// The packages of a release that are no longer in any feed.
    pub(super) fn missing_packages(&self, release: &str) -> Vec<SelectedPackage> {
        let Some(release) = self.release(release) else { return Vec::new() };
        let is_missing = |it: &&SelectedPackage| {
            let mut feeds = self.feeds.iter().filter(|feed| feed.space == release.space);
            !it.id.contains("#{")
                && !feeds.any(|feed| package_of(feed, &it.id).is_some_and(|known| known.has(&it.version)))
        };
        release.packages.iter().filter(is_missing).cloned().collect()
    }
}

fn package_of<'a>(feed: &'a Feed, id: &str) -> Option<&'a Package> {
    feed.packages.iter().find(|it| it.id.eq_ignore_ascii_case(id))
}

impl Package {
    pub(super) fn has(&self, version: &str) -> bool {
        self.any_version || self.versions.iter().any(|it| it.eq_ignore_ascii_case(version))
    }

    /// The versions within a range and with a matching tag, highest first.
    ///
    /// # Errors
    ///
    /// The range or the tag's expression is invalid.
    pub(super) fn matching(&self, range: &str, tag: &str) -> Result<Vec<&String>, String> {
        let mut found = Vec::new();
        for version in &self.versions {
            if in_range(version, range)? && tag_matches(version, tag)? {
                found.push(version);
            }
        }
        found.sort_by_key(|it| std::cmp::Reverse(Version::parse(it)));
        Ok(found)
    }
}

/// `GET feeds`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let ids = call.list("ids");
    let wanted = |it: &&Feed| it.space == call.space && (ids.is_empty() || ids.contains(&it.id));
    let all: Vec<&Feed> = world.feeds.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Feed", &all, |it| document(it))))
}

/// `GET feeds/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(find(world, call)?)))
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Feed, Refusal> {
    there(
        world.feeds.iter().find(|it| it.space == call.space && it.id == call.param(0)),
        "feed",
        call.param(0),
    )
}

fn document(feed: &Feed) -> Value {
    let own = format!("/api/{}/feeds/{}", feed.space, feed.id);
    json!({
        "Id": feed.id,
        "SpaceId": feed.space,
        "Name": feed.name,
        "FeedType": feed.kind,
        "Links": {
            "Self": own,
            "SearchPackageVersionsTemplate": format!(
                "{own}/packages/versions{{?packageId,take,skip,includePreRelease,versionRange,preReleaseTag,filter,includeReleaseNotes}}"
            ),
        },
    })
}

/// `GET feeds/{id}/packages/versions`, with the package in the query.
pub(super) fn versions(world: &mut World, call: &Call<'_>) -> Answer {
    let package = call.query("packageId").unwrap_or_default().to_owned();
    found_versions(world, call, &package)
}

/// `GET feeds/{id}/packages/{packageId}/versions`.
pub(super) fn versions_of(world: &mut World, call: &Call<'_>) -> Answer {
    let package = call.param(1).to_owned();
    found_versions(world, call, &package)
}

fn found_versions(world: &World, call: &Call<'_>, package: &str) -> Answer {
    let feed = find(world, call)?;
    if package.is_empty() {
        return Err(Refusal::bad("The query needs a packageId."));
    }
    let range = call.query("versionRange").unwrap_or_default();
    let tag = call.query("preReleaseTag").unwrap_or_default();
    let mut found = match package_of(feed, package) {
        Some(known) => known.matching(range, tag).map_err(Refusal::bad)?,
        None => Vec::new(),
    };
    if call.flag("includePreRelease") == Some(false) {
        found.retain(|it| Version::parse(it).is_some_and(|it| it.pre_release().is_empty()));
    }
    if let Some(filter) = call.query("filter") {
        found.retain(|it| it.contains(filter));
    }
    let render = |version: &&String| {
        json!({
            "Id": format!("packages-{package}.{version}"),
            "FeedId": feed.id,
            "PackageId": package,
            "Version": version,
            "Title": package,
            "Published": stamp(call.now),
        })
    };
    Ok(Response::json(200, &page(call, "PackageVersion", &found, render)))
}

/// `GET` and `POST channels/rule-test`: whether a version fits a rule that need not be stored.
pub(super) fn rule_test(_: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let text =
        |name: &str| body.text(name).or_else(|| call.query(name).map(str::to_owned)).unwrap_or_default();
    let version = text("version");
    let range = in_range(&version, &text("versionRange"));
    let tag = tag_matches(&version, &text("preReleaseTag"));
    let errors: Vec<&String> = [range.as_ref().err(), tag.as_ref().err()].into_iter().flatten().collect();
    Ok(Response::json(
        200,
        &json!({
            "Errors": errors,
            "SatisfiesVersionRange": *range.as_ref().unwrap_or(&false),
            "SatisfiesPreReleaseTag": *tag.as_ref().unwrap_or(&false),
        }),
    ))
}
