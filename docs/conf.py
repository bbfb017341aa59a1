"""Sphinx: how docs/ becomes a site. `nox -s docs` builds it, strictly and without a network."""

project = "hygge"
extensions = ["myst_parser"]
exclude_patterns = ["reference_pages", "_build", "README.md"]
html_theme = "furo"
html_title = "hygge"
html_copy_source = False
myst_heading_anchors = 3
nitpicky = True
