"""The chores. `nox -l` lists them; the proof is tox's."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import nox

nox.options.sessions = ["lint", "typing"]
nox.options.default_venv_backend = "uv|virtualenv"

DISTRIBUTIONS = ("hygge-core", "hygge-sqlite", "hygge-adls")
TESTING = (
    "pytest>=8",
    "pytest-timeout",
    "pytest-xdist",
    "hypothesis>=6.100",
    "polars",
    "duckdb",
    "azure-storage-file-datalake",
)
KINDS_OF_FAULT = 17 * 16  # scenarios, each with so many kinds
SITE = ("-r", "docs/requirements.txt")
EDITABLE = tuple(part for name in DISTRIBUTIONS for part in ("-e", name))


@nox.session(venv_backend="none")
def dev(session: nox.Session) -> None:
    """Make `.venv` with everything editable, ready to work in."""
    session.run("python3", "-m", "venv", ".venv")
    session.run(
        ".venv/bin/pip", "install", "-q", *EDITABLE, *TESTING, "ruff", "mypy", "types-PyYAML", "nox", "tox"
    )


@nox.session
def demo(session: nox.Session) -> None:
    """Show hygge at work in a temporary folder."""
    session.install(*EDITABLE)
    session.run("hygge", "demo")


@nox.session
def lint(session: nox.Session) -> None:
    """Mend style and format."""
    session.install("ruff==0.17.*")
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types."""
    session.install("mypy==2.4.*", "types-PyYAML", *EDITABLE)
    session.run("mypy", *(f"{name}/src" for name in DISTRIBUTIONS))


@nox.session
def sweep(session: nox.Session) -> None:
    """Try every fault at every point there is; `-- --seed S --trials N --minutes M` choose and bound.

    The table of trials and failures goes to sweep.md and sweep.json. More arguments go to pytest.
    """
    asked, rest = _sweep_arguments().parse_known_args(session.posargs)
    session.install(*EDITABLE, *TESTING)
    tallies = Path("sweep.jsonl").resolve()
    tallies.unlink(missing_ok=True)
    env = {"HYGGE_SWEEP": "full", "HYGGE_SEED": str(asked.seed), "HYGGE_TALLIES": str(tallies)}
    if asked.trials is not None:
        env["HYGGE_TRIALS"] = str(asked.trials)
    if asked.minutes is not None:  # shared out evenly: what has few points ends before
        env["HYGGE_SECONDS"] = str(60 * asked.minutes * asked.processes / KINDS_OF_FAULT)
    try:
        session.run("pytest", "-q", "-n", str(asked.processes), *(rest or ["tests/faults"]), env=env)
    finally:
        if tallies.exists():
            table = session.run("python", "tests/faults/faulting/table.py", str(tallies), silent=True)
            Path("sweep.md").write_text(str(table))
            lines = ",\n".join(tallies.read_text().splitlines())
            Path("sweep.json").write_text(f"[\n{lines}\n]\n")
            tallies.unlink()


def _sweep_arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s sweep --", add_help=False)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--processes", type=int, default=2)
    return parser


@nox.session
def mutants(session: nox.Session) -> None:
    """Put faults into hygge and see whether its suites fail; `-- --only PART --sample N --seed S`."""
    session.install(*EDITABLE, *TESTING)
    session.run("python", "tests/mutants/run.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Make the reference pages anew and build docs/ as a site in docs/_build, strictly."""
    session.install(*EDITABLE, *TESTING, *SITE)
    session.run("python", "-m", "reference_pages", env={"PYTHONPATH": "docs"})
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "docs", "docs/_build")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the peers; writes bench/RESULTS.md."""
    session.install(*DISTRIBUTIONS)
    session.run("python", "bench/run.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Build wheels and source distributions into dist/ and check them."""
    session.install("build", "twine")
    shutil.rmtree("dist", ignore_errors=True)
    for name in DISTRIBUTIONS:
        session.run("python", "-m", "build", "--outdir", "dist", name)
    session.run("twine", "check", "--strict", *map(str, sorted(Path("dist").iterdir())))
