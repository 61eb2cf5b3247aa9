//! What a person fills in, round by round, and what must become of it.

use super::Proof::{self, Called, NotCalled, Sent, Wrote};
use super::manifest::Filled;
use Truth::{No, Yes};

/// A JSON value that a request must hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Truth {
    Yes,
    No,
}

/// One settings file, one event, and what shows that each value arrived.
pub(super) struct Round {
    /// Actions that are carried out before it, by the command line.
    pub(super) before: &'static [&'static str],
    pub(super) project: &'static str,
    pub(super) filled: &'static [Filled<'static>],
    /// The event's moment, stage and status; blank = none.
    pub(super) event: (&'static str, &'static str, &'static str),
    pub(super) exit: i32,
    pub(super) proofs: &'static [Proof],
}

const COMPLETED: (&str, &str, &str) = ("build-completed", "", "successful");

const fn round(project: &'static str, filled: &'static [Filled<'static>], proofs: &'static [Proof]) -> Round {
    Round { before: &[], project, filled, event: COMPLETED, exit: 0, proofs }
}

const fn after(before: &'static [&'static str], round: Round) -> Round {
    Round { before, ..round }
}

const CREATED: Proof = Called("POST", "/releases/create/v1");
const DEPLOYED: Proof = Called("POST", "/deployments");

