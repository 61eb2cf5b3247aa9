"""A Buildbot step that runs promenade: put this file beside master.cfg, and see README.md.

    from promenade_step import Promenade

    factory.addStep(Promenade(inputs={
        "config": "promenade.toml",
        "api-key": util.Secret("octopus-api-key"),
    }))
"""

import difflib
import json

from buildbot import config
from buildbot.process import buildstep
from buildbot.process.results import SUCCESS, WARNINGS, statusToString
from buildbot.steps.worker import CompositeStepMixin
from twisted.internet import defer

WARNINGS_EXIT = 10
"""The exit code that promenade is asked for where a run passed with warnings."""


class Promenade(CompositeStepMixin, buildstep.ShellMixin, buildstep.BuildStep):
    """Runs `promenade step` on the worker; its result is the step's, and its output values are properties.

    `inputs` is a dict of what promenade shall do, by the names of README.md; a value is a text, a number, a
    truth, a list or a dict, and may be rendered (`util.Interpolate`, `util.Property`, `util.Secret`).
    `program` is promenade's path on the worker. Everything else is as for a ShellCommand, except that the
    command is promenade's and that the environment is never logged.
    """

    name = "promenade"
    description = "promenade"
    descriptionDone = "promenade"
    renderables = ["inputs", "program"]
    decodeRC = {0: SUCCESS, WARNINGS_EXIT: WARNINGS}
    haltOnFailure = True
    warnOnWarnings = True
    # promenade has time limits of its own, and may be silent while it waits.
    timeout = None
    # Told to stop, promenade says what still runs on the server, or cancels it; a KILL at once would prevent that.
    sigtermTime = 60

    def __init__(self, inputs, program="promenade", **arguments):
        for name in inputs:
            if name not in INPUTS:
                near = difflib.get_close_matches(name, INPUTS, 1)
                config.error(f"promenade has no input {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        self.inputs = inputs
        self.program = program
        arguments = self.setupShellMixin(arguments, prohibitArgs=["command", "logEnviron"])
        super().__init__(**arguments)
        # Buildbot writes a step's environment into its log, secrets and all, unless it is told not to.
        self.logEnviron = False

    def __str__(self):
        # Buildbot's own form has all arguments in it, and the master writes it into its log.
        return f"Promenade(name={self.name!r})"

    __repr__ = __str__

    @defer.inlineCallbacks
    def run(self):
        url = yield self.build.getUrl()
        # A name of its own, since an earlier run may have left a file behind.
        outputs = self.inputs.get("outputs-file") or f".promenade-outputs-{self.stepid}"
        # Set on the step, since a build's own environment is merged into it later.
        env = {**self.variables(url, outputs), **(self.env or {})}
        command = yield self.makeRemoteShellCommand(command=[self.program, "step"], env=env)
        yield self.runCommand(command)
        if not self.stopped:
            yield self.take_outputs(outputs)
        return command.results()

    def variables(self, url, outputs):
        """The environment in which promenade finds the build and the inputs."""
        inputs = {"ci": "buildbot", "warnings-exit": WARNINGS_EXIT, **self.inputs, "outputs-file": outputs}
        words = {"PROMENADE_INPUT_" + name.upper().replace("-", "_"): text(it) for name, it in inputs.items()}
        build = {name: text(self.build.getProperty(name)) for name in PROPERTIES}
        told = {
            **{"BUILDBOT_" + name.upper(): it for name, it in build.items() if it},
            "BUILDBOT_URL": url,
            "BUILDBOT_STATUS": statusToString(self.build.results),
            **words,
        }
        # The worker puts variables of its own in for `${NAME}`, and there is no sign that prevents it; but once it
        # has put nothing in for `${}`, it does not look again.
        return {name: value.replace("${", "$${}{") for name, value in told.items()}

    @defer.inlineCallbacks
    def take_outputs(self, file):
        """Makes promenade's output values properties of the build, such as PROMENADE_RELEASE_VERSION."""
        content = yield self.getFileContentFromWorker(file)
        # Without settings that hold, promenade writes none.
        if content is None:
            return
        if not self.inputs.get("outputs-file"):
            path = self.worker.path_module.join(self.getProperty("builddir"), self.workdir, file)
            yield self.runRmFile(path, abandonOnFailure=False)
        for line in content.splitlines():
            name, _, value = line.partition("=")
            self.setProperty(name, value, self.name)


def text(value):
    """How a value stands in a variable: texts as they are, lists and dicts as JSON, nothing as a blank."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


PROPERTIES = ["buildername", "buildnumber", "branch", "revision", "got_revision", "owner"]

INPUTS = [
    # inputs:begin names
    "command",
    "config",
    "settings",
    "event",
    "ci",
    "moment",
    "stage",
    "status",
    "json",
    "quiet",
    "verbose",
    "url",
    "space",
    "project",
    "channel",
    "api-key",
    "api-key-env",
    "api-key-file",
    "access-token",
    "access-token-env",
    "access-token-file",
    "oidc-service-account",
    "oidc-token",
    "oidc-token-env",
    "oidc-token-file",
    "ca-file",
    "client-certificate",
    "client-certificate-key",
    "client-certificate-key-env",
    "client-certificate-key-file",
    "proxy",
    "verify-tls",
    "connect-limit",
    "read-limit",
    "retry-limit",
    "warnings-exit",
    "outputs-file",
    "summary-file",
    "register-secrets",
    "expressions",
    "version",
    "package-version",
    "package",
    "skip-if-exists",
    "notes",
    "notes-file",
    "git-ref",
    "git-commit",
    "git-resource",
    "ignore-channel-rules",
    "custom-field",
    "fail-build",
    "log",
    "time-limit",
    "edit-project-variable",
    "edit-project-variable-env",
    "edit-project-variable-file",
    "to",
    "tenant",
    "tenant-tag",
    "force-package-download",
    "force-redeployment",
    "machine",
    "excluded-machine",
    "skip-step",
    "guided-failure",
    "run-at",
    "no-run-after",
    "override-freeze",
    "override-freeze-reason",
    "refresh-variables",
    "again",
    "wait",
    "on-timeout",
    "on-interrupt",
    "when-person-needed",
    "variable",
    "variable-env",
    "variable-file",
    "from",
    "only-this-build",
    "allow-downgrade",
    "offline",
    # inputs:end
]
"""What promenade can be asked for."""
