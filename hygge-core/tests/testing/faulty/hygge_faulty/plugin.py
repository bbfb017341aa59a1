"""Registers the faulty stores and homes; each promises what the reference promises."""

from __future__ import annotations

from collections.abc import Sequence

from hygge_reference.plugin import PROMISES

from hygge import HomeCapabilities, HomeType, StoreType, hookimpl

STORES = (
    "Peeking", "Doubling", "Losing", "Promising", "Forgetting", "Belated", "Baseless", "Hasty", "Undoing",
    "Leaky", "Idle", "Trusting", "Guessing", "Floating", "Unsendable", "Restaging", "Blanking", "Cutting",
    "Sweeping", "Swallowing", "Remembering", "Emptying", "Unmindful", "Narrowing", "Shortsighted",
    "Presuming", "Quiet", "Absent", "Textual", "Echoing", "Fitting", "Mute", "Unwatchful", "Wiping",
    "Confiding", "Premature", "Outdated", "Crossing", "Concluding",
)  # fmt: skip
REMOTE_STORES = ("Telling", "Stubborn", "Credulous", "Impatient", "Indiscreet")
HOMES = (
    "Unbounded", "Overlapping", "Gaping", "Nullless", "Exclusive", "Sampling", "Rounding", "Heedless",
    "Chameleon", "Stingy", "Bulky", "Customary",
)  # fmt: skip
POSITIONS = ("Counting", "Overreaching")
REMOTE_HOMES = ("Curtailed",)
BY_COLUMN = HomeCapabilities(incremental=True, stable_splits=True)


@hookimpl
def hygge_stores() -> Sequence[StoreType]:
    return [
        StoreType(
            name=fault.lower(),
            factory=f"hygge_faulty.{module}:{fault}",
            config_schema=f"hygge_reference:{like}.schema.json",
            summary="breaks one law",
            capabilities=PROMISES,
        )
        for like, module, faults in (
            ("reference", "stores", STORES),
            ("remote", "remote_stores", REMOTE_STORES),
        )
        for fault in faults
    ]


@hookimpl
def hygge_homes() -> Sequence[HomeType]:
    return [
        HomeType(
            name=fault.lower(),
            factory=f"hygge_faulty.homes:{fault}",
            config_schema=f"hygge_reference:{like}.schema.json",
            summary="breaks one law",
            capabilities=capabilities,
        )
        for like, faults, capabilities in (
            ("reference", HOMES, BY_COLUMN),
            ("reference", POSITIONS, HomeCapabilities(positions=True, stable_splits=True)),
            ("remote", REMOTE_HOMES, BY_COLUMN),
        )
        for fault in faults
    ]
