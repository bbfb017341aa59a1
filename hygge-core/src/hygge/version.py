"""The version, known without asking the package metadata (which costs start-up time)."""

__all__ = ["__version__"]

__version__ = "0.1.0"
