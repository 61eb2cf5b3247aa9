//! Each CI server by its own variables: recognised, read, and told what its steps can never say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::folder::{Folder, Told};
use crate::support::program::scrubbed;
use crate::support::servers::{at_home, variables};

/// Variables, the server that they mean, the one that shows it, and every field that they tell.
type Case = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    (
        "github",
        "github",
        "GITHUB_ACTIONS",
        &[
            ("build.address", "https://gh.example"),
            ("build.attempt", "2"),
            ("build.id", "9170022"),
            ("build.number", "482"),
            ("build.url", "https://gh.example/acme/shop/actions/runs/9170022"),
            ("build.pipeline", "acme/shop/ci"),
            ("build.branch", "release/1.4"),
            ("build.commit", "9f2c1d0e4b7a6f5c3d2e1f0a9b8c7d6e5f4a3b2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "github-pull-request",
        "github",
        "GITHUB_ACTIONS",
        &[
            ("build.address", "https://gh.example"),
            ("build.id", "9170023"),
            ("build.number", "483"),
            ("build.url", "https://gh.example/acme/shop/actions/runs/9170023"),
            ("build.pipeline", "acme/shop/ci"),
            ("build.branch", "feature/basket"),
            ("build.pullRequest", "12"),
            ("build.commit", "aa2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "github-tag",
        "github",
        "GITHUB_ACTIONS",
        &[
            ("build.address", "https://gh.example"),
            ("build.id", "9170024"),
            ("build.number", "484"),
            ("build.url", "https://gh.example/acme/shop/actions/runs/9170024"),
            ("build.pipeline", "acme/shop/ci"),
            ("build.tag", "v1.4.7"),
            ("build.commit", "bb2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "act",
        "github",
        "GITHUB_ACTIONS",
        &[
            ("build.address", "https://github.com"),
            ("build.id", "1"),
            ("build.number", "1"),
            ("build.url", "https://github.com/acme/shop/actions/runs/1"),
            ("build.pipeline", "acme/shop/ci"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "nektos/act"),
            ("stage", "deploy"),
        ],
    ),
    (
        "gitea",
        "gitea",
        "GITEA_ACTIONS",
        &[
            ("build.address", "https://gitea.example"),
            ("build.id", "31"),
            ("build.number", "7"),
            ("build.url", "https://gitea.example/acme/shop/actions/runs/31"),
            ("build.pipeline", "acme/shop/ci.yaml"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "forgejo",
        "forgejo",
        "FORGEJO_ACTIONS",
        &[
            ("build.address", "https://forgejo.example"),
            ("build.attempt", "1"),
            ("build.id", "32"),
            ("build.number", "8"),
            ("build.url", "https://forgejo.example/acme/shop/actions/runs/8"),
            ("build.pipeline", "acme/shop/ci.yaml"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "gitlab",
        "gitlab",
        "GITLAB_CI",
        &[
            ("build.address", "https://gl.example"),
            ("build.id", "3100"),
            ("build.number", "31"),
            ("build.url", "https://gl.example/acme/shop/-/pipelines/3100"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("build.startedAt", "2026-11-22T09:57:00Z"),
            ("stage", "deploy"),
        ],
    ),
    (
        "gitlab-after-script",
        "gitlab",
        "GITLAB_CI",
        &[
            ("build.address", "https://gl.example"),
            ("build.id", "3101"),
            ("build.number", "32"),
            ("build.url", "https://gl.example/acme/shop/-/pipelines/3101"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "feature/basket"),
            ("build.pullRequest", "12"),
            ("build.commit", "9f2d"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
            ("status", "canceled"),
        ],
    ),
    (
        "woodpecker",
        "woodpecker",
        "CI",
        &[
            ("build.address", "https://wp.example"),
            ("build.id", "acme/shop/31"),
            ("build.number", "31"),
            ("build.url", "https://wp.example/repos/5/pipeline/31"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("build.startedAt", "2025-11-22T10:00:00Z"),
            ("stage", "release"),
            ("status", "success"),
        ],
    ),
    // GITLAB_CI is set here as well, for scripts that know no better.
    (
        "woodpecker-pull-request",
        "woodpecker",
        "CI_SYSTEM_NAME",
        &[
            ("build.id", "acme/shop/32"),
            ("build.number", "32"),
            ("build.url", "https://wp.example/repos/5/pipeline/32"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "feature/basket"),
            ("build.pullRequest", "12"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("stage", "release"),
            ("status", "failure"),
        ],
    ),
    (
        "azure",
        "azure",
        "TF_BUILD",
        &[
            ("build.address", "https://dev.azure.example/acme/"),
            ("build.attempt", "2"),
            ("build.id", "2727"),
            ("build.number", "20261122.1"),
            ("build.url", "https://dev.azure.example/acme/Web%20Shop/_build/results?buildId=2727"),
            ("build.pipeline", "Web Shop/shop"),
            ("build.branch", "feature/basket"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "Ann Bee"),
            ("build.startedAt", "2026-11-22T09:57:00Z"),
            ("stage", "deploy"),
            ("status", "SucceededWithIssues"),
        ],
    ),
    (
        "buildkite",
        "buildkite",
        "BUILDKITE",
        &[
            ("build.attempt", "2"),
            ("build.id", "0184990a-477b-4fa8-9968-496074483cee"),
            ("build.number", "7"),
            ("build.url", "https://buildkite.example/acme/shop/builds/7"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "Ann Bee"),
            ("stage", "deploy"),
            ("status", "failed"),
        ],
    ),
    (
        "circleci",
        "circleci",
        "CIRCLECI",
        &[
            ("build.address", "https://circleci.example"),
            ("build.id", "b1f2c3d4-0000-4000-8000-000000000001"),
            ("build.number", "482"),
            ("build.url", "https://circleci.example/gh/acme/shop/482"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.pullRequest", "12"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("stage", "deploy"),
        ],
    ),
    (
        "bitbucket",
        "bitbucket",
        "BITBUCKET_BUILD_NUMBER",
        &[
            ("build.attempt", "2"),
            ("build.id", "{b1f2c3d4-0000-4000-8000-000000000001}"),
            ("build.number", "482"),
            ("build.url", "https://bitbucket.org/acme/shop/pipelines/results/482"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "{b1f2c3d4-0000-4000-8000-000000000003}"),
            ("status", "SUCCESSFUL"),
        ],
    ),
    (
        "bamboo",
        "bamboo",
        "bamboo_buildKey",
        &[
            ("build.address", "https://bamboo.example"),
            ("build.id", "SHOP-WEB-DEP-482"),
            ("build.number", "482"),
            ("build.url", "https://bamboo.example/browse/SHOP-WEB-DEP-482"),
            ("build.pipeline", "SHOP-WEB"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedAt", "2026-11-22T09:57:00Z"),
            ("stage", "Deploy"),
        ],
    ),
    (
        "drone",
        "drone",
        "DRONE",
        &[
            ("build.address", "drone.example"),
            ("build.id", "acme/shop/7"),
            ("build.number", "7"),
            ("build.url", "https://drone.example/acme/shop/7"),
            ("build.pipeline", "acme/shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("build.startedAt", "2025-11-22T10:00:00Z"),
            ("stage", "default"),
            ("status", "success"),
        ],
    ),
    (
        "drone-tag",
        "drone",
        "DRONE",
        &[
            ("build.address", "drone.example"),
            ("build.id", "acme/shop/8"),
            ("build.number", "8"),
            ("build.version", "1.4.7"),
            ("build.pipeline", "acme/shop"),
            ("build.tag", "v1.4.7"),
            ("build.commit", "9f2c"),
            ("status", "failure"),
        ],
    ),
    (
        "jenkins",
        "jenkins",
        "JENKINS_URL",
        &[
            ("build.address", "https://jenkins.example/"),
            ("build.id", "jenkins-shop-main-7"),
            ("build.number", "7"),
            ("build.url", "https://jenkins.example/job/shop/job/main/7/"),
            ("build.pipeline", "shop/main"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("stage", "Deploy"),
        ],
    ),
    (
        "jenkins-pull-request",
        "jenkins",
        "JENKINS_HOME",
        &[
            ("build.id", "jenkins-shop-PR-12-8"),
            ("build.number", "8"),
            ("build.pipeline", "shop/PR-12"),
            ("build.branch", "feature/basket"),
            ("build.pullRequest", "12"),
        ],
    ),
    (
        "buildbot",
        "buildbot",
        "BUILDBOT_BUILDERNAME",
        &[
            ("build.address", "https://buildbot.example"),
            ("build.id", "shop/7"),
            ("build.number", "7"),
            ("build.url", "https://buildbot.example/#/builders/1/builds/7"),
            ("build.pipeline", "shop"),
            ("build.branch", "main"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "Ann <ann@acme.example>"),
            ("stage", "shop"),
            ("status", "warnings"),
        ],
    ),
    (
        "teamcity",
        "teamcity",
        "TEAMCITY_VERSION",
        &[
            ("build.address", "https://tc.example"),
            ("build.id", "501"),
            ("build.number", "1.4.7-482"),
            ("build.url", "https://tc.example/viewLog.html?buildId=501"),
            ("build.pipeline", "Web Shop/Deploy"),
            ("build.branch", "feature/müsli"),
            ("build.pullRequest", "12"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "ann"),
            ("stage", "Deploy"),
        ],
    ),
    (
        "continua",
        "continua",
        "ContinuaCI.Version",
        &[
            ("build.id", "4711"),
            ("build.number", "12"),
            ("build.version", "1.4.7"),
            ("build.pipeline", "Shop/Web"),
            ("build.branch", "release/1.4"),
            ("build.commit", "9f2c"),
            ("build.startedBy", "Ann"),
        ],
    ),
    (
        "shell",
        "shell",
        "PROMENADE_BUILD_ID",
        &[
            ("build.address", "https://ci.example"),
            ("build.attempt", "3"),
            ("build.id", "nightly-482"),
            ("build.version", "1.4.7"),
            ("build.branch", "main"),
            ("build.startedAt", "2026-11-22T09:57:00Z"),
        ],
    ),
];

fn event(folder: &Folder, variables: &str, arguments: &[&str]) -> Told {
    let mut command = folder.program(&[&["event", "--json"], arguments].concat());
    at_home(&mut command, variables, folder.path());
    Told::by(&mut command)
}

fn json(told: &Told) -> Value {
    assert_eq!(told.code, 0, "{told:?}");
    serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {told:?}"))
}

#[test]
fn each_server_is_recognised_and_read_from_its_own_variables() {
    for (name, server, by, fields) in CASES {
        let folder = Folder::new();
        let found = json(&event(&folder, name, &[]));
        assert_eq!((&found["server"], &found["recognisedBy"]), (&Value::from(*server), &Value::from(*by)));
        assert_eq!(found["event"], "stage-completed");
        let told: BTreeMap<_, _> = found["fields"]
            .as_object()
            .expect("fields")
            .iter()
            .map(|(field, it)| (field.as_str(), it["value"].as_str().expect("text")))
            .collect();
        assert_eq!(told, fields.iter().copied().collect(), "{name}");
        // What is said to have told a field did so.
        let there = variables(name, folder.path());
        for (field, it) in found["fields"].as_object().expect("fields") {
            for from in it["from"].as_array().expect("a list").iter().filter_map(Value::as_str) {
                let in_file = from.contains(" in ");
                assert!(in_file || there.iter().any(|(it, _)| it == from), "{name}: {field} from {from}");
            }
        }
    }
}

#[test]
fn every_server_has_a_case() {
    let told = Told::by(scrubbed(crate::support::program::PROGRAM).args(["event", "--ci", "no-such-server"]));
    let names: Vec<_> = told.stderr.split('`').skip(3).step_by(2).collect();
    assert_eq!(names.len(), 16, "{told:?}");
    for name in names {
        assert!(CASES.iter().any(|(_, server, ..)| *server == name), "{name} has no case");
    }
}

#[test]
fn nothing_is_inferred_from_ci_alone() {
    let folder = Folder::new();
    let told = Told::by(folder.program(&["event"]).env("CI", "true"));
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("no CI server is recognised"), "{told:?}");
    assert!(told.stderr.contains("--ci NAME") && told.stderr.contains("--event FILE"), "{told:?}");
}

#[test]
fn a_server_that_is_named_beats_the_environment() {
    let folder = Folder::new();
    let found = json(&event(&folder, "forgejo", &["--ci", "github"]));
    assert_eq!((&found["server"], &found["recognisedBy"]), (&Value::from("github"), &Value::Null));
    assert_eq!(found["fields"]["build.id"]["from"][0], "GITHUB_RUN_ID");
    let wrong = event(&folder, "forgejo", &["--ci", "githob"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("did you mean `github`?"), "{wrong:?}");
}

#[test]
fn what_is_told_beats_the_environment_and_takes_the_servers_own_words() {
    let folder = Folder::new();
    let told = ["--stage", "Production", "--status", "Failed", "--moment", "stage-completed"];
    let found = json(&event(&folder, "azure", &told));
    assert_eq!(found["fields"]["stage"]["from"][0], "--stage");
    assert_eq!(found["fields"]["status"]["value"], "Failed");
    let wrong = event(&folder, "azure", &["--status", "fine"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("`SucceededWithIssues`"), "{wrong:?}");
    let never = event(&folder, "azure", &["--moment", "build-created"]);
    assert!(never.code == 2 && never.stderr.contains("never raises the event build-created"), "{never:?}");
}

#[test]
fn the_files_of_teamcity_are_read_and_what_is_in_them_stays_there() {
    let folder = Folder::new();
    let told = event(&folder, "teamcity", &[]);
    let found = json(&told);
    let variables: Vec<_> = found["variables"].as_array().expect("a list").iter().collect();
    assert!(variables.contains(&&Value::from("Approver")), "{found}");
    assert_eq!(
        found["fields"]["build.branch"]["from"][0],
        "teamcity.build.branch in teamcity.configuration.properties.file"
    );
    assert!(!told.stdout.contains("Bén") && !told.stdout.contains("planted-build-password"), "{told:?}");
    // The values are there for expressions.
    let settings = "[connection]\nproject = 'x'\nurl = 'http://127.0.0.1:1'\n[create]\nversion = '1.0'\nnotes = '%Approver%'\n\
                    [conditions]\nall = [{ left = '%Approver%', op = 'equals', right = 'nobody' }]\n";
    folder.write("promenade.toml", settings);
    let mut plan = folder.program(&["plan", "--config", "promenade.toml", "--status", "successful"]);
    at_home(&mut plan, "teamcity", folder.path());
    plan.env("OCTOPUS_API_KEY", "API-1");
    let plan = Told::by(&mut plan);
    assert!(plan.stdout.contains("B|0x00e9n and Ann"), "{plan:?}");
    // A file that is gone is told, and nothing else is lost.
    std::fs::remove_file(folder.path().join("teamcity.config.parameters")).expect("it was there");
    let mut event = folder.program(&["event"]);
    event.envs(self::variables("teamcity", folder.path()));
    let told = Told::by(&mut event);
    assert!(told.code == 0 && told.stdout.contains("warning: "), "{told:?}");
    assert!(told.stdout.contains("teamcity.config.parameters cannot be read"), "{told:?}");
}

/// Plans these settings on a server.
fn plan(server: &str, settings: &str, arguments: &[&str]) -> Told {
    let folder = Folder::new();
    folder.write(
        "promenade.toml",
        format!("[connection]\nproject = 'x'\nurl = 'http://127.0.0.1:1'\n{settings}"),
    );
    let mut command = folder.program(&[&["plan", "--config", "promenade.toml"], arguments].concat());
    at_home(&mut command, server, folder.path());
    Told::by(command.env("OCTOPUS_API_KEY", "API-1"))
}

#[test]
fn an_action_that_a_server_can_never_start_is_a_mistake() {
    let settings = "[create]\nversion = '1.0'\nwhen = { event = 'build-pending-promotion' }\n";
    let told = plan("buildbot", settings, &[]);
    let words = "promenade.toml:6:18: this action waits for build-pending-promotion, which no step of Buildbot ever \
                 raises; a step of Buildbot can raise ";
    assert!(told.code == 2 && told.stdout.contains(words), "{told:?}");
    // GitLab's steps can, where they stand before a manual job, and are told so.
    let told = plan("gitlab", settings, &["--moment", "build-pending-promotion"]);
    assert!(told.code == 0 && told.stdout.contains("would run"), "{told:?}");
    // An event that was handed in may come from anywhere.
    let folder = Folder::new();
    folder.write(
        "promenade.toml",
        format!("[connection]\nproject = 'x'\nurl = 'http://127.0.0.1:1'\n{settings}"),
    );
    folder.write("event.json", r#"{"event": "build-pending-promotion", "build": {"id": "1"}}"#);
    let mut command = folder.program(&["plan", "--config", "promenade.toml", "--event", "event.json"]);
    at_home(&mut command, "buildbot", folder.path());
    assert_eq!(Told::by(command.env("OCTOPUS_API_KEY", "API-1")).code, 0);
}

#[test]
fn a_status_that_nobody_tells_is_asked_for_instead_of_skipping_in_silence() {
    let settings = "[create]\nversion = '1.0'\n";
    let told = plan("github", settings, &[]);
    assert!(told.code == 2, "{told:?}");
    assert!(
        told.stdout
            .contains("GitHub Actions does not say how the stage stands; pass `--status ${{ job.status }}`"),
        "{told:?}"
    );
    let told = plan("github", settings, &["--status", "success"]);
    assert!(told.code == 0 && told.stdout.contains("would run"), "{told:?}");
    for (server, word, runs) in [
        ("github", "cancelled", false),
        ("jenkins", "UNSTABLE", false),
        ("jenkins", "SUCCESS", true),
        ("azure", "SucceededWithIssues", true),
        ("azure", "Canceled", false),
        ("gitlab", "failed", false),
    ] {
        let told = plan(server, settings, &["--status", word]);
        assert_eq!((told.code, told.stdout.contains("would run")), (0, runs), "{server} {word}: {told:?}");
    }
    // UNSTABLE is failed, and starts what waits for a failure; cancelled starts neither.
    let failed = "[create]\nversion = '1.0'\nwhen = { status = 'failed' }\n";
    for (server, word, runs) in [("jenkins", "UNSTABLE", true), ("jenkins", "ABORTED", false)] {
        let told = plan(server, failed, &["--status", word]);
        assert_eq!((told.code, told.stdout.contains("would run")), (0, runs), "{server} {word}: {told:?}");
    }
}
