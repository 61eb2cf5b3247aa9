"""Holds the packages in integrations/ to what their servers say of them.

    check.py PROGRAM FOLDER

Files and the examples of their pages are compared with the servers' schemas; what a package runs is run as its server
would, against the sandbox. Each check is first shown to refuse something broken.
"""

import pathlib
import sys
import traceback

import examples
import jenkins
import rendered
import schemas
import teamcity
from world import Left, World

TESTS = [
    *schemas.TESTS,
    *teamcity.TESTS,
    *examples.TESTS,
    *rendered.TESTS,
    *jenkins.TESTS,
]


def main():
    program, folder = sys.argv[1:]
    passed = failed = skipped = 0
    with World(program, pathlib.Path(folder)) as world:
        for name, test in TESTS:
            try:
                test(world)
                passed += 1
                print(f"ok      {name}", flush=True)
            except Left as left:
                skipped += 1
                print(f"NOT RUN {name}: {left}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
