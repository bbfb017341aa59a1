"""Kill a command at every point there is, and look at what running it again makes of that.

A sweep counts the points that a command passes (`hygge.failpoints`); then, for each, it takes a fresh
copy of the start, lets the command die there, looks at what a reader sees, runs the command again
and asks the oracle. Trials are children of a warm server, so a few hundred take seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from hygge.testing.warm import Ended, Trial, Warm, warm

__all__ = ["Command", "Sweep", "every", "run_command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line; it runs with the trial's folder as the working directory."""

    argv: Sequence[str]
    entry: str = "hygge.cli:main"  # "module:function", called with ``argv``, returns the exit code
    env: Mapping[str, str] = field(default_factory=dict)


_IMPORTS: dict[str, Sequence[str]] = {}


class Sweep:
    """Trials of one command from one start; use it as a context manager.

    ``folder`` is the start; every trial takes place in it, since what was committed there knows its
    address, and a trial that fails leaves it as it then is. ``look`` is called after a death,
    ``oracle`` after healing and again after one more run; both raise `AssertionError`.
    """

    def __init__(
        self,
        command: Command,
        folder: Path,
        look: Callable[[], None],
        oracle: Callable[[], None],
    ) -> None:
        self._command = command
        self._folder = folder
        self._start = folder.with_name(f"{folder.name}.start")
        self._output = folder.with_name(f"{folder.name}.output")
        self._look = look
        self._oracle = oracle
        self._warm: Warm | None = None
        self.points: Sequence[str] = ()
        self.trials = 0

    def __enter__(self) -> Sweep:
        shutil.copytree(self._folder, self._start, symlinks=True)
        self._warm = warm(*self._imports())
        log = self._folder.with_name(f"{self._folder.name}.points")
        self._renew()
        self._passed(self._run(failpoint=f"count={log}"))
        self._oracle()
        self.points = log.read_text().splitlines()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._warm is not None:
            self._warm.end_trials()

    def _imports(self) -> Sequence[str]:
        """What a run takes, found out by one; loading plugins and reading types comes with it."""
        entry = self._command.entry
        if entry not in _IMPORTS:
            with Warm() as cold:
                modules = self._run(server=cold).result()
            found = [name for name in modules if name != "__main__"]
            _IMPORTS[entry] = (*found, "hygge.testing.trials:warm_up")
        return _IMPORTS[entry]

    def kill_once(self, numbers: Iterable[int]) -> None:
        """Die at each of these points (the first is 1), then heal."""
        for number in numbers:
            with self._trial(f"killed at {self._name(number)}"):
                self._die(number)
                self._heal()

    def kill_twice(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Die at the first point, die while healing at the second, then heal."""
        for number, second in pairs:
            with self._trial(f"killed at {self._name(number)}, healing killed at its point {second}"):
                self._die(number)
                self._die(second)
                self._heal()

    def kill_at_random(self, seeds: Iterable[int], times: int = 3) -> None:
        """Die ``times`` times in a row, each at some moment of a run's length, then heal."""
        begun = time.monotonic()
        self._renew()
        self._passed(self._run())
        length = time.monotonic() - begun
        for seed in seeds:
            moments = [random.Random(seed * times + n).uniform(0, length) for n in range(times)]
            with self._trial(f"seed {seed}: killed after {moments} s"):
                for moment in moments:
                    self._die_after(moment)
                self._heal()

    def _die_after(self, seconds: float) -> None:
        trial = self._begin(failpoint="")
        time.sleep(seconds)
        trial.kill()  # it is a child until it was waited for, also when it has come to its end
        ended = trial.wait()
        if not ended.killed:
            self._passed(ended)
        self._look()

    def _die(self, number: int) -> None:
        ended = self._run(failpoint=f"kill@{number}")
        if not ended.killed:  # fewer points on the way than were counted: it has come to its end
            self._passed(ended)
        self._look()

    def _heal(self) -> None:
        for _ in range(2):  # the second time there is nothing left to heal
            self._passed(self._run())
            self._oracle()

    @contextlib.contextmanager
    def _trial(self, what: str) -> Iterator[None]:
        self._renew()
        self.trials += 1
        try:
            yield
        except BaseException as error:
            error.add_note(f"{what}; see {self._folder} and {self._output}")
            raise

    def _name(self, number: int) -> str:
        return f"point {number}, {self.points[number - 1]}"

    def _renew(self) -> None:
        shutil.rmtree(self._folder)
        shutil.copytree(self._start, self._folder, symlinks=True)
        self._output.unlink(missing_ok=True)

    def _run(self, *, server: Warm | None = None, failpoint: str = "") -> Ended:
        return self._begin(server=server, failpoint=failpoint).wait()

    def _begin(self, *, server: Warm | None = None, failpoint: str) -> Trial:
        server = server or self._warm
        assert server is not None, "a sweep is a context manager"
        return server.start(
            run_command,
            self._command.entry,
            list(self._command.argv),
            str(self._output),
            cwd=self._folder,
            env=self._command.env,
            failpoint=failpoint,
        )

    def _passed(self, ended: Ended) -> None:
        said = self._output.read_text(errors="replace")
        assert ended.error is None, f"{ended.error!r}\n{said}"
        assert ended.code == 0, f"ended with {ended.code}\n{said}"
        assert "Traceback" not in said, said


def run_command(entry: str, argv: Sequence[str], output: str) -> Sequence[str]:
    """In the child: run the command, its output in a file; the modules that it took.

    Raises `ChildProcessError` for an exit code other than 0.
    """
    with open(output, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    module, _, name = entry.partition(":")
    code = getattr(importlib.import_module(module), name)(list(argv))
    sys.stdout.flush()
    if code:
        raise ChildProcessError(f"{' '.join(argv)} ended with exit code {code}")
    return list(sys.modules)


def every(step: int, count: int, seed: int = 0) -> Iterator[int]:
    """Every ``step``-th of the numbers 1 to ``count``, beginning where ``seed`` says."""
    return iter(range(1 + seed % step, count + 1, step))
