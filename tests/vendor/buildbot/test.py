"""A real Buildbot master whose builds run promenade against the sandbox.

    test.py PROGRAM FOLDER

Builds are forced, followed and read over Buildbot's REST interface. FOLDER is for the master's files.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import traceback
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
INTEGRATION = HERE.parents[2] / "integrations" / "buildbot"
BUILDBOT = str(pathlib.Path(sys.prefix) / "bin" / "buildbot")
# What a build's `results` mean: master/buildbot/process/results.py of Buildbot.
SUCCESS, WARNINGS, FAILURE, CANCELLED = 0, 1, 2, 6
# How long anything may take before the test gives it up.
PATIENCE = 120


class Sandbox:
    """A running `promenade sandbox`, as a context."""

    def __init__(self, program):
        words = [program, "sandbox", "--listen", "127.0.0.1:0", "--json", "--time-scale", "50"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(), text=True)
        ready = json.loads(self.process.stdout.readline())
        self.url, self.key, self.space = ready["url"], ready["apiKey"], ready["space"]

    def get(self, path):
        request = urllib.request.Request(f"{self.url}/api/{self.space}/{path}", headers={"X-Octopus-ApiKey": self.key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


class Master:
    """A running master with its local worker, as a context."""

    def __init__(self, program, sandbox, folder):
        shutil.rmtree(folder, ignore_errors=True)
        secrets = folder / "secrets"
        secrets.mkdir(parents=True)
        (secrets / "octopus-api-key").write_text(sandbox.key)
        (secrets / "octopus-api-key").chmod(0o600)
        self.base = folder / "master"
        self.told = {"program": program, "url": sandbox.url, "key": sandbox.key,
                     "secrets": str(secrets), "integration": str(INTEGRATION)}
        buildbot("create-master", "--quiet", str(self.base))
        shutil.copy(HERE / "master.cfg", self.base / "master.cfg")
        self.output = (folder / "output").open("w")
        self.process = subprocess.Popen(
            [BUILDBOT, "start", "--nodaemon", str(self.base)],
            env=environment(BUILDBOT_TEST=json.dumps(self.told)), stdout=self.output, stderr=subprocess.STDOUT)

    def __enter__(self):
        try:
            self.url = f"http://127.0.0.1:{self.port()}/api/v2/"
            self.builders = {it["name"]: it["builderid"] for it in self.get("builders")["builders"]}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end(self.process)
        self.output.close()

    def log(self):
        path = self.base / "twistd.log"
        return path.read_text() if path.exists() else ""

    def port(self):
        """The port that the system chose, once the master has told it and is up."""
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the master ended:\n{self.log()[-3000:]}")
            port = re.search(r"BuildbotSite starting on (\d+)", self.log())
            return port and "BuildMaster is running" in self.log() and int(port[1])
        return until(ready, "the master is up")

    def get(self, path, **query):
        return json.loads(self.text(path + ("?" + urllib.parse.urlencode(query) if query else "")))

    def text(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.read().decode()

    def tell(self, path, method, **params):
        """A call of the control interface, which is JSON-RPC."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["result"]

    def force(self, builder, **more):
        """Forces a build; the id of what was asked for."""
        number = self.builders[builder]
        _, requests = self.tell("forceschedulers/force", "force", builderid=number, username="Ann <ann@example.org>",
                                reason="a test", **more)
        return requests[str(number)]

    def build(self, request, complete=True):
        """The build that a request led to, when it has ended."""
        def there():
            builds = self.get("builds", buildrequestid=request)["builds"]
            return next((it for it in builds if it["complete"] or not complete), None)
        return until(there, f"build request {request} has a build")

    def run(self, builder, **more):
        return Build(self, self.build(self.force(builder, **more)))


class Build:
    """A build and all that it logged."""

    def __init__(self, master, found):
        self.results = found["results"]
        self.steps = master.get(f"builds/{found['buildid']}/steps")["steps"]
        self.logs = {}
        for step in self.steps:
            for log in master.get(f"steps/{step['stepid']}/logs")["logs"]:
                self.logs[step["name"], log["name"]] = master.text(f"logs/{log['logid']}/raw")
        self.everything = json.dumps([found, self.steps, master.get(f"builds/{found['buildid']}/properties")])

    def result_of(self, step):
        return next(it["results"] for it in self.steps if it["name"] == step)

    def said(self, step, words):
        log = self.logs[step, "stdio"]
        assert words in log, f"{words!r} is not in the log of {step}:\n{log}"


def environment(**more):
    """What a child starts with: nothing of the caller's own but where programs are. Python leaves nothing behind."""
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **more}


def buildbot(*arguments, **more):
    subprocess.run([BUILDBOT, *arguments], env=environment(), check=True, timeout=PATIENCE, **more)


