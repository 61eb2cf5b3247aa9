//! Decides which build an existing release belongs to, and whether it is what was asked for. Pure.

use crate::model::{BuildIdentity, GitSource, Marker, PackageChoice, marker};
use crate::octopus::ChannelId;
use crate::octopus::process::Process;
use crate::octopus::release::{Release, SelectedGitResource};

use super::matching::same;
use super::packages;

/// The owner of a release. Its age proves nothing: others create releases at the same time, and clocks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// It carries this build's marker.
    ThisBuild,
    /// It carries the marker of another build.
    AnotherBuild,
    /// It carries no marker.
    Nobody,
}

pub(super) fn owner(release: &Release, build: Option<&BuildIdentity>) -> Owner {
    match (Marker::read(&release.release_notes), build) {
        (None, _) => Owner::Nobody,
        (Some(marker), Some(build)) if marker.is_of(build) => Owner::ThisBuild,
        (Some(_), _) => Owner::AnotherBuild,
    }
}

/// The owner of a release that was looked up by its exact version. Here a marker of 0.1.0, which has only the bare id,
/// is enough; in a search it would match the releases of every build with that id.
pub(super) fn owner_of_version(release: &Release, build: Option<&BuildIdentity>) -> Owner {
    match (Marker::read(&release.release_notes), build) {
        (Some(marker), Some(build)) if marker.names_id_of(build) => Owner::ThisBuild,
        _ => owner(release, build),
    }
}

/// The requested properties of a new release, in the server's ids.
#[derive(Clone, Copy)]
pub(super) struct ReleaseSpec<'a> {
    /// The channel and its name, if one was requested.
    pub(super) channel: Option<&'a (ChannelId, String)>,
    pub(super) git: &'a GitSource,
    pub(super) packages: &'a [PackageChoice],
    /// The process that resolves the packages; `None` if none is named.
    pub(super) process: Option<&'a Process>,
    pub(super) custom_fields: &'a std::collections::BTreeMap<String, String>,
}

/// The requested properties that the document of a release does not show, so that they cannot be compared. Items of a
/// list lack some.
pub(super) fn not_shown(release: &Release, asked: &ReleaseSpec<'_>) -> Vec<&'static str> {
    [
        (asked.channel.is_some() && release.channel_id.is_none(), "channel"),
        (asked.process.is_some() && release.selected_packages.is_none(), "packages"),
        (!asked.git.resources.is_empty() && release.selected_git_resources.is_none(), "git resources"),
        (!asked.custom_fields.is_empty() && release.custom_fields.is_none(), "custom fields"),
    ]
    .into_iter()
    .filter_map(|(is_missing, what)| is_missing.then_some(what))
    .collect()
}

/// The differences between a release and what was asked for, one line for each. Properties that were not requested do
/// not count; [`not_shown`] lists those that the document lacks.
pub(super) fn differences(release: &Release, asked: &ReleaseSpec<'_>) -> Vec<String> {
    let mut differences = Vec::new();
    if let Some((id, name)) = asked.channel
        && release.channel_id.as_ref().is_some_and(|it| it != id)
    {
        differences.push(format!("it is not of channel '{name}'"));
    }
    let git = release.version_control_reference.clone().unwrap_or_default();
    if let Some(wanted) = &asked.git.git_ref
        && !is_same_ref(&git.git_ref, wanted)
    {
        differences.push(format!("its git reference is '{}', not '{wanted}'", git.git_ref));
    }
    if let Some(wanted) = &asked.git.commit
        && !is_same_commit(&git.git_commit, wanted)
    {
        differences.push(format!("its commit is '{}', not '{wanted}'", git.git_commit));
    }
    for wanted in &asked.git.resources {
        let Some(selected) = &release.selected_git_resources else { break };
        differences.extend(other_resource(selected, wanted));
    }
    if let Some((process, selected)) = asked.process.zip(release.selected_packages.as_ref()) {
        differences.extend(packages::differences(asked.packages, process, selected));
    }
    for (name, wanted) in asked.custom_fields {
        let Some(fields) = &release.custom_fields else { break };
        let found = fields.iter().find(|(it, _)| same(it, name)).map(|(_, value)| value);
        if found != Some(wanted) {
            let found = found.map_or("", String::as_str);
            differences.push(format!("its custom field '{name}' is '{found}', not '{wanted}'"));
        }
    }
    differences
}

/// Whether a release's notes differ from the requested ones. Notes with variables of the server cannot be compared.
pub(super) fn has_other_notes(release: &Release, wanted: Option<&str>) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    wanted.filter(|it| !it.contains("#{")).is_some_and(|wanted| {
        plain(marker::unsigned(&release.release_notes)) != plain(&marker::harmless(wanted))
    })
}

