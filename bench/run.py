"""The figures that hygge publishes: `python bench/run.py [CASE ...]` measures and writes RESULTS.md.

Makes two environments beside this file, one with hygge as it is installed, one with the peers, and
databases and files in bench/data: seven gigabytes for 10M rows and the files made of them, fourteen for
30M, and as much again while tables are copied.
"""

from __future__ import annotations

import argparse

from cases import CASES, table_copy
from measure import measure
from places import HERE, environments
from results import kept, lines_of, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; default: all but 30M")
    parser.add_argument("--rows", type=int, help="copy one table of that many rows, next to DuckDB")
    parser.add_argument("--runs", type=int, help="rounds of each case")
    options = parser.parse_args()
    if unknown := sorted(set(options.case) - set(CASES)):
        parser.error(f"unknown case {', '.join(unknown)}; there are {', '.join(CASES)}")
    if options.rows:
        chosen = [table_copy(options.rows, "duckdb", runs=3)]
    else:
        chosen = [CASES[name] for name in options.case or [name for name in CASES if name != "30M"]]
    environments()
    path = HERE / "RESULTS.md"
    for case in chosen:
        figures = measure(case.commands(), options.runs or case.runs)
        lines = kept(path) | {case.title: lines_of(case.title, figures, case.target)}
        print(*lines[case.title], sep="\n", flush=True)
        known = [other.title for other in CASES.values()]
        write(path, {title: lines[title] for title in [*known, *(lines.keys() - known)] if title in lines})


if __name__ == "__main__":
    main()
