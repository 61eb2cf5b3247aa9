"""What each server does with a package between the pipeline that names it and the program that it starts.

A stand-in takes `inputs`, as they stand in the pipeline, and `variables`, which the server itself has: there stand texts
that others write, such as the message of a commit. It gives the script that is run and the environment that it is run
in. `literal` writes a text so that the server takes it for what it is, as the package's page says; `reference` names a
variable of the server's.
"""

import json
import re
import xml.etree.ElementTree as ET

from world import documents, text


class Refused(Exception):
    """The server does not take the pipeline."""


class Server:
    # Whether a list is one in the pipeline, and not a text with one item a line.
    has_lists = False

    def secret(self, key):
        """How the pipeline has the API key: inputs, and variables of the server's."""
        return {"api-key": key}, {}

    def literal(self, it):
        return it

    def each(self, value):
        """A value of the pipeline with every text in it as `literal` has it."""
        if isinstance(value, list):
            return [self.each(it) for it in value]
        if isinstance(value, dict):
            return {name: self.each(it) for name, it in value.items()}
        return self.literal(value)

    def lines(self, value):
        """A text of several lines, as this server's packages take it."""
        return value


def replaced(value, change):
    """A value of YAML with every text in it changed, as servers do that change what they have read."""
    if isinstance(value, dict):
        return {name: replaced(it, change) for name, it in value.items()}
    if isinstance(value, list):
        return [replaced(it, change) for it in value]
    return change(value) if isinstance(value, str) else value


def variable(name):
    return "PROMENADE_INPUT_" + name.upper().replace("-", "_")


class GitLab(Server):
    """Puts inputs into the component's text before that is read: lib/gitlab/ci/config/interpolation/text_template.rb and
    lib/ci/inputs/ of GitLab. Puts variables into variables afterwards: lib/expand_variables.rb."""

    has_lists = True

    def __init__(self, source=None):
        self.source = source or text("gitlab/templates/promenade.yml")

    def literal(self, it):
        return it.replace("$", "$$")

    def reference(self, name):
        return f"${name}"

    def lines(self, value):
        return [value]

    def interpolated(self, inputs):
        header, content = self.source.split("\n---\n")
        [header] = documents(header)
        spec = header["spec"]["inputs"]
        if unknown := inputs.keys() - spec.keys():
            raise Refused(f"unknown input arguments: {unknown}")

        def value(matched):
            name = matched[1].strip().removeprefix("inputs.")
            given, of = inputs.get(name, spec[name]["default"]), spec[name]
            if of.get("type") == "array":
                if not isinstance(given, list):
                    raise Refused(f"`{name}` input: provided value is not an array")
                # Rails writes these signs so, lest they be read as HTML.
                coded = json.dumps(given, ensure_ascii=False)
                return re.sub("[<>&\u2028\u2029]", lambda it: f"\\u{ord(it[0]):04x}", coded)
            if given not in of.get("options", [given]):
                raise Refused(f"`{name}` input: `{given}` cannot be used")
            return str(given)

        return re.sub(r"\$\[\[(.+?)\]\]", value, content)

    def render(self, inputs, variables):
        [jobs] = documents(self.interpolated(inputs))
        [[name, job]] = jobs.items()
        [plain] = documents(self.interpolated({}))
        if name != "promenade" or job.keys() != plain[name].keys() or job["script"] != plain[name]["script"]:
            raise Refused(f"an input became a part of the pipeline: {jobs}")

        def expanded(matched):
            return "$" if matched[0] == "$$" else variables.get(matched["name"], "")

        def of(it):
            given = it if isinstance(it, dict) else {"value": it}
            if given.get("expand", True):
                return re.sub(r"\$\$|\$\{?(?P<name>[a-zA-Z_]\w*)\}?", expanded, given["value"])
            return given["value"]

        own = {name: of(it) for name, it in job["variables"].items()}
        return "\n".join(job["script"]), {**variables, **own, "GITLAB_CI": "true"}


