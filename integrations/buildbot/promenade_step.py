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
from buildbot.process.results import FAILURE, SUCCESS, WARNINGS, statusToString
from twisted.internet import defer

WARNINGS_EXIT = 10
"""The exit code that promenade is asked for where a run passed with warnings."""


class Promenade(buildstep.ShellMixin, buildstep.BuildStep):
    """Runs `promenade step` on the worker; its result is the step's.

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
        # Set on the step, since a build's own environment is merged into it later.
        env = {**self.variables(url), **(self.env or {})}
        command = yield self.makeRemoteShellCommand(command=[self.program, "--ci", "buildbot", "step"], env=env)
        yield self.runCommand(command)
        return command.results()

    def variables(self, url):
        """The environment in which promenade finds the build and the inputs."""
        inputs = {"warnings-exit": WARNINGS_EXIT, **self.inputs}
        words = {"PROMENADE_INPUT_" + name.upper().replace("-", "_"): text(it) for name, it in inputs.items()}
        build = {name: text(self.build.getProperty(name)) for name in PROPERTIES}
        return {
            **{"BUILDBOT_" + name.upper(): it for name, it in build.items() if it},
            "BUILDBOT_URL": url,
            "BUILDBOT_STATUS": statusToString(self.build.results),
            **words,
        }


def text(value):
    """How a value stands in a variable: texts as they are, lists and dicts as JSON, nothing as a blank."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


PROPERTIES = ["buildername", "buildnumber", "branch", "revision", "got_revision", "owner"]

# inputs:begin
INPUTS = ["api-key","warnings-exit","url","space","command","project","version","to","fail-build","time-limit","api-key-env","again"]
# inputs:end
