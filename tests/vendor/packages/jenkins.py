"""The shared library, compiled by Groovy 2.4 and run with stand-ins for the steps of Jenkins that it uses."""

import json
import os
import pathlib
import shutil
import subprocess

from rendered import HOSTILE
from world import PACKAGES, Left, blocks, environment, pages, text

HERE = pathlib.Path(__file__).resolve().parent
VARS = PACKAGES / "jenkins" / "vars" / "promenade.groovy"
# What the plugin for shared libraries brings, as far as a compiler wants it.
LIBRARY = "@interface Library { String value() }\n"


def groovy(tool, *arguments, **more):
    java = shutil.which("java")
    if not java or not shutil.which(tool):
        raise Left("Groovy or Java is not installed")
    home = pathlib.Path(java).resolve().parents[1]
    return subprocess.run([tool, *map(str, arguments)], env=environment(JAVA_HOME=str(home)), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=180, **more)


def compiled(world, sources):
    """What the compiler says of these texts; nothing where it takes them."""
    folder = world.place()
    files = []
    for number, source in enumerate(["", *sources]):
        file = folder / (f"Script{number}.groovy" if number else "Library.groovy")
        file.write_text(source if number else LIBRARY)
        files.append(file)
    ran = groovy("groovyc", "-d", folder / "classes", *files)
    return ran.stdout if ran.returncode else None


def sources():
    examples = [body for language, _, body in blocks(dict(pages())["jenkins"]) if language == "groovy"]
    assert len(examples) > 1
    return [text("jenkins/vars/promenade.groovy"), text("jenkins/Jenkinsfile"), *examples]


def the_groovy_compiles(world):
    assert compiled(world, sources()) is None, compiled(world, sources())
    for good, bad in [("return values", "return values)"), ("@Field static", "@Feld static")]:
        broken = text("jenkins/vars/promenade.groovy").replace(good, bad)
        assert compiled(world, [broken]), f"{bad} is taken"


def called(world, *calls):
    """What came of calls of the library, each with inputs and more."""
    folder = world.place()
    path = {"PATH": f"{world.bin}:{os.environ.get('PATH', '')}", "LANG": "C.UTF-8", "BUILD": "known to Jenkins"}
    whole = [{"environment": path, "stored": {"octopus-api-key": world.key}, "status": "SUCCESS", **it} for it in calls]
    ran = groovy("groovy", HERE / "jenkins.groovy", VARS, folder, input=json.dumps(whole))
    assert ran.returncode == 0, ran.stdout
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(results) == len(calls)
    assert [it.name for it in folder.iterdir()] in ([], ["tmp"]), list(folder.iterdir())
    for it in results:
        assert world.key not in json.dumps(it), it
    return results


def the_library_passes_fails_and_warns(world):
    project = {"url": world.url, "project": "Web Shop", "credentials": {"api-key": "octopus-api-key"}}
    tries = []
    for version in ["8.0.0", "8.0.1-broken", "8.0.2-warning"]:
        create = {**project, "command": "create", "version": version, "notes": f"{HOSTILE} $BUILD ${{BUILD}}"}
        tries += [{"inputs": create}, {"inputs": {**project, "command": "deploy", "version": version, "to": ["Development"]}}]
    made, passed, _, failed, _, warned = called(world, *tries)
    assert made["values"]["PROMENADE_RELEASE_VERSION"] == "8.0.0", made
    assert passed["values"]["PROMENADE_VERDICT"] == "passed" and not passed["unstable"], passed
    assert json.loads(passed["values"]["PROMENADE_ENVIRONMENTS"]) == {"Development": "8.0.0"}, passed
    assert failed["error"] == "promenade ended with exit code 1: failed", failed
    assert warned["unstable"] and warned["values"]["PROMENADE_EXIT_CODE"] == "10" and "error" not in warned, warned


def the_library_hands_over_the_status_and_every_kind_of_value(world):
    settings = f"""
[connection]
url = "{world.url}"
project = "Quick Shop"
[create]
version = "$Build.Number$.0.0"
when = {{ event = "stage-completed", status = "failed" }}
"""
    build = {"JENKINS_URL": "http://jenkins.example", "BUILD_TAG": "a-7", "BUILD_NUMBER": "7", "JOB_NAME": "a", "STAGE_NAME": "s"}
    told = {"inputs": {"command": "plan", "settings": settings, "credentials": {"api-key": "octopus-api-key"}}}
    path = {"PATH": f"{world.bin}:{os.environ.get('PATH', '')}", **build}
    unstable, good = called(world, {**told, "status": "UNSTABLE", "environment": path}, {**told, "environment": path})
    assert "would run" in unstable["log"] and "would run" not in good["log"], (unstable, good)


def the_library_refuses_what_is_no_input(world):
    [wrong, secret] = called(world, {"inputs": {"time-limits": "1m"}}, {"inputs": {"credentials": {"api-kee": "octopus-api-key"}}})
    assert wrong["error"].startswith("promenade has no input 'time-limits'") and wrong["log"] == "", wrong
    assert secret["error"].startswith("promenade has no input 'api-kee'"), secret


TESTS = [
    ("the Groovy of Jenkins compiles", the_groovy_compiles),
    ("Jenkins' library passes, fails and warns", the_library_passes_fails_and_warns),
    ("Jenkins' library hands over the status", the_library_hands_over_the_status_and_every_kind_of_value),
    ("Jenkins' library refuses what is no input", the_library_refuses_what_is_no_input),
]
