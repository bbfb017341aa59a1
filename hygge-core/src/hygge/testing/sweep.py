"""Trials of one command from one start: something goes wrong, the command runs again, the oracle is asked.

Trials are children of a warm server, so a few hundred take seconds. What goes wrong is in modules of
its own: `hygge.testing.kills`, `power_loss`, `failing_calls`, `interruptions`.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from hygge.testing.system_calls import CHANGING, Call, Fault, trace
from hygge.testing.warm import Ended, Trial, Warm, warm

__all__ = ["Command", "Limits", "Sweep", "Tally", "every", "run_command"]

T = TypeVar("T")
ENOUGH = 12  # failures of one kind, after which it is not tried further


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line; it runs with the trial's folder as the working directory."""

    argv: Sequence[str]
    entry: str = "hygge.cli:main"  # "module:function", called with ``argv``, returns the exit code
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many trials of each kind there are; the seed decides which, where not all of them."""

    seed: int = 0
    trials: int | None = None  # None: all
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the trials of one kind."""

    scenario: str
    fault: str
    seed: int
    trials: int
    failures: int
    seconds: float


_IMPORTS: dict[str, Sequence[str]] = {}


class Sweep:
    """Use it as a context manager.

    ``folder`` is the start; every trial takes place in it, since what was committed there knows its
    address, and one that fails leaves a copy beside it. ``look`` is called while things are broken,
    ``oracle`` after healing and again after one more run; ``landed`` after a command that was disturbed
    and said it succeeded: the rows are there, and there may be something to clean up. All raise
    `AssertionError`. Each tally is appended to the file ``tallies`` as a line of JSON.
    """

    def __init__(
        self,
        command: Command,
        folder: Path,
        look: Callable[[], None],
        oracle: Callable[[], None],
        *,
        landed: Callable[[], None] | None = None,
        name: str = "",
        limits: Limits | None = None,
        tallies: Path | None = None,
    ) -> None:
        self._command = command
        self.folder = folder
        self.start = folder.with_name(f"{folder.name}.start")
        self.output = folder.with_name(f"{folder.name}.output")
        self.look = look
        self.oracle = oracle
        self.landed = landed or oracle
        self.name = name or folder.name
        self.limits = limits or Limits()
        self._tallies = tallies
        self._warm: Warm | None = None
        self.points: Sequence[str] = ()
        """Names of the failpoints that the command passes."""

    def __enter__(self) -> Sweep:
        shutil.copytree(self.folder, self.start, symlinks=True)
        self._warm = warm(*self._imports())
        log = self.folder.with_name(f"{self.folder.name}.points")
        self.renew()
        self.passed(self.run(failpoint=f"count={log}"))
        self.oracle()
        self.points = log.read_text().splitlines()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._warm is not None:
            self._warm.end_trials()

    def each(
        self, fault: str, found: Iterable[T], say: Callable[[T], str], attempt: Callable[[T], None]
    ) -> None:
        """Make the attempts, each in a folder as it was at the start; as many as the limits allow.

        Raises `ExceptionGroup` for those that failed.
        """
        begun, count = time.monotonic(), 0
        failed: list[Exception] = []
        for one in self._chosen(fault, found):
            if self._late(begun) or len(failed) == ENOUGH:
                break
            self.renew()
            count += 1
            try:
                attempt(one)
            except (
                Exception
            ) as error:  # a broken law or whatever a connector raised: a failed trial, not the end
                error.add_note(f"{self.name}: {fault}: {say(one)}; see {self._kept(len(failed))}")
                failed.append(error)
            finally:
                self._end_trials()
        self._tell(fault, count, len(failed), time.monotonic() - begun)
        if failed:
            raise ExceptionGroup(f"{self.name}: {fault}", failed)

    def _chosen(self, fault: str, found: Iterable[T]) -> Iterable[T]:
        """All, or a sample of a sequence, or the first of what comes one by one.

        Where time may run out, they come in a random order, so that the last have their chance.
        """
        limits = self.limits
        if not isinstance(found, Sequence) or (limits.trials is None and limits.seconds is None):
            return itertools.islice(found, limits.trials)
        dice = random.Random(f"{limits.seed} {self.name} {fault}")
        numbers = dice.sample(range(len(found)), min(limits.trials or len(found), len(found)))
        return [found[number] for number in (numbers if limits.seconds is not None else sorted(numbers))]

    def _late(self, begun: float) -> bool:
        return self.limits.seconds is not None and time.monotonic() - begun > self.limits.seconds

    def _kept(self, number: int) -> Path:
        kept = self.folder.with_name(f"{self.folder.name}.failed{number}")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folder, kept, symlinks=True)
        if self.output.exists():
            shutil.copy2(self.output, f"{kept}.output")
        return kept

    def _tell(self, fault: str, trials: int, failures: int, seconds: float) -> None:
        if self._tallies is None:
            return
        tally = Tally(
            scenario=self.name,
            fault=fault,
            seed=self.limits.seed,
            trials=trials,
            failures=failures,
            seconds=round(seconds, 2),
        )
        with open(self._tallies, "a", encoding="utf-8") as file:  # one write: several processes append
            file.write(json.dumps(asdict(tally)) + "\n")

    # -- parts of an attempt -----------------------------------------------------------------------

    def renew(self) -> None:
        """Put the start in place."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.start, self.folder, symlinks=True)
        self.output.unlink(missing_ok=True)

    def begin(self, *, server: Warm | None = None, failpoint: str = "", held: bool = False) -> Trial:
        """Begin the command; ``held``: it stops itself before it does anything."""
        server = server or self._warm
        assert server is not None, "a sweep is a context manager"
        return server.start(
            run_command,
            self._command.entry,
            list(self._command.argv),
            str(self.output),
            held,
            cwd=self.folder,
            env=self._command.env,
            failpoint=failpoint,
        )

    def run(self, *, server: Warm | None = None, failpoint: str = "") -> Ended:
        """Run the command to its end."""
        return self.begin(server=server, failpoint=failpoint).wait()

    def traced(
        self, *, fault: Fault | None = None, calls: str = CHANGING, contents: bool = False
    ) -> tuple[Ended, Sequence[Call]]:
        """Run the command to its end under strace."""
        return trace(lambda: self.begin(held=True), calls, fault=fault, contents=contents)

    def passed(self, ended: Ended) -> None:
        """Expect that the command ended well."""
        said = self.said()
        assert ended.error is None, f"{ended.error!r}\n{said}"
        assert ended.code == 0, f"ended with {ended.code}\n{said}"

    def exit_code(self, ended: Ended) -> int:
        """The command's exit code; minus the number of a signal that ended it."""
        if isinstance(ended.error, ChildProcessError):
            return int(ended.error.errno or 0)
        assert ended.error is None, f"{ended.error!r}\n{self.said()}"
        return ended.code

    def said(self) -> str:
        """What the commands of this attempt have printed; a traceback in it is a failure."""
        said = self.output.read_text(errors="replace") if self.output.exists() else ""
        assert "Traceback" not in said, said
        return said

    def heal(self) -> None:
        """Run again, twice: the second time there is nothing left to heal."""
        for _ in range(2):
            self.passed(self.run())
            self.oracle()

    def _end_trials(self) -> None:
        assert self._warm is not None
        self._warm.end_trials()

    def _imports(self) -> Sequence[str]:
        """What a run takes, found out by one; loading plugins and reading types comes with it."""
        entry = self._command.entry
        if entry not in _IMPORTS:
            with Warm() as cold:
                modules = self.run(server=cold).result()
            found = [name for name in modules if name != "__main__"]
            _IMPORTS[entry] = (*found, "hygge.testing.trials:warm_up")
        return _IMPORTS[entry]


def run_command(entry: str, argv: Sequence[str], output: str, held: bool = False) -> Sequence[str]:
    """In the child: run the command, its output in a file; the modules that it took.

    Raises `ChildProcessError` for an exit code other than 0, with the code as its ``errno``.
    """
    with open(output, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if held:
        os.kill(os.getpid(), signal.SIGSTOP)
    module, _, name = entry.partition(":")
    code = getattr(importlib.import_module(module), name)(list(argv))
    with contextlib.suppress(OSError):  # the disk that takes the output may be the one that fails
        sys.stdout.flush()
    if code:
        raise ChildProcessError(code, f"{' '.join(argv)} ended with exit code {code}")
    return list(sys.modules)


def every(step: int, count: int, seed: int = 0) -> Iterator[int]:
    """Every ``step``-th of the numbers 1 to ``count``, beginning where ``seed`` says."""
    return iter(range(1 + seed % step, count + 1, step))
