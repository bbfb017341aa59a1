"""The pages behind the error codes: `hygge explain` and the documentation show the same."""

from hygge.explaining.pages import Page, pages

__all__ = ["Page", "pages"]
