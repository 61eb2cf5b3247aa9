"""What the checks share: the packages' texts, a sandbox, and a way to run what a package runs."""

import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.request

from ruamel.yaml import YAML

PACKAGES = pathlib.Path(__file__).resolve().parents[3] / "integrations"


class Left(Exception):
    """A check that cannot run here, and why."""


class World:
    """A sandbox, and a folder for what the checks write, as a context."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=folder))
        # What a server's agent has on its PATH.
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        (self.bin / "promenade").symlink_to(program)
        words = [program, "sandbox", "--listen", "127.0.0.1:0", "--json", "--time-scale", "50"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(), text=True)
        ready = json.loads(self.process.stdout.readline())
        self.url, self.key, self.space = ready["url"], ready["apiKey"], ready["space"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)

    def get(self, path):
        """A document of the sandbox's."""
        request = urllib.request.Request(f"{self.url}/api/{self.space}/{path}", headers={"X-Octopus-ApiKey": self.key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def place(self):
        """An empty folder of its own."""
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))

    def run(self, script, variables, folder, installed=True):
        """Runs a package's script as an agent does; what it said, and its exit code."""
        path = os.environ.get("PATH", "")
        variables = {"PATH": f"{self.bin}:{path}" if installed else path, **variables}
        ran = subprocess.run(["bash", "-c", script], env=environment(**variables), cwd=folder, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        return ran.returncode, ran.stdout


def environment(**more):
    """What a child starts with: nothing of the caller's own but where programs are."""
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **more}


def text(path):
    return (PACKAGES / path).read_text()


def documents(source, folder=PACKAGES):
    """The YAML documents of a text; `!include FILE` is what that file holds, as Bamboo has it."""
    yaml = YAML(typ="safe", pure=True)

    def include(_, node):
        return documents((folder / node.value).read_text(), folder)[0]

    yaml.constructor.add_constructor("!include", include)
    return [it for it in yaml.load_all(io.StringIO(source)) if it is not None]


def blocks(page):
    """The fenced blocks of a page that name a file, as (language, file, text)."""
    found = re.findall(r"^```(\w+) (\S+)[^\n]*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [(language, name, body) for language, name, body in found]


def pages():
    """The pages of all packages, as (package, text)."""
    return [(it.parent.name, it.read_text()) for it in sorted(PACKAGES.glob("*/README.md"))]
