"""The inputs in the pages' examples are inputs of their packages."""

import ast

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
    known = [name.rstrip("}\"").split(":-")[0] for name in source.split("bamboo_")[2:]]
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


TESTS = [(f"the examples of {it.__name__} name inputs that there are", it) for it in [azure, circleci, bamboo, buildbot]]