/// The difference if the repository of a step is not read at the requested reference, written `Step:ref` or
/// `Step:Resource:ref`; `*` is the default branch, at any commit.
fn other_resource(selected: &[SelectedGitResource], wanted: &str) -> Option<String> {
    let (place, reference) = wanted.rsplit_once(':')?;
    let (step, resource) = place.split_once(':').unwrap_or((place, ""));
    let is_it = |it: &&SelectedGitResource| {
        same(&it.action_name, step.trim()) && same(&it.git_resource_reference_name, resource.trim())
    };
    let Some(found) = selected.iter().find(is_it) else {
        return Some(format!("'{place}' is not among its git resources"));
    };
    let found = &found.git_reference_resource.git_ref;
    (reference.trim() != "*" && !is_same_ref(found, reference.trim()))
        .then(|| format!("the git reference of '{place}' is '{found}', not '{}'", reference.trim()))
}

/// A branch or tag may have a short name. How the server reads a short name is not known, so it matches both.
fn is_same_ref(found: &str, wanted: &str) -> bool {
    found == wanted || ["refs/heads/", "refs/tags/"].iter().any(|it| found.strip_prefix(it) == Some(wanted))
}

/// A commit may be abbreviated, to four digits at least as in git.
fn is_same_commit(found: &str, wanted: &str) -> bool {
    let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
    wanted.len() >= 4 && found.starts_with(&wanted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn release(more: Value) -> Release {
        let mut document = json!({"Id": "Releases-1", "Version": "1.0", "ProjectId": "Projects-1", "ChannelId": "Channels-1",
            "VersionControlReference": {"GitRef": "refs/heads/main", "GitCommit": "3f1c2b4d5e"},
            "CustomFields": {"Ticket": "A-1"}, "ReleaseNotes": "News"});
        for (key, value) in more.as_object().expect("an object") {
            document[key] = value.clone();
        }
        crate::octopus::read(document.to_string().as_bytes()).expect("a release")
    }

    #[test]
    fn a_release_is_a_builds_by_its_marker_alone() {
        let (ours, other) = (BuildIdentity::new("7"), BuildIdentity::new("8"));
        let with = |notes: String| {
            release(json!({"ReleaseNotes": notes, "Assembled": "2026-05-01T08:01:00.000+00:00"}))
        };
        for (notes, expected) in [
            (ours.sign("n", &[]), Owner::ThisBuild),
            (other.sign("n", &[]), Owner::AnotherBuild),
            ("n".to_owned(), Owner::Nobody),
            (format!("{}\nmore", ours.sign("n", &[])), Owner::Nobody),
            (other.sign(&ours.sign("n", &[]), &[]), Owner::AnotherBuild),
        ] {
            assert_eq!(owner(&with(notes.clone()), Some(&ours)), expected, "{notes}");
        }
        assert_eq!(owner(&with(ours.sign("", &[])), None), Owner::AnotherBuild);
    }

    #[test]
    fn what_was_asked_for_is_compared_and_nothing_else() {
        let channel = |it: &str| (ChannelId::new(it).expect("an id"), "Hotfix".to_owned());
        let (same_channel, other_channel) = (channel("Channels-1"), channel("Channels-2"));
        let git = |git_ref: Option<&str>, commit: Option<&str>| GitSource {
            git_ref: git_ref.map(str::to_owned),
            commit: commit.map(str::to_owned),
            resources: Vec::new(),
        };
        let fields = |value: &str| BTreeMap::from([("ticket".to_owned(), value.to_owned())]);
        let none = BTreeMap::new();
        let cases = [
            (None, git(None, None), none.clone(), None),
            (Some(&same_channel), git(Some("main"), Some("3F1C2")), fields("A-1"), None),
            (Some(&other_channel), git(None, None), none.clone(), Some("not of channel 'Hotfix'")),
            (
                None,
                git(Some("refs/tags/main"), None),
                none.clone(),
                Some("git reference is 'refs/heads/main'"),
            ),
            (None, git(None, Some("aaaa")), none.clone(), Some("its commit is '3f1c2b4d5e', not 'aaaa'")),
            (None, git(None, Some("3f")), none, Some("its commit")),
            (None, git(None, None), fields("A-2"), Some("custom field 'ticket' is 'A-1', not 'A-2'")),
        ];
        for (channel, git, fields, expected) in &cases {
            let asked =
                ReleaseSpec { channel: *channel, git, packages: &[], process: None, custom_fields: fields };
            let lines = differences(&release(json!({})), &asked);
            match expected {
                None => assert_eq!(lines, [] as [String; 0]),
                Some(words) => assert!(lines.len() == 1 && lines[0].contains(words), "{lines:?}"),
            }
            if expected.is_some() {
                continue;
            }
            // A reference that the document lacks is none; anything else that it lacks is not known.
            let bare =
                release(json!({"ChannelId": null, "VersionControlReference": null, "CustomFields": null}));
            let wanted = usize::from(git.git_ref.is_some()) + usize::from(git.commit.is_some());
            assert_eq!(differences(&bare, &asked).len(), wanted);
            let unknown = usize::from(channel.is_some()) + usize::from(!fields.is_empty());
            assert_eq!(not_shown(&bare, &asked).len(), unknown);
            assert_eq!(not_shown(&release(json!({})), &asked), [] as [&str; 0]);
        }
    }

    #[test]
    fn git_resources_are_compared_by_step_and_name() {
        let selected = |found: Value| release(json!({ "SelectedGitResources": found }));
        let at = |step: &str, name: &str, git_ref: &str| json!({"ActionName": step, "GitResourceReferenceName": name, "GitReferenceResource": {"GitRef": git_ref}});
        let found =
            selected(json!([at("Apply", "", "refs/tags/v1"), at("Apply", "charts", "refs/heads/main")]));
        let compared = |release: &Release, resource: &str| {
            let git = GitSource { resources: vec![resource.to_owned()], ..GitSource::default() };
            let fields = BTreeMap::new();
            let asked = ReleaseSpec {
                channel: None,
                git: &git,
                packages: &[],
                process: None,
                custom_fields: &fields,
            };
            (differences(release, &asked), not_shown(release, &asked))
        };
        for same in ["Apply:v1", "apply:refs/tags/v1", "Apply:charts:main", "Apply:charts:*"] {
            assert_eq!(compared(&found, same), (vec![], vec![]), "{same}");
        }
        for (other, words) in [
            ("Apply:main", "the git reference of 'Apply' is 'refs/tags/v1', not 'main'"),
            ("Apply:charts:v1", "the git reference of 'Apply:charts' is 'refs/heads/main'"),
            ("Build:v1", "'Build' is not among its git resources"),
        ] {
            assert!(compared(&found, other).0[0].contains(words), "{other}");
        }
        assert_eq!(compared(&selected(Value::Null), "Apply:v1"), (vec![], vec!["git resources"]));
    }

    #[test]
    fn notes_are_compared_without_marker_and_line_ends() {
        let signed = |notes: &str| release(json!({"ReleaseNotes": BuildIdentity::new("7").sign(notes, &[])}));
        assert!(!has_other_notes(&signed("a\r\nb"), Some("a\nb\n")));
        assert!(has_other_notes(&signed("a"), Some("b")));
        assert!(!has_other_notes(&signed("a"), Some("#{x}")));
        assert!(!has_other_notes(&signed("a"), None));
    }
}
