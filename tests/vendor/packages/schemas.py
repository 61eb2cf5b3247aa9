"""Files and examples against the servers' schemas, which lie in check-jsonschema."""

import json
import re
import subprocess
import sys

from world import PACKAGES, blocks, documents, environment, pages

# Which file a server reads, and the schema that it is held to.
KINDS = [
    (r"action\.ya?ml", "vendor.github-actions"),
    (r"github/workflow\.yml|\.(github|gitea|forgejo)/workflows/.*\.ya?ml", "vendor.github-workflows"),
    (r"\.gitlab-ci\.yml|templates/.*\.yml", "vendor.gitlab-ci"),
    (r"azure-pipelines\.yml|azure/promenade\.yml", "vendor.azure-pipelines"),
    (r"(bamboo-specs/)?bamboo\.yaml", "vendor.bamboo-spec"),
    (r"bitbucket-pipelines\.yml", "vendor.bitbucket-pipelines"),
    (r"(\.circleci/)?config\.yml|orb\.yml", "vendor.circle-ci"),
    (r"\.drone\.yml", "vendor.drone-ci"),
    (r"\.woodpecker(/.*)?\.ya?ml", "vendor.woodpecker-ci"),
    (r"(\.buildkite/)?pipeline\.yml", "vendor.buildkite"),
]

# What is wrong about a broken file of that kind.
BROKEN = {
    "vendor.github-actions": {"runs": {"using": "composite", "steps": [{"run": "true", "shel": "bash"}]}},
    "vendor.github-workflows": {"jobs": {"deploy": {"runs-on": "ubuntu-latest", "stepz": []}}},
    "vendor.gitlab-ci": {"deploy": {"script": {"promenade": "step"}}},
    "vendor.azure-pipelines": {"steps": [{"bash": "promenade step", "environment": {"A": "b"}}]},
    "vendor.bamboo-spec": {"stages": {"Deploy": 1}},
    "vendor.bitbucket-pipelines": {"pipelines": {"default": {"step": 5}}},
    "vendor.circle-ci": {"commands": {"step": {"steps": [{"run": {"comand": "promenade step"}}]}}},
    "vendor.drone-ci": {"steps": [{"name": "promenade", "image": 5}]},
    "vendor.woodpecker-ci": {"steps": [{"name": "promenade", "image": 5}]},
    "vendor.buildkite": {"steps": [{"command": {"promenade": "step"}}]},
}


def kind(name):
    return next((schema for pattern, schema in KINDS if re.search(rf"(^|/)({pattern})$", name)), None)


def subjects():
    """Every file and example that has a schema, as (schema, name, folder, text)."""
    for path in sorted(it for it in PACKAGES.rglob("*") if it.is_file()):
        name = str(path.relative_to(PACKAGES))
        if schema := kind(name):
            yield schema, name, path.parent, path.read_text()
    for package, page in pages():
        for _, name, body in blocks(page):
            if schema := kind(name):
                yield schema, f"{package}/README.md: {name}", PACKAGES / package, body


def filled(it):
    """A document as the server reads it once it has put in what stands in brackets."""
    if isinstance(it, dict):
        return {key: filled(value) for key, value in it.items()}
    if isinstance(it, list):
        return [filled(value) for value in it]
    return re.sub(r"\$\{\{[^}]*\}\}|\$\[\[[^]]*\]\]", "filled", it) if isinstance(it, str) else it


def refusal(world, schema, document):
    """Why the schema refuses a document; nothing where it takes it."""
    file = world.place() / "document.json"
    file.write_text(json.dumps(document, default=str))
    # Azure's schema has expressions that are none in the newer reading of them.
    how = ["--builtin-schema", schema, "--regex-variant", "nonunicode", "--output-format", "json"]
    ran = subprocess.run([sys.executable, "-m", "check_jsonschema", *how, file], env=environment(), stdout=subprocess.PIPE,
                         text=True, timeout=120)
    if ran.returncode == 0:
        return None
    found = json.loads(ran.stdout)
    errors = found.get("errors") or [ran.stdout]
    best = [it.get("best_deep_match") or it for it in errors if isinstance(it, dict)]
    return json.dumps(best or found)[:600]


def check(schema):
    def test(world):
        found = [it for it in subjects() if it[0] == schema]
        assert found, "no package has such a file"
        for _, name, folder, body in found:
            for document in documents(body, folder):
                why = refusal(world, schema, filled(document))
                assert why is None, f"{name}: {why}"
        _, name, folder, body = found[0]
        broken = {**filled(documents(body, folder)[-1]), **BROKEN[schema]}
        assert refusal(world, schema, broken), f"{name}: a broken one is taken"
    return test


def every_named_example_has_a_reader(_):
    """A block that names a file of YAML is compared with something."""
    read_elsewhere = {"steps"}
    for package, page in pages():
        for language, name, _ in blocks(page):
            assert language != "yaml" or kind(name) or name in read_elsewhere, f"{package}: nothing reads {name}"


TESTS = [(f"files and examples fit {schema}", check(schema)) for _, schema in KINDS]
TESTS.append(("every named example has a reader", every_named_example_has_a_reader))
