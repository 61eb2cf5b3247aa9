"""The inputs in the pages' examples are inputs of their packages."""

import ast
import re

import jsonschema

from world import blocks, documents, pages, text


def given(document, key):
    """The values of every `key` in a document, wherever it stands."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name == key:
                yield value
            yield from given(value, key)
    elif isinstance(document, list):
        for it in document:
            yield from given(it, key)


def examples(package):
    page = dict(pages())[package]
    found = [documents(body) for language, _, body in blocks(page) if language == "yaml"]
    assert found, f"the page of {package} has no example"
    return [it for several in found for it in several]


def unknown(used, known):
    return sorted({name for it in used for name in it} - set(known))


def azure(_):
    known = [it["name"] for it in documents(text("azure/promenade.yml"))[0]["parameters"]]
    used = list(given(examples("azure"), "parameters"))
    assert used and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"timeLimits": "1m"}], known)


def circleci(_):
    known = documents(text("circleci/orb.yml"))[0]["commands"]["step"]["parameters"]
    used = list(given(examples("circleci"), "promenade/step"))
    used += given(documents(text("circleci/orb.yml"))[0]["examples"], "promenade/step")
    assert len(used) > 1 and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"time-limits": "1m"}], known)


def bamboo(_):
    source = text("bamboo/promenade.yaml")
    known = re.findall(r"\$\{bamboo_(promenade_\w+)-\}", source)
    plan = (text("bamboo/bamboo.yaml")).replace("!include ", "")
    used = [it["variables"] for it in documents(plan)]
    page = dict(pages())["bamboo"].replace("!include ", "")
    used += [it["variables"] for language, _, body in blocks(page) if language == "yaml" for it in documents(body)]
    assert len(used) > 1 and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"promenade_time_limits": "1m"}], known)


def buildbot(_):
    tree = ast.parse(text("buildbot/promenade_step.py"))
    known = next(ast.literal_eval(it.value) for it in tree.body if isinstance(it, ast.Assign) and it.targets[0].id == "INPUTS")
    used = []
    for _, _, body in (it for it in blocks(dict(pages())["buildbot"]) if it[0] == "python"):
        for call in ast.walk(ast.parse(body)):
            if isinstance(call, ast.keyword) and call.arg == "inputs":
                used.append([key.value for key in call.value.keys])
    assert len(used) > 1 and unknown(used, known) == [], unknown(used, known)
    assert unknown([["time-limits"]], known)


def github(_):
    known = documents(text("github/action.yml"))[0]["inputs"]
    used = list(given(documents(text("github/workflow.yml")), "with"))
    used = [it for it in used if "api-key" in it]
    assert used and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"time-limits": "1m"}], known)


def gitlab(_):
    known = documents(text("gitlab/templates/promenade.yml"))[0]["spec"]["inputs"]
    used = list(given(documents(text("gitlab/.gitlab-ci.yml")), "inputs"))
    assert used and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"time-limits": "1m"}], known)


def bitbucket(_):
    known = [it["name"] for it in documents(text("bitbucket/pipe.yml"))[0]["variables"]]
    used = list(given(documents(text("bitbucket/bitbucket-pipelines.yml")), "variables"))
    assert used and unknown(used, known) == [], unknown(used, known)
    assert unknown([{"PROMENADE_INPUT_TIME_LIMITS": "1m"}], known)


def buildkite(_):
    """The plugin's own schema, by which the agent checks a pipeline, takes the example and refuses what is wrong."""
    schema = documents(text("buildkite/plugin.yml"))[0]["configuration"]
    jsonschema.Draft7Validator.check_schema(schema)
    takes = jsonschema.Draft7Validator(schema).is_valid
    plugins = [it for several in given(documents(text("buildkite/pipeline.yml")), "plugins") for it in several]
    used = [value for it in plugins for name, value in it.items() if "promenade" in name]
    assert used and all(takes(it) for it in used)
    for wrong in [{"time-limits": "1m"}, {"wait": "maybe"}, {"command": "undo"}, {"to": {"a": 1}}, {"api-key": "API-X"}]:
        assert takes({}) and not takes({**used[0], **wrong}), f"{wrong} is taken"


TESTS = [(f"the examples of {it.__name__} name inputs that there are", it) for it in [azure, bamboo, bitbucket, buildbot, buildkite, circleci, github, gitlab]]
