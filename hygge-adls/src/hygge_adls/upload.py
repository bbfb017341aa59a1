"""A new file, sent in chunks side by side while it is being made."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from azure.core import MatchConditions

from hygge.failpoints import failpoint
from hygge_adls.patience import Patience

if TYPE_CHECKING:
    from azure.storage.filedatalake import DataLakeFileClient, FileProperties

__all__ = ["CHUNK", "MARK", "Upload"]

T = TypeVar("T")
CHUNK = 8 << 20  # bytes of one request
AT_ONCE = 4  # requests of one file under way
MARK = "hygge_upload"  # the metadata that tells whose file it is


class Upload:
    """Create, append at positions, flush: what is not flushed nobody sees.

    At most ``at_once + 1`` chunks are in memory. The file carries an id of its own, so that after a
    lost answer it can be told from somebody else's. Raises `FileExistsError` if a file is there.

    ``whole`` makes a file of given bytes in one request, unless one is there; with it, what is shorter
    than a chunk at the one `sync` is sent that way, and the file is not made before that is known.
    """

    def __init__(
        self,
        client: DataLakeFileClient,
        address: str,
        patience: Patience,
        *,
        whole: Callable[[bytes], bool] | None = None,
        chunk: int = CHUNK,
        at_once: int = AT_ONCE,
    ) -> None:
        self._client, self._address, self._patience = client, address, patience
        self._whole = whole
        self._chunk, self._at_once = chunk, at_once
        self._mark = uuid.uuid4().hex
        self._held: list[memoryview] = []
        self._held_bytes = 0
        self._sent = 0  # bytes handed to requests
        self._flushed = 0
        self._under_way: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False
        self._etag = ""
        if whole is None:
            self._make()

    def write(self, data: bytes, /) -> int:
        # Bytes can't change and are kept as they are; what else comes may be written over by its owner.
        view = memoryview(data if isinstance(data, bytes) else bytes(data))
        size = len(view)
        while len(view) >= (room := self._chunk - self._held_bytes):
            self._held.append(view[:room])
            self._send()
            view = view[room:]
        if len(view):
            self._held.append(view)
            self._held_bytes += len(view)
        return size

    def tell(self) -> int:
        return self._sent + self._held_bytes

    def flush(self) -> None:
        """Arrow flushes what it closes; only `sync` makes bytes visible."""

    @property
    def closed(self) -> bool:
        return self._closed

    def sync(self) -> None:
        if self._whole is not None:
            self._send_whole(self._whole)
            return
        if self._held_bytes and not self._under_way:
            self._append_last()
            return
        if self._held_bytes:
            self._send()
        self._all_sent()
        if self._sent > self._flushed:
            self._etag = self._ask(lambda: self._flush(self._sent), lambda: self._is_flushed(self._sent))
            self._flushed = self._sent

    def finish(self) -> None:
        try:
            self.sync()
        finally:
            self.close()

    def close(self) -> None:
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    # -- sending ------------------------------------------------------------------------------

    def _make(self) -> None:
        self._whole = None
        self._etag = self._ask(self._create, self._created)

    def _send_whole(self, whole: Callable[[bytes], bool]) -> None:
        data = b"".join(self._held)
        failpoint("adls.whole")
        if not whole(data):
            raise FileExistsError(errno.EEXIST, "a file is there", self._address)
        self._held, self._held_bytes, self._sent, self._flushed = [], 0, len(data), len(data)
        self._whole = None

    def _send(self) -> None:
        if self._whole is not None:
            self._make()
        data, position = b"".join(self._held), self._sent
        self._held, self._held_bytes = [], 0
        self._sent += len(data)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="upload")
        while len(self._under_way) >= self._at_once:
            self._under_way.pop(0).result()
        self._under_way.append(self._pool.submit(self._append, data, position))

    def _all_sent(self) -> None:
        while self._under_way:
            self._under_way.pop(0).result()

    def _append(self, data: bytes, position: int) -> None:
        failpoint("adls.append")
        self._ask(lambda: self._client.append_data(data, position, len(data)))

    def _append_last(self) -> None:
        """The rest and the flush in one request."""
        data, position = b"".join(self._held), self._sent
        end = position + len(data)
        failpoint("adls.append")
        self._etag = self._ask(lambda: self._append_flush(data, position), lambda: self._is_flushed(end))
        self._held, self._held_bytes, self._sent, self._flushed = [], 0, end, end

    # -- requests -----------------------------------------------------------------------------

    def _create(self) -> str:
        answer = self._client.create_file(
            metadata={MARK: self._mark}, match_condition=MatchConditions.IfMissing
        )
        return str(answer["etag"])

    def _append_flush(self, data: bytes, position: int) -> str:
        answer = self._client.append_data(data, position, len(data), flush=True)
        return str(answer.get("etag") or "")

    def _flush(self, end: int) -> str:
        pin: dict[str, Any] = {}
        if self._etag:
            pin = {"etag": self._etag, "match_condition": MatchConditions.IfNotModified}
        return str(self._client.flush_data(end, **pin)["etag"])

    def _created(self) -> str | None:
        found = self._mine()
        return str(found.etag) if found is not None else None

    def _is_flushed(self, end: int) -> str | None:
        found = self._mine()
        return str(found.etag) if found is not None and found.size == end else None

    def _mine(self) -> FileProperties | None:
        try:
            found = self._ask(self._client.get_file_properties)
        except FileNotFoundError:
            return None
        return found if (found.metadata or {}).get(MARK) == self._mark else None

    def _ask(self, call: Callable[[], T], settle: Callable[[], T | None] | None = None) -> T:
        return self._patience.ask(call, self._address, settle)