def end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(found, what):
    """Looks until something is found."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        if it := found():
            return it
        time.sleep(0.05)
    raise AssertionError(f"it did not come about: {what}")


def a_step_passes_as_its_deployment_does(master, _):
    build = master.run("deploys", version="3.0.0")
    build.said("deploy", "promenade: passed (exit code 0)")
    assert (build.result_of("deploy"), build.results) == (SUCCESS, SUCCESS), build.everything


def a_step_fails_as_its_deployment_does(master, _):
    build = master.run("deploys", version="3.0.1-broken")
    build.said("deploy", "promenade: failed (exit code 1)")
    assert build.result_of("create") == SUCCESS
    assert (build.result_of("deploy"), build.results) == (FAILURE, FAILURE), build.everything


def a_step_warns_as_its_deployment_does(master, _):
    build = master.run("deploys", version="3.0.2-warning")
    build.said("deploy", "(exit code 10)")
    assert (build.result_of("deploy"), build.results) == (WARNINGS, WARNINGS), build.everything


def a_tolerated_failure_is_a_warning(master, _):
    build = master.run("tolerates", version="3.0.3-broken")
    build.said("deploy", "(exit code 10)")
    assert (build.result_of("deploy"), build.results) == (WARNINGS, WARNINGS), build.everything


def wrong_settings_fail_the_step(master, _):
    build = master.run("is misled", version="3.0.4")
    build.said("deploy", "PROMENADE_INPUT_TIME_LIMIT")
    build.said("deploy", "(exit code 2)")
    assert build.results == FAILURE, build.everything


def a_stopped_build_leaves_word_of_what_goes_on(master, _):
    request = master.force("waits", version="3.0.5")
    number = master.build(request, complete=False)["buildid"]
    # The deployment has begun when the step's log names its task.
    until(lambda: "ServerTasks-" in "".join(
        master.text(f"logs/{log['logid']}/raw")
        for step in master.get(f"builds/{number}/steps")["steps"] if step["name"] == "deploy"
        for log in master.get(f"steps/{step['stepid']}/logs")["logs"]), "the deployment has begun")
    master.tell(f"builds/{number}", "stop", reason="a person said so")
    build = Build(master, master.build(request))
    build.said("deploy", "promenade: undecided (exit code 3)")
    assert build.results == CANCELLED, build.everything


def a_build_is_recognised_and_its_outputs_reach_later_steps(master, sandbox):
    # Whoever names a branch cannot say anything to the shell or to the server.
    branch = "'; touch here; $(touch here) `touch here` %(prop:owner)s ${PATH} $${}{PATH} ${${PATH}}"
    build = master.run("handles", branch=branch, revision="abc123")
    assert build.results == SUCCESS, build.logs
    release = sandbox.get("projects/quick-shop/releases/9.0.1")
    notes = release["ReleaseNotes"].partition("\n")[0]
    assert notes == f"{branch} at abc123 by Ann <ann@example.org>", release
    build.said("later", 'passed: 9.0.1 {"Development":"9.0.1"}')
    folder = master.base / "workers" / "local" / "handles" / "build"
    assert list(folder.iterdir()) == [], list(folder.iterdir())


def no_log_shows_the_key(master, sandbox):
    key = sandbox.key
    kept = master.run("keeps its key", version="3.0.6")
    assert kept.results == SUCCESS, kept.logs
    requests = [it["buildrequestid"] for it in master.get("buildrequests")["buildrequests"]]
    assert len(requests) >= len(TESTS) - 2, requests
    for request in requests:
        build = Build(master, master.build(request))
        assert build.logs, f"request {request} logged nothing"
        for name, log in build.logs.items():
            assert key not in log, f"{name} of request {request} shows the key"
        assert key not in build.everything, f"request {request} shows the key"
    assert "Promenade(name='by input')" in master.log() and key not in master.log(), "the master's own log shows it"

    # The same search finds the key where Buildbot writes it: a plain step's log, and the master's.
    shown = master.run("shows its key")
    assert key in shown.logs["shell", "stdio"] and key in master.log()


def an_unknown_input_is_refused_before_anything_runs(master, _):
    folder = master.base.parent / "wrong"
    folder.mkdir()
    written = (HERE / "master.cfg").read_text()
    (folder / "master.cfg").write_text(written.replace('"fail-build": False', '"fail-biuld": False'))
    for config, words in [(master.base, "Config file is good!"), (folder, "did you mean 'fail-build'?")]:
        ran = subprocess.run([BUILDBOT, "checkconfig", str(config / "master.cfg")],
                             env=environment(BUILDBOT_TEST=json.dumps(master.told)), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        assert words in ran.stdout, ran.stdout
        assert (ran.returncode == 0) == (config == master.base), ran.stdout


TESTS = [
    a_step_passes_as_its_deployment_does,
    a_step_fails_as_its_deployment_does,
    a_step_warns_as_its_deployment_does,
    a_tolerated_failure_is_a_warning,
    wrong_settings_fail_the_step,
    a_stopped_build_leaves_word_of_what_goes_on,
    an_unknown_input_is_refused_before_anything_runs,
    a_build_is_recognised_and_its_outputs_reach_later_steps,
    # The last one reads the logs of all builds before it.
    no_log_shows_the_key,
]


def main():
    program, folder = sys.argv[1:]
    passed = failed = 0
    with Sandbox(program) as sandbox, Master(program, sandbox, pathlib.Path(folder) / "master") as master:
        for test in TESTS:
            name = test.__name__.replace("_", " ")
            try:
                test(master, sandbox)
                passed += 1
                print(f"ok      {name}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
