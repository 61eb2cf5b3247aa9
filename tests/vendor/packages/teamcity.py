"""The recipe and the meta-runner, by the fields that TeamCity's documentation asks for.

There is no schema and no parser of its own to be had; the limits are those of the page "Recipe YAML Syntax".
"""

import re
import xml.etree.ElementTree as ET

from world import documents, text

TYPES = ["text", "boolean", "select", "password"]


def problems_of_recipe(source):
    """What TeamCity would not take."""
    [recipe] = documents(source)
    found = []

    def want(holds, words):
        if not holds:
            found.append(words)

    parts = str(recipe.get("name")).split("/")
    fits = all(5 <= len(it) <= 30 and re.fullmatch(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*", it) for it in parts)
    want(len(parts) == 2 and fits, f"the name {parts}")
    want(re.fullmatch(r"\d+\.\d+\.\d+", str(recipe.get("version"))), "the version")
    want(0 < len(recipe.get("title") or "") <= 50, "the title")
    want(0 < len(recipe.get("description") or "") <= 250, "the description")
    want(recipe.get("steps"), "no steps")
    for step in recipe.get("steps") or []:
        want(len(step.get("name") or "") <= 100 and step.keys() <= {"name", "script", "container"}, f"the step {step}")
        want("%" not in step.get("script", ""), "a reference in a script")
    for entry in recipe.get("inputs") or []:
        [(name, it)] = entry.items()
        want(name.startswith("env."), f"{name} is no variable of the environment")
        want(it.get("type") in TYPES, f"the type of {name}")
        want((it.get("type") == "select") == bool(it.get("options")), f"the options of {name}")
        want(not it.get("options") or it.get("default") in it["options"], f"the default of {name} is no option")
        want(it.get("required") is False and isinstance(it.get("default"), str), f"{name} could not be left blank")
        want(len(it.get("label") or "") <= 100 and len(it.get("description") or "") <= 250, f"the length of {name}")
    return found


def problems_of_runner(source):
    """What TeamCity would not take, after its own exports of meta-runners."""
    root = ET.fromstring(source)
    found = []
    settings = root.find("settings")
    if root.tag != "meta-runner" or not root.get("name") or not root.findtext("description") or settings is None:
        return ["no meta-runner"]
    for tag in ["parameters", "build-runners", "requirements"]:
        if settings.find(tag) is None:
            found.append(f"no {tag}")
    for param in settings.iterfind("parameters/param"):
        # A type, then values in quotes, in which a bar begins an escape.
        value = r"'(?:[^'|]|\|['|\[\]nr])*'"
        if not re.fullmatch(rf"(text|password|select|checkbox)( \w+={value})*", param.get("spec") or ""):
            found.append(f"the spec of {param.get('name')}: {param.get('spec')}")
        if param.get("value") is None or not (param.get("name") or "").startswith("env."):
            found.append(f"the parameter {param.get('name')}")
    for runner in settings.iterfind("build-runners/runner"):
        told = {it.get("name"): it.get("value") for it in runner.iterfind("parameters/param")}
        if runner.get("type") != "simpleRunner" or told.get("use.custom.script") != "true":
            found.append("the runner")
        if "%" in told.get("script.content", "%"):
            found.append("a reference in a script")
    return found


def recipe_has_what_teamcity_asks_for(_):
    source = text("teamcity/recipe.yml")
    assert problems_of_recipe(source) == []
    for good, bad in [("steps:", "stepz:"), ("type: text", "type: texts"), ("/deploy-with-promenade", "/x"), ("promenade step", "echo %a%")]:
        assert problems_of_recipe(source.replace(good, bad)), f"{bad} is taken"


def runner_has_what_teamcity_asks_for(_):
    source = text("teamcity/promenade.xml")
    assert problems_of_runner(source) == []
    for good, bad in [("<requirements />", ""), ("simpleRunner", "simple"), ("spec=\"text label='", "spec=\"text label=''"), ("promenade step", "%a%")]:
        assert problems_of_runner(source.replace(good, bad)), f"{bad} is taken"


def recipe_and_runner_have_the_same_inputs(_):
    [recipe] = documents(text("teamcity/recipe.yml"))
    one = [name for entry in recipe["inputs"] for name in entry]
    other = [it.get("name") for it in ET.fromstring(text("teamcity/promenade.xml")).iterfind("settings/parameters/param")]
    assert one == other and one


TESTS = [
    ("TeamCity's recipe has what is asked for", recipe_has_what_teamcity_asks_for),
    ("TeamCity's meta-runner has what is asked for", runner_has_what_teamcity_asks_for),
    ("TeamCity's recipe and meta-runner have the same inputs", recipe_and_runner_have_the_same_inputs),
]
