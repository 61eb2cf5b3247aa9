"""What a package runs, run as its server would, against the sandbox."""

import hashlib
import json
import re
import tarfile
import xml.etree.ElementTree as ET

from world import documents, environment, text

# A text that would do something if it got into a script, or were read a second time.
HOSTILE = "x'; touch hostile; $(touch hostile) `touch hostile` \"; touch hostile; #"


def wanted(world, version):
    """The inputs of every run here, by their names."""
    return {"command": "create", "url": world.url, "project": "Quick Shop", "version": version, "api-key": world.key,
            # promenade reads a single dollar sign as the beginning of an expression.
            "notes": HOSTILE.replace("$", "$$")}


def released(world, ran, folder, version):
    """The release was made, and nothing else."""
    code, said = ran
    assert code == 0 and f"release {version} was created" in said, said
    assert world.key not in said
    assert [it.name for it in folder.iterdir() if it.name == "hostile"] == [], said


def camel(name):
    first, *rest = name.split("-")
    return first + "".join(it.title() for it in rest)


def azure(world, inputs):
    """The script of the template's step, and its environment, with these parameters."""
    [template] = documents(text("azure/promenade.yml"))
    values = {it["name"]: it["default"] for it in template["parameters"]}
    values.update({camel(name): value for name, value in inputs.items()})
    [step] = template["steps"]

    def value(expression):
        kind, name = re.fullmatch(r"\$\{\{ (convertToJson\()?parameters\.(\w+)\)? \}\}", expression).groups()
        return str(values[name]) if not kind else str(values[name]).replace("'", '"')

    assert "${{" not in step["bash"]
    return step["bash"], {name: value(it) for name, it in step["env"].items()}


def circleci(world, inputs):
    [orb] = documents(text("circleci/orb.yml"))
    command = orb["commands"]["step"]
    values = {name: it["default"] for name, it in command["parameters"].items()}
    values.update({name: value for name, value in inputs.items() if name != "api-key"})
    run = command["steps"][0]["run"]
    assert "<<" not in run["command"]
    variables = {name: values[re.fullmatch(r"<< parameters\.([\w-]+) >>", it)[1]] for name, it in run["environment"].items()}
    return run["command"], {**variables, "OCTOPUS_API_KEY": inputs["api-key"], "CIRCLECI": "true"}


def bamboo(world, inputs):
    [task] = documents(text("bamboo/promenade.yaml"))
    names = {name: "bamboo_promenade_" + name.replace("-", "_") for name in inputs}
    names["api-key"] += "_secret"
    [script] = task["script"]["scripts"]
    assert "${bamboo." not in script
    return script, {names[name]: value for name, value in inputs.items()}


def github(world, inputs):
    step = documents(text("github/action.yml"))[0]["runs"]["steps"][0]

    def value(expression):
        name = re.fullmatch(r"\$\{\{ inputs\.([\w-]+)( \|\| job\.status)? \}\}", expression)[1]
        return inputs.get(name, "")

    assert "${{" not in step["run"]
    return step["run"], {name: value(it) for name, it in step["env"].items()}


def gitlab(world, inputs):
    spec, jobs = documents(text("gitlab/templates/promenade.yml"))
    [job] = jobs.values()
    values = {name: it["default"] for name, it in spec["spec"]["inputs"].items()} | inputs

    def value(expression):
        it = values[re.fullmatch(r"\$\[\[ inputs\.([\w-]+) \]\]", expression)[1]]
        return it if isinstance(it, str) else json.dumps(it)

    script = "\n".join(job["script"])
    assert "$[[" not in script
    return script, {name: value(it) for name, it in job["variables"].items()}


def buildkite(world, inputs):
    # A secret stands in no pipeline: its variable is named.
    given = {name: value for name, value in inputs.items() if name != "api-key"}
    variables = {"BUILDKITE_PLUGIN_CONFIGURATION": json.dumps({**given, "api-key-env": "KEY"}), "KEY": inputs["api-key"]}
    return text("buildkite/hooks/command"), {**variables, "BUILDKITE": "true"}


