"""The chores. `nox -l` lists them; the proof is tox's."""

from __future__ import annotations

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
SITE = ("sphinx==9.*", "myst-parser==5.*", "furo>=2025.7.19")  # as in tox.ini
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
    """Kill runs at every point there is, and look at what the next run makes of it."""
    session.install(*EDITABLE, *TESTING)
    session.run(
        "pytest",
        "-q",
        "-m",
        "sweep or not sweep",
        "tests/faults",
        "hygge-core/tests/files",
        *session.posargs,
        env={"HYGGE_SWEEP": "full"},
    )


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