pub(super) const ROUNDS: &[Round] = &[
    // The connection.
    round(
        "Web Shop",
        &[
            ("connection", "space", "Default"),
            ("connection", "channel", "Hotfix"),
            ("connection", "ca-file", "ca.pem"),
            ("connection", "client-certificate.certificate", "ca.pem"),
            ("connection", "client-certificate.key", "KEY"),
            ("connection", "proxy", "none"),
            ("connection", "verify-tls", "false"),
            ("connection", "connect-limit", "5s"),
            ("connection", "read-limit", "20s"),
            ("connection", "retry-limit", "10s"),
            ("create", "version", "3.0.0"),
            ("create", "packages", "Deploy web:2.1.0"),
        ],
        &[Called("GET", "/api/spaces"), Sent("ProjectName", "Projects-1"), Sent("ChannelName", "Channels-2")],
    ),
    round(
        "Web Shop",
        &[("connection", "access-token", "TOKEN"), ("create", "version", "3.0.1")],
        &[NotCalled("/token/"), CREATED],
    ),
    round(
        "Web Shop",
        &[
            ("connection", "oidc.service-account", "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77"),
            ("connection", "oidc.token", "sandbox-subject-token"),
            ("create", "version", "3.0.2"),
        ],
        &[Sent("audience", "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77"), CREATED],
    ),
    // Creating.
    round(
        "Web Shop",
        &[
            ("create", "version", "4.0.$Build.Number$"),
            ("create", "package-version", "1.4.2"),
            ("create", "packages", "\"Deploy web\" = \"1.4.6\""),
            ("create", "notes", "First line\nSecond line"),
            ("create", "ignore-channel-rules", "true"),
            ("create", "custom-fields", "Ticket=OPS-11"),
            ("create", "time-limit", "5m"),
            ("create", "log", "false"),
            ("create", "when.event", "build-completed"),
            ("create", "when.status", "successful"),
        ],
        &[
            Sent("ReleaseVersion", "4.0.7"),
            Sent("PackageVersion", "1.4.2"),
            Sent("Packages", "Deploy web:1.4.6"),
            Sent("ReleaseNotes", "First line\nSecond line"),
            Sent("Ticket", "OPS-11"),
            Proof::SentTruth("IgnoreChannelRules", Yes),
        ],
    ),
    round(
        "Web Shop",
        &[("create", "version", "4.1.0"), ("create", "notes-file", "notes.md")],
        &[Sent("ReleaseNotes", "Notes of a file")],
    ),
    round(
        "Web Shop",
        &[("create", "version", "1.4.6"), ("create", "skip-if-exists", "true")],
        &[Called("GET", "1.4.6")],
    ),
    round(
        "Web Shop",
        &[("create", "version", "1.4.6"), ("create", "fail-build", "false")],
        &[Sent("ReleaseVersion", "1.4.6")],
    ),
    round(
        "Infra",
        &[
            ("create", "version", "2.0.0"),
            ("create", "git-ref", "refs/heads/main"),
            ("create", "git-commit", "0123456789abcdef0123456789abcdef01234567"),
            ("create", "git-resources", "Apply manifests:main"),
        ],
        &[
            Sent("GitRef", "refs/heads/main"),
            Sent("GitCommit", "0123456789abcdef0123456789abcdef01234567"),
            Sent("GitResources", "Apply manifests:main"),
        ],
    ),
    Round {
        event: ("stage-completed", "Package", "failed"),
        ..round(
            "Web Shop",
            &[
                ("create", "version", "4.2.0"),
                ("create", "when.event", "stage-completed"),
                ("create", "when.stage", "Package"),
                ("create", "when.status", "failed"),
            ],
            &[CREATED],
        )
    },
    // Deploying.
    round(
        "Web Shop",
        &[
            ("deploy", "version", "1.4.5"),
            ("deploy", "to", "Development"),
            ("deploy", "force-package-download", "true"),
            ("deploy", "force-redeployment", "true"),
            ("deploy", "machines", "dev-01"),
            ("deploy", "excluded-machines", "dev-02"),
            ("deploy", "skip-steps", "Smoke test"),
            ("deploy", "guided-failure", "on"),
            ("deploy", "refresh-variables", "true"),
            ("deploy", "log", "false"),
        ],
        &[
            // An order is marked as this build's, and the older route alone carries marks.
            Sent("ReleaseId", "Releases-"),
            Sent("EnvironmentId", "Environments-"),
            Sent("Comments", "orders=force-package-download%2Cforce-redeployment%2Crefresh-variables"),
            Proof::SentTruth("ForcePackageDownload", Yes),
            Proof::SentTruth("ForcePackageRedeployment", Yes),
            Sent("SpecificMachineIds", "Machines-"),
            Sent("ExcludedMachineIds", "Machines-"),
            Sent("SkipActions", "-"),
            Proof::SentTruth("UseGuidedFailure", Yes),
            Called("POST", "/snapshot-variables"),
            NotCalled("/details"),
        ],
    ),
    round(
        "Web Shop",
        &[
            ("deploy", "version", "1.4.5"),
            ("deploy", "to", "Development"),
            ("deploy", "machines", "dev-02"),
            ("deploy", "excluded-machines", "dev-01"),
            ("deploy", "skip-steps", "Smoke test"),
            ("deploy", "guided-failure", "on"),
        ],
        &[
            Sent("ReleaseVersion", "1.4.5"),
            Sent("EnvironmentNames", "Development"),
            Sent("SpecificMachineNames", "dev-02"),
            Sent("ExcludedMachineNames", "dev-01"),
            Sent("SkipStepNames", "Smoke test"),
            Proof::SentTruth("UseGuidedFailure", Yes),
        ],
    ),
    round(
        "Web Shop",
        &[
            ("deploy", "version", "1.4.5"),
            ("deploy", "to", "Development"),
            ("deploy", "notes", "By the host"),
        ],
        &[Sent("Comments", "By the host")],
    ),
    // What succeeded and is still the latest would be adopted.
    round(
        "Web Shop",
        &[("deploy", "version", "1.4.5"), ("deploy", "to", "Development"), ("deploy", "again", "true")],
        &[DEPLOYED],
    ),
    round(
        "Mixed",
        &[
            ("deploy", "version", "1.0.0"),
            ("deploy", "to", "Development"),
            ("deploy", "tenants", "Acme"),
            ("deploy", "tenant-tags", "Region/EU"),
        ],
        &[Sent("Tenants", "Acme"), Called("GET", "/tenants")],
    ),
    round(
        "Web Shop",
        &[
            ("deploy", "version", "1.4.6"),
            ("deploy", "to", "Development"),
            ("deploy", "run-at", "2090-01-02T03:04:05+00:00"),
            ("deploy", "no-run-after", "2090-01-03T03:04:05+00:00"),
            ("deploy", "wait", "false"),
            ("deploy", "again", "true"),
        ],
        &[Sent("QueueTime", "2090-01-02T03:04:05"), Sent("QueueTimeExpiry", "2090-01-03T03:04:05")],
    ),
    after(
        &["create --project Careful%Shop --version 0.9"],
        Round {
            exit: 3,
            ..round(
                "Careful Shop",
                &[
                    ("deploy", "version", "0.9"),
                    ("deploy", "to", "Development"),
                    ("deploy", "time-limit", "2s"),
                    ("deploy", "on-timeout", "cancel"),
                ],
                &[Called("POST", "/cancel")],
            )
        },
    ),
    after(
        &[
            "create --project Frozen%Shop --version 1.0",
            "deploy --project Frozen%Shop --version 1.0 --to Development",
        ],
        round(
            "Frozen Shop",
            &[
                ("deploy", "version", "1.0"),
                ("deploy", "to", "Test"),
                ("deploy", "freeze-override.freezes", "Year end"),
                ("deploy", "freeze-override.reason", "It cannot wait"),
            ],
            &[
                Sent("DeploymentFreezeNames", "Year end"),
                Sent("DeploymentFreezeOverrideReason", "It cannot wait"),
            ],
        ),
    ),
    after(
        &["create --project Careful%Shop --version 1.0"],
        round(
            "Careful Shop",
            &[
                ("deploy", "version", "1.0"),
                ("deploy", "to", "Development"),
                ("deploy", "when-person-needed", "proceed"),
            ],
            &[Sent("Result", "Proceed")],
        ),
    ),
    round(
        "Broken Shop",
        &[
            ("deploy", "version", "1.1.0"),
            ("deploy", "to", "Development"),
            ("deploy", "fail-build", "false"),
            ("deploy", "when.event", "build-completed"),
            ("deploy", "when.status", "successful"),
        ],
        &[DEPLOYED],
    ),
    Round {
        event: ("stage-completed", "Package", "successful"),
        ..round(
            "Broken Shop",
            &[
                ("deploy", "version", "1.1.0"),
                ("deploy", "to", "Development"),
                ("deploy", "wait", "false"),
                ("deploy", "when.stage", "Package"),
            ],
            &[DEPLOYED, NotCalled("/interruptions")],
        )
    },
    // Promoting. Web Shop has 1.4.5 in Development by now, and 1.4.5 in Test since its founding.
    after(
        &["deploy --project Web%Shop --version 1.4.6 --to Development --again"],
        round(
            "Web Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "version", "1.4.6"),
                ("promote", "force-package-download", "true"),
                ("promote", "force-redeployment", "true"),
                ("promote", "machines", "test-01"),
                ("promote", "excluded-machines", "pre-01"),
                ("promote", "skip-steps", "Smoke test"),
                ("promote", "guided-failure", "off"),
                ("promote", "refresh-variables", "true"),
                ("promote", "log", "false"),
            ],
            &[
                Sent("ReleaseId", "Releases-"),
                Sent("EnvironmentId", "Environments-"),
                Proof::SentTruth("ForcePackageDownload", Yes),
                Proof::SentTruth("ForcePackageRedeployment", Yes),
                Sent("SpecificMachineIds", "Machines-"),
                Sent("ExcludedMachineIds", "Machines-"),
                Sent("SkipActions", "-"),
                Proof::SentTruth("UseGuidedFailure", No),
                Called("POST", "/snapshot-variables"),
                NotCalled("/details"),
            ],
        ),
    ),
    // Nobody's marker is in that release.
    Round {
        exit: 1,
        ..round(
            "Web Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "only-this-build", "true"),
            ],
            &[Called("GET", "/releases/1.4.6"), NotCalled("/deployments/create")],
        )
    },
    round(
        "Web Shop",
        &[
            ("promote", "from", "Development"),
            ("promote", "to", "Test"),
            ("promote", "again", "true"),
            ("promote", "notes", "By the host"),
        ],
        &[Sent("Comments", "By the host")],
    ),
    after(
        &["deploy --project Web%Shop --version 1.4.5 --to Development --again"],
        round(
            "Web Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "allow-downgrade", "true"),
            ],
            &[Sent("ReleaseVersion", "1.4.5")],
        ),
    ),
    round(
        "Mixed",
        &[
            ("promote", "from", "Development"),
            ("promote", "to", "Test"),
            ("promote", "tenants", "Acme"),
            ("promote", "tenant-tags", "Region/EU"),
        ],
        &[Sent("Tenants", "Acme"), Called("GET", "/tenants")],
    ),
    round(
        "Web Shop",
        &[
            ("promote", "from", "Test"),
            ("promote", "to", "Production"),
            ("promote", "run-at", "2090-01-02T03:04:05+00:00"),
            ("promote", "no-run-after", "2090-01-03T03:04:05+00:00"),
            ("promote", "wait", "false"),
        ],
        &[Sent("QueueTime", "2090-01-02T03:04:05"), Sent("QueueTimeExpiry", "2090-01-03T03:04:05")],
    ),
    Round {
        exit: 3,
        ..round(
            "Careful Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "time-limit", "2s"),
                ("promote", "on-timeout", "cancel"),
            ],
            &[Called("POST", "/cancel")],
        )
    },
    round(
        "Frozen Shop",
        &[
            ("promote", "from", "Test"),
            ("promote", "to", "Production"),
            ("promote", "freeze-override.freezes", "Year end"),
            ("promote", "freeze-override.reason", "It cannot wait"),
        ],
        &[
            Sent("DeploymentFreezeNames", "Year end"),
            Sent("DeploymentFreezeOverrideReason", "It cannot wait"),
        ],
    ),
    round(
        "Careful Shop",
        &[
            ("promote", "from", "Development"),
            ("promote", "to", "Test"),
            ("promote", "when-person-needed", "proceed"),
            ("promote", "when.event", "build-completed"),
            ("promote", "when.status", "successful"),
        ],
        &[Sent("Result", "Proceed")],
    ),
    Round {
        event: ("stage-completed", "Package", "successful"),
        ..round(
            "Broken Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "wait", "false"),
                ("promote", "fail-build", "false"),
                ("promote", "when.stage", "Package"),
            ],
            &[Sent("ReleaseVersion", "1.0.0"), NotCalled("/interruptions")],
        )
    },
    // Variables, conditions, report.
    after(
        &["create --project Asking%Shop --version 1.0"],
        round(
            "Asking Shop",
            &[
                ("", "prompted-variables", "Approver=%Approver%"),
                ("deploy", "version", "1.0"),
                ("deploy", "to", "Development"),
            ],
            &[Sent("FormValues", "ann")],
        ),
    ),
    round(
        "Web Shop",
        &[("", "edit-project-variables", "LogLevel=Verbose$$"), ("create", "version", "5.0.0")],
        &[Sent("Value", "Verbose$")],
    ),
    round(
        "Web Shop",
        &[
            ("create", "version", "5.1.0"),
            ("conditions.all", "left", "$Build.Branch$"),
            ("conditions.all", "op", "matches"),
            ("conditions.all", "right", "^release/"),
            ("conditions.all", "as", "text"),
            ("conditions.any", "left", "$Build.Number$"),
            ("conditions.any", "op", "between"),
            ("conditions.any", "right", "6,8"),
            ("conditions.any", "as", "number"),
        ],
        &[CREATED],
    ),
    round(
        "Web Shop",
        &[
            ("create", "version", "5.2.0"),
            ("conditions.all", "left", "$Build.Branch$"),
            ("conditions.all", "op", "equals"),
            ("conditions.all", "right", "main"),
        ],
        &[NotCalled("/releases")],
    ),
    Round {
        exit: 9,
        ..after(
            &["create --project Shaky%Shop --version 1.0"],
            round(
                "Shaky Shop",
                &[
                    ("report", "warnings-exit", "9"),
                    ("report", "outputs-file", "values.env"),
                    ("report", "summary-file", "summary.md"),
                    ("report", "register-secrets", "false"),
                    ("deploy", "version", "1.0"),
                    ("deploy", "to", "Development"),
                ],
                &[
                    DEPLOYED,
                    Wrote("values.env", "PROMENADE_EXIT_CODE=9\n"),
                    Wrote("summary.md", "### promenade: passed\n"),
                ],
            ),
        )
    },
];

/// Rounds that end by a signal, on which the deployment is cancelled.
pub(super) const INTERRUPTED: &[Round] = &[
    Round {
        exit: 5,
        ..round(
            "Careful Shop",
            &[
                ("deploy", "version", "1.0"),
                ("deploy", "to", "Development"),
                ("deploy", "again", "true"),
                ("deploy", "on-interrupt", "cancel"),
            ],
            &[Called("POST", "/cancel")],
        )
    },
    Round {
        exit: 5,
        ..round(
            "Careful Shop",
            &[
                ("promote", "from", "Development"),
                ("promote", "to", "Test"),
                ("promote", "again", "true"),
                ("promote", "on-interrupt", "cancel"),
            ],
            &[Called("POST", "/cancel")],
        )
    },
];
