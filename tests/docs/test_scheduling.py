"""The files that recipes show are what cron, systemd, Airflow, Docker and Kubernetes take."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from hygge.cli.group import COMMANDS, hygge

ROOT = Path(__file__).parents[2]
FILES = ROOT / "examples" / "scheduling"
FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,\d+)*")
MOST = (59, 23, 31, 12, 7)  # of minute, hour, day, month, day of the week


def understood(words: list[str]) -> None:
    """The command line names a command and options that hygge has."""
    name, *rest = words
    assert name in COMMANDS
    command = hygge.get_command(click.Context(hygge), name)
    assert command is not None
    known = {option for param in command.params for option in param.opts}
    assert {word for word in rest if word.startswith("-")} <= known


def test_lines_for_cron_have_a_time_a_user_and_a_command_of_hygge() -> None:
    lines = [
        line
        for line in (FILES / "hygge.cron").read_text().splitlines()
        if line and not line.startswith("#") and not re.match(r"\w+=", line)
    ]
    assert lines
    for line in lines:
        *times, user, command = line.split(None, 6)
        for field, most in zip(times, MOST, strict=True):
            assert FIELD.fullmatch(field)
            assert all(int(number) <= most for number in re.findall(r"\d+", field))
        assert user == "hygge"
        words = shlex.split(command.partition(">")[0])
        assert words[0].endswith("/hygge")
        understood(words[1:])


def test_the_unit_starts_a_command_of_hygge_and_knows_its_exit_codes() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
    unit.read(FILES / "hygge.service")
    service = unit["Service"]
    understood(shlex.split(service["ExecStart"])[1:])
    assert service["SuccessExitStatus"].split() == ["75", "143"]
    assert service["RestartPreventExitStatus"].split() == ["2", "3"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_takes_the_unit_and_the_timer(tmp_path: Path) -> None:
    unit = (FILES / "hygge.service").read_text()
    unit = unit.replace("/opt/hygge/bin/hygge", "/bin/true")  # the command has to be there
    (tmp_path / "hygge.service").write_text(unit)
    shutil.copy(FILES / "hygge.timer", tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "hygge.service", tmp_path / "hygge.timer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "hygge." in line] == []
    assert done.returncode == 0, done.stderr


def test_the_dag_is_python_and_uses_what_hygge_has() -> None:
    text = (FILES / "airflow_dag.py").read_text()
    compile(text, "airflow_dag.py", "exec")
    import hygge
    from hygge import errors
    from hygge.results import EntityResult

    assert callable(hygge.run)
    imported = re.search(r"from hygge.errors import (.*)", text)
    assert imported is not None
    assert all(hasattr(errors, name) for name in imported[1].split(", "))
    assert {"error", "flow", "entity", "rows_written"} <= set(EntityResult.__dataclass_fields__)


def test_the_image_runs_hygge_as_process_one() -> None:
    lines = (FILES / "Dockerfile").read_text().splitlines()
    assert 'ENTRYPOINT ["hygge"]' in lines
    command = next(line for line in lines if line.startswith("CMD "))
    understood(list(re.findall(r'"([^"]+)"', command)))


def test_the_pod_runs_a_command_of_hygge_and_is_not_started_again_in_vain() -> None:
    account, job = yaml.safe_load_all((FILES / "cronjob.yaml").read_text())
    pod = job["spec"]["jobTemplate"]["spec"]
    assert pod["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"] == [2, 3]
    assert pod["template"]["spec"]["serviceAccountName"] == account["metadata"]["name"]
    assert pod["template"]["spec"]["terminationGracePeriodSeconds"] > 10
    (container,) = pod["template"]["spec"]["containers"]
    assert container["name"] == pod["podFailurePolicy"]["rules"][0]["onExitCodes"]["containerName"]
    understood(container["args"])


def test_recipes_show_every_file() -> None:
    page = (ROOT / "docs" / "recipes.md").read_text()
    for file in FILES.iterdir():
        assert f"{{literalinclude}} ../examples/scheduling/{file.name}" in page