class Azure(Server):
    """Evaluates `${{ }}` in what it has read of the template, and lets the agent put variables into the result: the page
    "Expressions", and src/Agent.Worker/Variables.cs of the agent. Secret variables are in no step's environment."""

    has_lists = True

    def __init__(self, source=None):
        self.source = source or text("azure/promenade.yml")

    def secret(self, key):
        return {"api-key": "$(Octopus.SecretKey)"}, {"Octopus.SecretKey": key}

    def reference(self, name):
        return f"$({name})"

    def evaluated(self, expression, parameters):
        """parameters.NAME, convertToJson(E) and replace(E, 'TEXT', 'TEXT')."""
        if found := re.fullmatch(r"parameters\.(\w+)", expression):
            return parameters[found[1]]
        if found := re.fullmatch(r"convertToJson\((.*)\)", expression):
            return json.dumps(self.evaluated(found[1], parameters), indent=2, ensure_ascii=False)
        found = re.fullmatch(r"replace\((.*), '([^']*)', '([^']*)'\)", expression)
        return self.evaluated(found[1], parameters).replace(found[2], found[3])

    def render(self, inputs, variables):
        [template] = documents(self.source)
        parameters = {it["name"]: it["default"] for it in template["parameters"]}
        for name, value in inputs.items():
            name = camel(name)
            if name not in parameters or isinstance(value, str) != isinstance(parameters[name], str):
                raise Refused(f"the parameter {name}: {value!r}")
            parameters[name] = value
        [step] = template["steps"]

        def filled(it):
            return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self.evaluated(found[1], parameters), it)

        env = {}
        for name, it in step["env"].items():
            env.update(parameters["env"] if name == "${{ insert }}" else {name: filled(it)})
        known = {name.lower(): value for name, value in variables.items()}

        def macros(it):
            return re.sub(r"\$\(([^()]+)\)", lambda found: known.get(found[1].lower(), found[0]), it)

        public = {name.upper().replace(".", "_"): value for name, value in variables.items() if "Secret" not in name}
        return macros(filled(step["bash"])), {**public, **replaced(env, macros), "TF_BUILD": "True"}


def camel(name):
    first, *rest = name.split("-")
    return first + "".join(it.title() for it in rest)


class CircleCi(Server):
    """Puts values into what it has read of a configuration; a parameter's value is not read again."""

    def secret(self, key):
        return {}, {"OCTOPUS_API_KEY": key}

    def literal(self, it):
        return it.replace("<<", "\\<<")

    def reference(self, name):
        return f"<< pipeline.{name} >>"

    def render(self, inputs, variables):
        [orb] = documents(text("circleci/orb.yml"))
        command = orb["commands"]["step"]
        values = {name: it["default"] for name, it in command["parameters"].items()}

        def put(known):
            return lambda it: re.sub(r"(\\?)<<(?: ([\w.-]+) >>)?", lambda found: "<<" if found[1] else known[found[2]], it)

        given = replaced(inputs, put({f"pipeline.{name}": value for name, value in variables.items()}))
        if given.keys() - values.keys() or not all(isinstance(it, str) for it in given.values()):
            raise Refused(f"the parameters {given}")
        run = command["steps"][0]["run"]
        known = {f"parameters.{name}": value for name, value in {**values, **given}.items()}
        run = replaced({"command": run["command"], "environment": run["environment"]}, put(known))
        return run["command"], {**run["environment"], "OCTOPUS_API_KEY": variables["OCTOPUS_API_KEY"], "CIRCLECI": "true"}


class Bamboo(Server):
    """Puts `${bamboo.NAME}` into every field of a task, the script's text among them, and into other variables; scripts
    have the variables in their environment: the page "Bamboo variables"."""

    def reference(self, name):
        return f"${{bamboo.{name}}}"

    def render(self, inputs, variables):
        [task] = documents(text("bamboo/promenade.yaml"))
        names = {name: "promenade_" + name.replace("-", "_") for name in inputs}
        names["api-key"] += "_secret"
        all_of = {**variables, **{names[name]: value for name, value in inputs.items()}}

        def filled(it):
            return re.sub(r"\$\{bamboo\.([\w.]+)\}", lambda found: all_of.get(found[1], found[0]), it)

        [script] = task["script"]["scripts"]
        return filled(script), {"bamboo_" + name.replace(".", "_"): filled(it) for name, it in all_of.items()}


class Bitbucket(Server):
    """Writes a pipe's variables between double quotes into the text of a shell command, `docker run --env=NAME="VALUE"`: so
    Atlassian's answer to "How do I properly quote Pipelines pipe variables". An array becomes NAME_0, …, NAME_COUNT."""

    has_lists = True
    def secret(self, key):
        return {}, {"OCTOPUS_API_KEY": key}

    def literal(self, it):
        return re.sub(r'[\\"$`]', r"\\\g<0>", it)

    def reference(self, name):
        return f"${name}"

    def render(self, inputs, variables):
        known = [it["name"] for it in documents(text("bitbucket/pipe.yml"))[0]["variables"]]
        given = dict.fromkeys(known, "")
        for name, value in inputs.items():
            if variable(name) not in known:
                raise Refused(name)
            if isinstance(value, list):
                given.pop(variable(name))
                given[f"{variable(name)}_COUNT"] = str(len(value))
                given.update({f"{variable(name)}_{at}": it for at, it in enumerate(value)})
            else:
                given[variable(name)] = value
        given["PROMENADE_INPUT_API_KEY"] = "$OCTOPUS_API_KEY"
        words = " ".join(f'{name}="{value}"' for name, value in given.items())
        return f'exec env -i PATH="$PATH" {words} promenade', variables


