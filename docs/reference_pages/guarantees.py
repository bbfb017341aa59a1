"""The page of guarantees: what homes and stores promise, each cell beside the test that proves it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hygge.plugins import registry
from hygge.testing import type_rows
from reference_pages.markdown import table
from reference_pages.promises import HOMES, JOURNALS, REFUSED, STORES, Promise
from reference_pages.suites import Suite, suites

__all__ = ["page"]


TYPES = "test_values_come_back_as_declared_or_are_refused_before_anything_is_visible"

HEAD = """# Guarantees

What each home and store promises. Every cell is linked to the test file that proves it; the link's title
names the test. The laws are those of the [conformance kit](guides/conformance-kit.md), the same for every
connector. "Refused" means: with an error that says what to do instead, before any row is read.

Across all of them, random histories of runs, crashes, lost journals and restored destinations are compared
with a [model of the truth](../tests/model/test_histories.py), and runs are
[killed at every step](../tests/faults/test_kills.py) that there is.

Not covered by any home: rows that arrive below the watermark less the lookback, deletions at the source
between full drops (unless the home tells them), rows edited in place without a new watermark value. Linux is
tested; a local disk has to keep what `fsync` promised.

With file stores, a reader that listed a folder just before a full drop may find a file gone, and has to list
again; it never sees a mixture. Read an entity's folder, not a glob over the whole store: in the instant of
the exchange the old and the new folder both lie below its root.
"""


def page() -> str:
    """Tables of stores, homes and journals, declared gaps, types."""
    return "\n".join(
        [
            HEAD,
            "## Stores\n",
            _promises("store", STORES),
            "\n## Homes\n",
            _promises("home", HOMES),
            "\n## Journals\n",
            _promises("journal", JOURNALS),
            "\n## Gaps\n",
            "Laws that a connector declares not to keep. Its suite fails once such a law holds.\n",
            table(["connector", "law", "why"], _gaps()),
            "\n## Types that a store gives back\n",
            "What becomes of an Arrow type that the store writes and the home of the same name reads, CSV and"
            " NDJSON with the types declared. The values that are hard to keep are among those tried: ends of"
            " integers, 76 digits, the years 1 and 9999, NUL, nulls.\n",
            _types(),
            "",
        ]
    )


def _of(role: str) -> list[Suite]:
    return [suite for (its, _), suite in suites().items() if its == role]


def _promises(role: str, promises: Iterable[Promise]) -> str:
    found = _of(role)
    rows = [[promise.said, *(_cell(suite, promise) for suite in found)] for promise in promises]
    return table([role, *(f"`{suite.type}`" for suite in found)], rows)


def _cell(suite: Suite, promise: Promise) -> str:
    gap = getattr(suite.tests, "gaps", {}).get(promise.law)
    if gap is not None:
        return suite.link(f"gap: {gap.reason}", promise.law)
    shown = promise.shown(_promised(suite))
    if shown != REFUSED or not promise.elsewhere:
        return suite.link(shown, promise.law)
    file, _, test = promise.elsewhere.rpartition("::")
    return f'[{shown}](../{file} "{test}")' if file else suite.link(shown, test)


def _promised(suite: Suite) -> Any:
    if suite.role == "journal":
        return None
    installed = registry()
    of_role = installed.home_type if suite.role == "home" else installed.store_type
    return of_role(suite.type).capabilities


def _gaps() -> list[list[str]]:
    return [
        [
            f"{suite.role} `{suite.type}`",
            suite.link(law[5:].replace("_", " "), law.partition("[")[0]),
            gap.reason,
        ]
        for suite in suites().values()
        for law, gap in sorted(getattr(suite.tests, "gaps", {}).items())
    ]


def _types() -> str:
    stores = _of("store")
    columns = [{row.case: row.outcome for row in type_rows(suite.tests)} for suite in stores]
    rows = [
        [
            f"`{case}`",
            *(
                suite.link(_outcome(column[case]), f"{TYPES}[{case}]")
                for suite, column in zip(stores, columns, strict=True)
            ),
        ]
        for case in columns[0]
    ]
    return table(["type", *(f"`{suite.type}`" for suite in stores)], rows)


def _outcome(outcome: str) -> str:
    return outcome if outcome in ("exact", "refused") else f"as `{outcome}`"
