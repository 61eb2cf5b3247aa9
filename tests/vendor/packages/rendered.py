"""What a package runs, run as its server would, against the sandbox."""

import hashlib
import re
import tarfile

from servers import SERVERS, Azure, GitLab, Refused, variable
from world import documents, text

# A text that would do something if it got into a script, or were read a second time.
HOSTILE = "x'; touch hostile; $(touch hostile) `touch hostile` \"; touch hostile; << ${A} %A% # \\"
# The same in several lines, as others write it. Its quotation marks would end a text of JSON.
FOREIGN = "fix: it's \"quoted\", \"more\"\n  script: [touch hostile] # `touch hostile`\n---\n\ttabs \\ <b> & :"


def asked(world, server, **inputs):
    """What a pipeline asks for: its inputs, and the variables that its server has."""
    more, variables = server.secret(world.key)
    inputs = {name.replace("_", "-"): server.each(value) for name, value in inputs.items()}
    return {"url": world.url, "project": "Quick Shop", **inputs, **more}, variables


def ran(world, server, inputs, variables, folder):
    code, said = world.run(*server.render(inputs, variables), folder)
    # So Azure's agent is told what to keep out of the log; it shows no such line.
    shown = [line for line in said.splitlines() if not line.startswith("##vso[task.setsecret]")]
    assert world.key not in "".join(shown), said
    assert [it.name for it in folder.iterdir() if it.name == "hostile"] == [], said
    return code, said


def released(world, told, folder, version, notes):
    """The release was made with these notes, and nothing else."""
    code, said = told
    assert code == 0 and f"release {version} was created" in said, said
    found = world.get(f"projects/Projects-11/releases/{version}")["ReleaseNotes"]
    assert re.sub(r"\s*<!-- promenade .*-->$", "", found) == notes, (found, notes)


def runs(number, server):
    def test(world):
        folder, version = world.place(), f"7.{number}.0"
        notes = server.lines(HOSTILE)
        inputs, variables = asked(world, server, command="create", version=version, notes=notes)
        released(world, ran(world, server, inputs, variables, folder), folder, version, HOSTILE)
        # An input that is wrong is told by its name.
        code, said = ran(world, server, {**inputs, "time-limit": "soon"}, variables, folder)
        assert code == 2 and re.search("TIME_LIMIT|time-limit", said), said
    return test


def takes_lines(number, server):
    """Texts of several lines, whatever stands in them."""
    def test(world):
        folder, version = world.place(), f"7.{number}.2"
        inputs, variables = asked(world, server, command="create", version=version, notes=server.lines(FOREIGN))
        released(world, ran(world, server, inputs, variables, folder), folder, version, FOREIGN)
        version = f"7.{number}.3"
        notes = "it's \"two\",\n  [lines]"
        settings = f"# it's \"settings\"\n[create]\nversion = '{version}'\n\n  notes = \"\"\"\n{notes}\"\"\"\n"
        inputs, variables = asked(world, server, command="create", settings=server.lines(settings))
        released(world, ran(world, server, inputs, variables, folder), folder, version, notes)
    return test


def takes_foreign_text(number, server):
    """A reference to a text that others write stands for one text, of whatever it is a part."""
    def test(world):
        folder, version = world.place(), f"7.{number}.4"
        reference = server.reference("FOREIGN")
        inputs, variables = asked(world, server, command="create", version=version)
        inputs["notes"] = server.lines(reference)
        variables["FOREIGN"] = FOREIGN
        released(world, ran(world, server, inputs, variables, folder), folder, version, FOREIGN)
        inputs, variables = asked(world, server, command="deploy", version=version)
        inputs["to"] = [reference] if server.has_lists else reference
        variables["FOREIGN"] = 'Development", "Production'
        code, said = ran(world, server, inputs, variables, folder)
        assert code == 1 and 'Development", "Production' in said.replace("\\", ""), said
        deployed = world.get("deployments?projects=Projects-11")
        assert deployed["TotalResults"] == 0, deployed
    return test


def gitlab_takes_every_text(_):
    """Every input of the component keeps what it is given, in variables of its own."""
    [header] = documents(text("gitlab/templates/promenade.yml").split("\n---\n")[0])
    spec = {name: it for name, it in header["spec"]["inputs"].items() if not name.startswith("job-") and "options" not in it}
    arrays = {name for name, it in spec.items() if it.get("type") == "array"}
    for value in [HOSTILE.replace("$", "$$"), "\tit", "- a: {b", "| c", "\"d", "'e", "&f *g !h", "#i", "a: b", "%j", "@k", "null", "1.10"]:
        given = {name: [value, FOREIGN] if name in arrays else value for name in spec}
        _, variables = GitLab().render(given, {})
        for name in spec:
            of = name.upper().replace("-", "_") if name.startswith("promenade-") else variable(name)
            if name in arrays:
                assert f"{of}_JSON" in variables and of not in variables, name
            else:
                assert variables[of] == value.replace("$$", "$"), f"{name}: {variables[of]!r}"


