"""The CRC64 of Azure Storage (polynomial 0x9A6C9329AC4BC9B5, reflected), byte by byte: for small bodies."""

from __future__ import annotations

__all__ = ["crc64"]

POLYNOMIAL = 0x9A6C9329AC4BC9B5
ALL_ONES = 0xFFFFFFFFFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
    return value


TABLE = tuple(_entry(value) for value in range(256))


def crc64(data: bytes | memoryview, before: int = 0) -> int:
    """The CRC64 of what came before and ``data``."""
    value = before ^ ALL_ONES
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ ALL_ONES
