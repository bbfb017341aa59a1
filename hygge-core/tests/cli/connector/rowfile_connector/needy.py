"""A module whose driver nobody has."""

import no_such_driver  # noqa: F401  # that it is missing is the point