def gitlab_breaks_what_has_line_breaks(_):
    """The component as it was when its texts of several lines were texts is not taken."""
    source = text("gitlab/templates/promenade.yml")
    old = re.sub(r"(?<=type: )array\n(.*default: )\[\]", r'string\n\1""', source)
    assert old.count("type: array") == 0 and source.count("type: array") > 10
    for component, notes, taken in [(source, ["a\nb"], True), (old, "a", True), (old, "a\nb", False), (old, "a\n  image: b", False)]:
        try:
            GitLab(component).render({"notes": notes}, {})
            assert taken, f"{notes!r} is taken"
        except AssertionError:
            raise
        except Exception as error:
            assert not taken, f"{notes!r}: {error}"


def servers_break_json(_):
    """A list that a server puts values into once it is JSON does not stay as it is."""
    name = "PROMENADE_INPUT_TO_JSON"
    gitlab = text("gitlab/templates/promenade.yml").replace("expand: false", "expand: true")
    azure = re.sub(r"replace\((convertToJson\(.*?\)), '\$\(', '\$\\u0028'\)", r"\1", text("azure/promenade.yml"))
    for server, old in [(GitLab(), GitLab(gitlab)), (Azure(), Azure(azure))]:
        inputs, foreign = {"to": [server.reference("FOREIGN")]}, {"FOREIGN": 'a", "b'}
        assert 'a", "b' in old.render(inputs, foreign)[1][name], "the stand-in puts nothing in"
        assert 'a", "b' not in server.render(inputs, foreign)[1][name]


def azure_maps_what_is_secret(_):
    """A secret variable is in the step's environment where the pipeline maps it, and there alone."""
    secret = {"Db.SecretPassword": "hunter2hunter2"}
    inputs = {"env": {"DB_PASSWORD": "$(Db.SecretPassword)"}, "variable-env": {"Password": "DB_PASSWORD"}}
    _, variables = Azure().render(inputs, secret)
    assert [name for name, it in variables.items() if secret["Db.SecretPassword"] in it] == ["DB_PASSWORD"], variables


def drone_and_woodpecker_read_what_they_put_in(_):
    """There no reference to a foreign text is safe, and the page says what is."""
    for name in ["drone", "woodpecker"]:
        server = SERVERS[name]
        _, variables = server.render({"notes": "${FOREIGN}"}, {"FOREIGN": "plain"})
        assert variables["PLUGIN_NOTES"] == "plain"
        try:
            _, variables = server.render({"notes": "${FOREIGN}"}, {"FOREIGN": FOREIGN})
            assert variables["PLUGIN_NOTES"] != FOREIGN
        except Refused:
            pass
        assert "before it reads" in text(f"{name}/README.md"), f"the page of {name} says nothing of it"


FETCHING = ["azure", "bamboo", "buildkite", "circleci", "github", "gitlab"]


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


def fetches(number, server):
    def test(world):
        folder, place, version = archive(world), world.place(), f"7.{number}.1"
        digest = publish(world, folder, "promenade-v9.9.9-x86_64-unknown-linux-gnu.tar.gz", world.program)
        inputs, variables = asked(world, server, command="create", version=version, notes=server.lines("it"))
        script, variables = server.render(inputs, variables)
        path = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "PROMENADE_VERSION": "9.9.9"}
        released(world, world.run(script, {**variables, **path}, place, installed=False), place, version, "it")
        released_again = {**variables, **path, "PROMENADE_SHA256": digest}
        code, said = world.run(script, released_again, place, installed=False)
        assert code == 1 and "exists" in said, said
        for more in [{"PROMENADE_SHA256": "0" * 64}, {"PROMENADE_VERSION": "9.9.8"}]:
            code, said = world.run(script, {**variables, **path, **more}, place, installed=False)
            assert code in (2, 4) and "promenade: " in said and "release" not in said.split("promenade: ")[0], said
    return test


TESTS = [
    ("the stand-in for GitLab breaks what has line breaks", gitlab_breaks_what_has_line_breaks),
    ("the stand-ins for GitLab and Azure break JSON", servers_break_json),
    ("gitlab's component takes every text", gitlab_takes_every_text),
    ("azure's template maps what is secret", azure_maps_what_is_secret),
    ("drone and woodpecker read what they put in", drone_and_woodpecker_read_what_they_put_in),
]
TESTS += [(f"{name} runs promenade", runs(number, it)) for number, (name, it) in enumerate(SERVERS.items())]
TESTS += [(f"{name} takes texts of several lines", takes_lines(number, it)) for number, (name, it) in enumerate(SERVERS.items())]
TESTS += [(f"{name} takes foreign text for text", takes_foreign_text(number, it)) for number, (name, it) in enumerate(SERVERS.items()) if it.reference]
TESTS += [(f"{name} fetches promenade", fetches(number, SERVERS[name])) for number, name in enumerate(FETCHING)]