class Buildkite(Server):
    """Puts variables into what it has read of a pipeline, and hands the plugin's configuration over as JSON: the page
    "buildkite-agent pipeline"."""

    has_lists = True
    def secret(self, key):
        return {}, {"OCTOPUS_API_KEY": key}

    def literal(self, it):
        return it.replace("$", "$$")

    def reference(self, name):
        return f"${name}"

    def render(self, inputs, variables):
        def filled(it):
            if found := re.search(r"\$(?!\$|\{?[a-zA-Z_])", it.replace("$$", "")):
                raise Refused(f"expected identifier to start with a letter: {found.string}")
            names = r"\$\$|\$\{?(?P<name>[a-zA-Z_]\w*)\}?"
            return re.sub(names, lambda found: "$" if found[0] == "$$" else variables.get(found["name"], ""), it)

        configuration = json.dumps({**replaced(inputs, filled), "api-key-env": "OCTOPUS_API_KEY"})
        told = {"BUILDKITE_PLUGIN_CONFIGURATION": configuration, "BUILDKITE": "true"}
        return text("buildkite/hooks/command"), {**variables, **told}


class GitHub(Server):
    """Evaluates `${{ }}` in what it has read; no value is read again."""

    def reference(self, name):
        return f"${{{{ {name} }}}}"

    def render(self, inputs, variables):
        action = documents(text("github/action.yml"))[0]
        step = action["runs"]["steps"][0]

        def evaluated(known):
            def value(found):
                return next(filter(None, (known.get(it, "") for it in found[1].split(" || "))), "")
            return lambda it: re.sub(r"\$\{\{ (.*?) \}\}", value, it)

        given = replaced(inputs, evaluated(variables))
        if given.keys() - action["inputs"].keys() or not all(isinstance(it, str) for it in given.values()):
            raise Refused(f"the inputs {given}")
        known = {f"inputs.{name}": value for name, value in given.items()}
        return evaluated(known)(step["run"]), replaced(step["env"], evaluated(known))


class Plugin(Server):
    """Drone and Woodpecker put `${NAME}` into the pipeline's text before that is read, in quotation marks where the value
    has a line break: pipeline/runtime/runner.go of Drone's runners, EnvVarSubst of Woodpecker. No reference is safe."""

    has_lists = True
    reference = None

    def __init__(self, mark, has_json):
        self.mark, self.has_json = mark, has_json

    def literal(self, it):
        return it.replace("${", "$${")

    def filled(self, source, variables):
        def value(found):
            if found[1]:
                return found[1]
            it = variables.get(found[2], "")
            return json.dumps(it) if "\n" in it else it
        return re.sub(r"\$(\$\{\w+\})|\$\{(\w+)\}", value, source)

    def render(self, inputs, variables):
        try:
            [step] = documents(self.filled(json.dumps({"settings": inputs}), variables))
        except Exception as error:
            raise Refused("the pipeline is no YAML") from error

        def value(it):
            if isinstance(it, list) and not self.has_json:
                return ",".join(it)
            return it if isinstance(it, str) else json.dumps(it)

        settings = {"PLUGIN_" + name.upper().replace("-", "_"): value(it) for name, it in step["settings"].items()}
        return "exec promenade", {**settings, **self.mark}


class TeamCity(Server):
    """Puts `%NAME%` into every parameter and into scripts, and into what it has put in: the page "Using Build Parameters"."""

    def literal(self, it):
        return it.replace("%", "%%")

    def reference(self, name):
        return f"%{name}%"

    def package(self):
        """The script, and the parameters that the package has."""
        raise NotImplementedError

    def render(self, inputs, variables):
        script, names = self.package()
        given = {f"env.{variable(name)}": value for name, value in inputs.items()}
        if given.keys() - set(names):
            raise Refused(f"the parameters {given}")
        parameters = {**variables, **dict.fromkeys(names, ""), **given}

        def resolved(it):
            def value(found):
                if not found[1]:
                    return "%"
                return resolved(parameters[found[1]]) if found[1] in parameters else found[0]
            return re.sub(r"%([\w.-]*)%", value, it)

        environment = {name.removeprefix("env."): resolved(it) for name, it in parameters.items() if name.startswith("env.")}
        return resolved(script), environment


class Recipe(TeamCity):
    def package(self):
        [document] = documents(text("teamcity/recipe.yml"))
        return document["steps"][0]["script"], [name for it in document["inputs"] for name in it]


class Runner(TeamCity):
    def package(self):
        settings = ET.fromstring(text("teamcity/promenade.xml")).find("settings")
        script = settings.find("build-runners/runner/parameters/param[@name='script.content']").get("value")
        return script, [it.get("name") for it in settings.iterfind("parameters/param")]


SERVERS = {
    "azure": Azure(),
    "bamboo": Bamboo(),
    "bitbucket": Bitbucket(),
    "buildkite": Buildkite(),
    "circleci": CircleCi(),
    "drone": Plugin({"DRONE": "true"}, has_json=False),
    "github": GitHub(),
    "gitlab": GitLab(),
    "teamcity's meta-runner": Runner(),
    "teamcity's recipe": Recipe(),
    "woodpecker": Plugin({"CI": "woodpecker"}, has_json=True),
}
