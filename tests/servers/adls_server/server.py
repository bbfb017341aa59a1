"""The server as a test or a bench starts it."""

from __future__ import annotations

import base64
import hashlib
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from adls_server.auth import Gate
from adls_server.clock import Clock
from adls_server.extents import Extents
from adls_server.faults import FaultScript
from adls_server.front import Front
from adls_server.log import RequestLog
from adls_server.onelake import OneLake
from adls_server.service import Service
from adls_server.state import Limits, State
from adls_server.tokens import STORAGE, Tokens
from adls_server.tree import Tree

__all__ = ["AdlsServer"]


class AdlsServer:
    """One account, DFS and Blob endpoint on one port of this machine; gone with all it holds at the end.

        with AdlsServer() as server:
            DataLakeServiceClient(server.url, credential=server.key)

    ``onelake`` makes it OneLake, with its rules and with tokens only; then it is reached through
    `adls_server.transport.RewritingTransport`. The account of an ordinary server is reached both ways.
    """

    def __init__(self, account: str = "hyggetest", *, onelake: bool = False, port: int = 0) -> None:
        self.account = "onelake" if onelake else account
        self.key = base64.b64encode(hashlib.sha512(self.account.encode()).digest()).decode()
        self.clock = Clock()
        self.tokens = Tokens(self.clock, _audiences(self.account, onelake))
        self.limits = Limits()
        self._folder = tempfile.TemporaryDirectory(prefix="adls-", ignore_cleanup_errors=True)
        tree = Tree(self.clock)
        rules = OneLake(tree) if onelake else None
        gate = Gate(
            account=self.account,
            key=self.key,
            clock=self.clock,
            tokens=self.tokens,
            keys_allowed=not onelake,
        )
        state = State(
            clock=self.clock,
            tree=tree,
            extents=Extents(Path(self._folder.name)),
            gate=gate,
            limits=self.limits,
            onelake=rules,
        )
        self._rules = rules
        self._front = Front(Service(state), port, self.account)
        self._thread = threading.Thread(target=self._front.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> AdlsServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._front.shutdown()
        self._front.server_close()
        self._thread.join()
        self._folder.cleanup()

    @property
    def port(self) -> int:
        return int(self._front.server_address[1])

    @property
    def origin(self) -> str:
        """Where the server listens, without the account."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The path-style address of the account, for a key or a shared access signature."""
        return f"{self.origin}/{self.account}"

    @property
    def real_url(self) -> str:
        """The address that the account would have in the cloud, for the transport that rewrites."""
        host = "onelake.dfs.fabric.microsoft.com" if self._rules else f"{self.account}.dfs.core.windows.net"
        return f"https://{host}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={self.account};AccountKey={self.key};"
            f"BlobEndpoint={self.url};DfsEndpoint={self.url}"
        )

    @property
    def log(self) -> RequestLog:
        return self._front.log

    @property
    def faults(self) -> FaultScript:
        return self._front.faults

    def settled(self, seconds: float = 30) -> None:
        """Return when no request is under way, also none whose client has given up."""
        if not self._front.settled(seconds):
            raise TimeoutError(f"requests are still under way after {seconds} s")

    @property
    def onelake(self) -> OneLake:
        """The tenant, to make workspaces and items in."""
        assert self._rules is not None, "an account of its own, not OneLake"
        return self._rules


def _audiences(account: str, onelake: bool) -> tuple[str, ...]:
    return (STORAGE,) if onelake else (STORAGE, f"https://{account}.blob.core.windows.net")
