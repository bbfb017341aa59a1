"""Where the benchmark keeps its environments, and how it makes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["HERE", "HYGGE", "PEERS", "environments"]

HERE = Path(__file__).parent.resolve()
HYGGE, PEERS = HERE / ".venv-hygge", HERE / ".venv-peers"


def environments() -> None:
    """One environment with hygge as a user installs it, one with the peers; both compiled."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wanted = {
        HYGGE: [
            str(HERE.parent / "hygge-core") + "[hash]",
            str(HERE.parent / "hygge-sqlite"),
            str(HERE.parent / "hygge-adls"),
        ],
        PEERS: ["-r", str(HERE / "peers.txt")],
    }
    for place, packages in wanted.items():
        if not place.exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "python", "-m", "pip", "install", "-q", *packages], check=True)
