"""The bytes of a file: those that were flushed, and those that were only appended."""

from __future__ import annotations

from adls_server.answers import Refused
from adls_server.extents import Extent, Slice

__all__ = ["Content"]

MOST = 50_000  # appends of one file


class Content:
    """What readers see, and what waits at its position for a flush."""

    def __init__(self) -> None:
        self._flushed: list[Slice] = []
        self._waiting: dict[int, Extent] = {}
        self.length = 0  # of what readers see
        self._put = False  # whole by the Blob endpoint, to which the other one adds nothing

    def append(self, position: int, extent: Extent) -> None:
        """Keep bytes for a flush; a repeated append at one position takes the place of the first."""
        if self._put:
            raise Refused("InvalidAppendOperation")
        if position < self.length:
            raise Refused("InvalidFlushPosition", f"{position} is before the end of the file, {self.length}")
        if len(self._flushed) + len(self._waiting) >= MOST and position not in self._waiting:
            raise Refused("BlockCountExceedsLimit")
        self._waiting[position] = extent

    def flush(self, position: int, *, retain: bool = False) -> None:
        """Make all up to ``position`` visible; it has to be there without gap or overlap."""
        if self._put:
            raise Refused("InvalidFlushOperation")
        end, chain = self.length, []
        while end < position and end in self._waiting:
            chain.append(end)
            end += self._waiting[end].length
        behind = [start for start in self._waiting if start < position]
        if end != position or len(behind) != len(chain):
            raise Refused("InvalidFlushPosition", f"position {position}, contiguous until {end}")
        self._flushed += [Slice(extent, 0, extent.length) for extent in map(self._waiting.pop, chain)]
        self.length = position
        if not retain:
            self._waiting.clear()

    def replace(self, extent: Extent) -> None:
        """Have these bytes and no others."""
        self._put = True
        self._waiting.clear()
        self._flushed = [Slice(extent, 0, extent.length)] if extent.length else []
        self.length = extent.length

    def slices(self, start: int, length: int) -> tuple[Slice, ...]:
        """What lies where, of a part of what readers see."""
        found, offset, end = [], 0, start + length
        for part in self._flushed:
            first, last = max(start, offset), min(end, offset + part.length)
            if first < last:
                found.append(Slice(part.extent, part.start + first - offset, last - first))
            offset += part.length
        return tuple(found)

    def cut(self, by: int) -> None:
        """Lose the last bytes, as a broken service would."""
        kept = max(0, self.length - by)
        self._flushed = list(self.slices(0, kept))
        self.length = kept