def bitbucket(world, inputs):
    """A container whose program is promenade itself."""
    known = [it["name"] for it in documents(text("bitbucket/pipe.yml"))[0]["variables"]]
    return "exec promenade", variables_of(known, inputs)


def plugin(mark):
    """The same on Drone and Woodpecker."""
    def render(world, inputs):
        settings = {"PLUGIN_" + name.upper().replace("-", "_"): value for name, value in inputs.items()}
        return "exec promenade", {**settings, **mark}
    return render


def variables_of(names, inputs):
    variables = dict.fromkeys((it.removeprefix("env.") for it in names), "")
    given = {"PROMENADE_INPUT_" + name.upper().replace("-", "_"): value for name, value in inputs.items()}
    assert given.keys() <= variables.keys()
    return {**variables, **given}


def recipe(world, inputs):
    [document] = documents(text("teamcity/recipe.yml"))
    return document["steps"][0]["script"], variables_of([name for it in document["inputs"] for name in it], inputs)


def runner(world, inputs):
    settings = ET.fromstring(text("teamcity/promenade.xml")).find("settings")
    names = [it.get("name") for it in settings.iterfind("parameters/param")]
    script = settings.find("build-runners/runner/parameters/param[@name='script.content']").get("value")
    return script, variables_of(names, inputs)


PACKAGES = {
    "azure": azure,
    "bamboo": bamboo,
    "bitbucket": bitbucket,
    "buildkite": buildkite,
    "circleci": circleci,
    "drone": plugin({"DRONE": "true"}),
    "github": github,
    "gitlab": gitlab,
    "teamcity's meta-runner": runner,
    "teamcity's recipe": recipe,
    "woodpecker": plugin({"CI": "woodpecker"}),
}
FETCHING = ["azure", "bamboo", "buildkite", "circleci", "github", "gitlab"]


def runs(number, render):
    def test(world):
        folder, version = world.place(), f"7.{number}.0"
        script, variables = render(world, wanted(world, version))
        released(world, world.run(script, variables, folder), folder, version)
        # An input that is wrong is told by its name.
        script, variables = render(world, {**wanted(world, version), "time-limit": "soon"})
        code, said = world.run(script, variables, folder)
        assert code == 2 and re.search("TIME_LIMIT|time-limit", said), said
    return test


def archive(world):
    """A folder that stands for the place of releases, and a `curl` that fetches from it."""
    folder = world.place()
    tool = folder / "bin" / "curl"
    tool.parent.mkdir()
    tool.write_text(f"""#!/bin/bash
while [ $# -gt 1 ]; do [ "$1" != --output ] || output=$2; shift; done
case "$1" in
"https://github.com/promenade-rs/promenade/releases/download/v"*) cp "{folder}/${{1##*/}}" "$output" ;;
*) exit 22 ;;
esac
""")
    tool.chmod(0o755)
    return folder


def publish(world, folder, name, program):
    with tarfile.open(folder / name, "w:gz") as packed:
        packed.add(program, "promenade")
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / f"{name}.sha256").write_text(f"{digest}  {name}\n")
    return digest


def fetches(number, render):
    def test(world):
        folder, place, version = archive(world), world.place(), f"7.{number}.1"
        digest = publish(world, folder, "promenade-v9.9.9-x86_64-unknown-linux-gnu.tar.gz", world.program)
        script, variables = render(world, wanted(world, version))
        path = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "PROMENADE_VERSION": "9.9.9"}
        released(world, world.run(script, {**variables, **path}, place, installed=False), place, version)
        released_again = {**variables, **path, "PROMENADE_SHA256": digest}
        code, said = world.run(script, released_again, place, installed=False)
        assert code == 1 and "exists" in said, said
        for more in [{"PROMENADE_SHA256": "0" * 64}, {"PROMENADE_VERSION": "9.9.8"}]:
            code, said = world.run(script, {**variables, **path, **more}, place, installed=False)
            assert code in (2, 4) and "promenade: " in said and "release" not in said.split("promenade: ")[0], said
    return test


TESTS = [(f"{name} runs promenade", runs(number, render)) for number, (name, render) in enumerate(PACKAGES.items())]
TESTS += [(f"{name} fetches promenade", fetches(number, PACKAGES[name])) for number, name in enumerate(FETCHING)]
