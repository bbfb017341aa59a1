"""A warm process that forks one child a trial: what takes a second from cold takes milliseconds.

The server imports what trials need and stays single-threaded, so that forking it is safe; the child
arms a failpoint, runs one call and ends. Trials are killed, stopped or left to end as tests like.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import itertools
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

__all__ = ["Ended", "Trial", "Warm", "warm"]

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a trial ended: its value, the error it raised, or the signal that killed it."""

    code: int  # of the process; minus the signal's number if one ended it
    value: Any = None
    error: BaseException | None = None

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL

    def result(self) -> Any:
        """The value; raises what the trial raised."""
        if self.error is not None:
            raise self.error
        if self.code:
            raise ChildProcessError(f"the trial ended with {self.code}")
        return self.value


@dataclass(slots=True, kw_only=True)
class Trial:
    """A call that runs in a child."""

    warm: Warm
    pid: int
    answer: Path
    ended: Ended | None = None

    def stop(self) -> None:
        """Suspend it (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def stopped(self, seconds: float = 30) -> bool:
        """Wait until it is suspended; False if it ends instead."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            state = _state(self.pid)
            if state in "TZ":
                return state == "T"
            time.sleep(0.001)
        raise TimeoutError(f"process {self.pid} did not stop within {seconds} s")

    def go_on(self) -> None:
        """Wake it up (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ended:
        """Wait for its end."""
        if self.ended is None:
            self.ended = self.warm._wait(self)
        return self.ended


def _state(pid: int) -> str:
    """The letter by which Linux tells a process's state; Z for one that has ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@dataclass(slots=True)
class Warm:
    """A forking server; use it as a context manager.

    ``imports`` are modules to import once, or functions to call (``module:function``). Calls must be
    importable functions, arguments picklable.
    """

    imports: Sequence[str] = ()
    _server: subprocess.Popen[bytes] | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = None
    _trials: list[Trial] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __enter__(self) -> Warm:
        self._folder = tempfile.TemporaryDirectory(prefix="hygge-warm-")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        environment.pop("HYGGE_FAILPOINT", None)
        self._server = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve({list(self.imports)!r})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_trials()
        assert self._server is not None
        assert self._folder is not None
        with self._server:
            pass  # closes its pipes, which ends it, and waits
        self._folder.cleanup()

    def end_trials(self) -> None:
        """Kill what still runs."""
        for trial in self._trials:
            if trial.ended is None:
                trial.kill()
                trial.wait()
        self._trials.clear()

    def start(
        self,
        call: Callable[..., Any],
        *args: Any,
        failpoint: str = "",
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Trial:
        """Begin ``call(*args)`` in a child with a failpoint armed."""
        assert self._folder is not None
        answer = Path(self._folder.name) / f"{next(self._numbers)}"
        request = {
            "call": (call.__module__, call.__qualname__),
            "args": args,
            "failpoint": failpoint,
            "cwd": str(cwd) if cwd else None,
            "env": {**os.environ, **(env or {})},  # a test may have set secrets since the server began
            "answer": str(answer),
        }
        pid = self._ask(("start", request))
        trial = Trial(warm=self, pid=pid, answer=answer)
        self._trials.append(trial)
        return trial

    def run(self, call: Callable[..., Any], *args: Any, **options: Any) -> Ended:
        """`start` and wait for its end."""
        return self.start(call, *args, **options).wait()

    def _wait(self, trial: Trial) -> Ended:
        code = self._ask(("wait", trial.pid))
        try:
            data = trial.answer.read_bytes()
        except FileNotFoundError:
            return Ended(code=code)
        trial.answer.unlink()
        value, error = pickle.loads(data)  # written by our own child
        return Ended(code=code, value=value, error=error)

    def _ask(self, request: object) -> int:
        assert self._server is not None
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        _send(self._server.stdin, request)
        answer = _receive(self._server.stdout)
        if answer is None:
            raise ChildProcessError("the warm server has died")
        return int(answer)


@functools.cache
def warm(*imports: str) -> Warm:
    """The server of this process for these imports; ends with it."""
    server = Warm(imports)
    server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return server


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return pickle.loads(pipe.read(_LENGTH.unpack(head)[0]))  # the other end is ours


# -- in the server ---------------------------------------------------------------------------


def serve(imports: Sequence[str]) -> None:
    """Answer requests on standard input until it is closed."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a trial, or a module that it takes, prints is not an answer,
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # nor are requests its input
    for name in imports:
        module, _, function = name.partition(":")
        found = importlib.import_module(module)
        if function:
            getattr(found, function)()
    while (request := _receive(requests)) is not None:
        kind, what = request
        if kind == "start":
            _send(answers, _start(what))
        else:
            _, status = os.waitpid(what, 0)
            _send(answers, os.waitstatus_to_exitcode(status))


def _start(request: Mapping[str, Any]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = _trial(request)
    finally:
        os._exit(code)  # the child of a server must not go on serving


def _trial(request: Mapping[str, Any]) -> int:
    from hygge import failpoints

    os.environ.clear()
    os.environ.update(request["env"])
    if request["cwd"]:
        os.chdir(request["cwd"])
    module, name = request["call"]
    call = getattr(importlib.import_module(module), name)
    failpoints.arm(request["failpoint"])
    value, error = None, None
    try:
        value = call(*request["args"])
    except BaseException as raised:  # boundary: whatever a trial raises is its answer
        error = raised
    failpoints.arm("")
    answer = Path(request["answer"])
    new = answer.with_suffix(".new")
    new.write_bytes(pickle.dumps((value, error)))
    new.rename(answer)
    return 0
