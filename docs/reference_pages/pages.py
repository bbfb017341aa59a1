"""Which pages are made, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from reference_pages import commands, configuration, errors, guarantees, helpers, plugin_api

__all__ = ["all_pages"]


def all_pages() -> Mapping[str, str]:
    """Path below docs/ and text of each page; those of connectors are there for what is installed."""
    return {
        "reference/commands.md": commands.page(),
        "reference/errors.md": errors.page(),
        "reference/plugin-api.md": plugin_api.page(),
        "reference/connector-helpers.md": helpers.page(),
        "guarantees.md": guarantees.page(),
        **configuration.pages(),
    }
