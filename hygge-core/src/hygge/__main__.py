"""``python -m hygge`` is the `hygge` command."""

import sys

from hygge.cli import main

if __name__ == "__main__":
    sys.exit(main())
