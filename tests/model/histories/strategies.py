"""Histories at random: flows of every home, store and way to move, and steps in any order."""

from __future__ import annotations

from hypothesis import strategies as st

from histories import steps as s
from histories.source import AT, Flow
from histories.story import History

__all__ = ["KINDS", "histories"]

KINDS = ("sqlite", "parquet", "csv", "ndjson", "adls")
RUN_TYPES = st.sampled_from([None, None, None, "full_drop", "incremental"])
OFFSETS = st.sampled_from([1, 0, 2, -1, -2, -3, -5, None])
PLACES = st.integers(0, 20)
POINTS = st.integers(1, 60)

CHANGES = st.one_of(
    st.builds(s.Insert, st.lists(OFFSETS, min_size=1, max_size=4).map(tuple)),
    st.builds(s.Insert, st.lists(OFFSETS, min_size=1, max_size=4).map(tuple)),
    st.builds(s.Update, PLACES, st.one_of(st.just(s.KEEP), OFFSETS)),
    st.builds(s.Copy, PLACES),
    st.builds(s.Delete, PLACES),
)
SHAPES = st.one_of(
    st.builds(s.AddColumn, st.just("x"), st.sampled_from(["int32", "int64", "string"])),
    st.builds(s.DropColumn, st.sampled_from(["note", "x"])),
    st.builds(s.Rename),
    st.builds(s.Retype, st.sampled_from(["int32", "int64", "string"])),
    st.builds(s.Reorder),
)
DEFINITIONS = st.one_of(
    st.builds(s.Where, st.sampled_from([None, 20, 50])),
    st.builds(s.Narrow, st.sampled_from([None, ("id", AT), (AT, "id", "note")])),
    st.builds(s.Lookback, st.integers(0, 4)),
)
RUNS = st.one_of(
    st.builds(s.Run, RUN_TYPES, st.booleans()),
    st.builds(s.Run),
    st.builds(s.Run),
    st.builds(s.Crash, POINTS, RUN_TYPES),
    st.builds(s.Crash, POINTS),
    st.builds(s.Fail, POINTS, RUN_TYPES),
    st.builds(s.Backfill, OFFSETS, OFFSETS),
    st.builds(s.Retry),
    st.builds(s.Meanwhile, st.integers(1, 2)),
)
RIVALS = st.one_of(st.builds(s.Race, POINTS), st.builds(s.Elsewhere), st.builds(s.Rival, POINTS))
HANDS = st.one_of(
    st.builds(s.SetMark, st.integers(-4, 2)), st.builds(s.Reset), st.builds(s.Adopt), st.builds(s.Discard)
)
LOSSES = st.one_of(
    st.builds(s.LoseJournal),
    st.builds(s.LoseTarget),
    st.builds(s.LoseFile, PLACES),
    st.builds(s.BackUp),
    st.builds(s.Restore, st.booleans(), st.booleans()),
)
STEPS = st.one_of(CHANGES, RUNS, CHANGES, RUNS, RIVALS, HANDS, LOSSES, SHAPES, DEFINITIONS)
PLAIN = st.builds(s.Run)
CHAPTERS = st.one_of(  # steps that make sense together come together more often than by chance
    st.tuples(STEPS),
    st.tuples(CHANGES, RUNS),
    st.tuples(CHANGES, st.one_of(RUNS, RIVALS), st.one_of(HANDS, LOSSES), PLAIN),
    st.tuples(st.one_of(SHAPES, DEFINITIONS), CHANGES, PLAIN, HANDS, PLAIN),
)


@st.composite
def _flows(draw: st.DrawFn, home: str, store: str) -> Flow:
    watermark = home == "sqlite" or draw(st.integers(0, 3)) > 0
    at = draw(st.sampled_from(["int64", "timestamp[us]", "date32[day]", "string"]))
    run_type = draw(st.sampled_from(["incremental", "incremental", "incremental", "full_drop"]))
    return Flow(
        home=home,
        store=store,
        at=at,
        run_type=run_type,
        watermark=watermark,
        keys=draw(st.booleans()),
        write=draw(st.sampled_from(["auto", "auto", "append"])) if run_type == "incremental" else "auto",
        lookback=draw(st.integers(0, 3)) if watermark and at != "string" else 0,
        nulls=draw(st.sampled_from(["include", "skip", "fail"])),
        drift=draw(st.sampled_from(["evolve", "evolve", "strict"])),
        one_journal=draw(st.booleans()),
    )


def histories(home: str, store: str, chapters: int = 5) -> st.SearchStrategy[History]:
    """Histories of a flow from this kind of home to this kind of store."""
    told = st.lists(CHAPTERS, min_size=1, max_size=chapters)
    steps = told.map(lambda parts: tuple(step for part in parts for step in part))
    return st.builds(History, flow=_flows(home, store), steps=steps)
