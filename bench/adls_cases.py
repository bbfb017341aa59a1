"""What is measured against the test server for ADLS, which runs on the same machine."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
from collections.abc import Mapping

from commands import Case
from measure import Command
from places import HERE, HYGGE

__all__ = ["CASES"]


@functools.cache
def server() -> Mapping[str, str]:
    """Where it is; it ends with the benchmark."""
    process = subprocess.Popen(
        [HYGGE / "bin" / "python", "-m", "adls_server"],
        env=os.environ | {"PYTHONPATH": str(HERE.parent / "tests" / "servers")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    assert process.stdout is not None
    told: Mapping[str, str] = json.loads(process.stdout.readline())
    return told


def _upload(who: str) -> Command:
    argv = [
        str(HYGGE / "bin" / "python"),
        str(HERE / "adls_upload.py"),
        who,
        server()["url"],
        server()["key"],
    ]
    return Command(name=who, argv=argv, cwd=HERE)


CASES = {
    "adls-upload": Case(
        title="1 GiB to ADLS (the test server), chunks of 8 MiB",
        commands=lambda: [_upload("hygge"), _upload("sdk")],
        runs=5,
        target="1.15 x the CPU",
    ),
}
