"""The reference pages and docs/guarantees.md, made from schemas, commands, error codes and promises.

``PYTHONPATH=docs python -m reference_pages`` writes them; a test says when one is stale.
"""

from reference_pages.pages import all_pages

__all__ = ["all_pages"]
