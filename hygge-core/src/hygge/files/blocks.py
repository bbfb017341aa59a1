"""Text files in blocks that end where a record ends, so that each block can be parsed by itself."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["BLOCK", "PART", "as_value", "blocks", "lines", "matches", "worked"]

T = TypeVar("T")
BLOCK = 4 << 20  # bytes; little enough to hold one for each worker, and one more
PART = 1 << 20  # bytes of a block that a parser takes at once: what fits the processor's cache
MOST_WORKERS = 4
LONGEST = 1 << 28  # bytes that one record may have; else a quote that nobody closed would fill the memory
BOM = b"\xef\xbb\xbf"


def blocks(stream: pa.NativeFile, end_of: Callable[[bytes], int], size: int = BLOCK) -> Iterator[bytes]:
    """The content of ``stream``, without a byte order mark, cut behind the end of a record.

    ``end_of`` tells where the last whole record of some bytes ends; 0 if none does. The last block is
    what is left. A record longer than ``size`` makes its block as long as itself; one longer than
    `LONGEST` raises `ValueError`.
    """
    parts: list[bytes] = []
    want = size
    first = True
    while data := stream.read(want):
        if first:
            data, first = data.removeprefix(BOM), False
        parts.append(data)
        whole = b"".join(parts)
        end = end_of(whole)
        if end:
            yield whole[:end]
            parts, want = [whole[end:]], size
        elif len(whole) > LONGEST:
            raise ValueError(f"a record is longer than {LONGEST >> 20} MiB")
        else:
            parts, want = [whole], max(size, len(whole))  # or a long record would be read many times
    rest = b"".join(parts)
    if rest:
        yield rest


def lines(stream: pa.NativeFile, limit: int) -> int:
    """Line ends in the first ``limit`` bytes of the content."""
    count = 0
    for block in blocks(stream, len):
        part = block[:limit]
        count += part.count(b"\n") or part.count(b"\r")
        limit -= len(part)
        if limit <= 0:
            break
    return count


def worked(
    found: Iterator[bytes], work: Callable[[bytes], T], *, alone: bool
) -> Iterator[tuple[bytes, Future[T]]]:
    """Each block with what ``work`` makes of it, in order; ``alone``: several are worked on at a time."""
    workers = min(MOST_WORKERS, os.cpu_count() or 1) if alone else 1
    with ThreadPoolExecutor(workers, thread_name_prefix="hygge-read") as pool:
        waiting: deque[tuple[bytes, Future[T]]] = deque()
        for block in found:
            waiting.append((block, pool.submit(work, block)))
            if len(waiting) > workers:
                yield waiting.popleft()
        yield from waiting


def as_value(block: bytes) -> pa.Array:
    """The block as the one value of an array, so that Arrow's kernels look through it; nothing is copied."""
    ends = pa.array([0, len(block)], pa.int64()).buffers()[1]
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(block)])


def matches(block: bytes, pattern: str) -> bool:
    """Whether a regular expression is found anywhere in the block."""
    return bool(pc.match_substring_regex(as_value(block), pattern)[0].as_py())
