"""What the service answers, in the words of the file-system interface: `OSError` of the usual kinds."""

from __future__ import annotations

import errno
import re

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from hygge_adls.remedies import NO_TOKEN_FILE, cut_off, remedy

__all__ = [
    "STUMBLES",
    "code_of",
    "may_be_applied",
    "meant",
    "no_sign_in",
    "retry_after",
    "said",
    "status_of",
    "told",
    "will_pass",
]

PASSING = frozenset({408, 429, 500, 502, 503, 504})
STUMBLES = (AzureError, AttributeError, TypeError)
"""What the SDK raises when a request fails; see `meant`."""
REJECTED = frozenset({429})  # the service says that it has not begun
MISSING = frozenset(
    {
        "PathNotFound",
        "BlobNotFound",
        "ResourceNotFound",
        "SourcePathNotFound",
        "RenameDestinationParentPathNotFound",
    }
)
NOWHERE = frozenset({"FilesystemNotFound", "ContainerNotFound"})
QUERY = re.compile(r"(?<=[^\s?])\?[^\s'\")]*=[^\s'\")]*")
"""The part of an address in which a signature may stand."""
NO_ANSWER = re.compile(r"""Caused by \w+\(["'](?:\w+\(.*?\): )?(.*)["']\)""")
"""The part that says something in what urllib3 makes of a connection that failed."""
INNER = re.compile(r"""["'], \w+\(["'](?:\w+\(.*?\): )?""")
"""What stands in it between an error and the one within, as of a proxy."""
THERE = frozenset({"PathAlreadyExists", "BlobAlreadyExists", "ResourceAlreadyExists"})
CHANGED = frozenset({"ConditionNotMet", "SourceConditionNotMet", "PreconditionFailed"})
"""Of the refusals with 412; others speak of leases."""


def code_of(error: AzureError) -> str:
    """The service's error code, such as ``PathNotFound``; empty where there is none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def status_of(error: AzureError) -> int:
    """The HTTP status; 0 where no answer came."""
    return int(getattr(error, "status_code", None) or 0)


def will_pass(error: AzureError) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, ClientAuthenticationError):
        return code_of(error) == "ExpiredAuthenticationToken" or cut_off(error)
    if isinstance(error, HttpResponseError) and status_of(error):
        return status_of(error) in PASSING
    return isinstance(error, ServiceRequestError | ServiceResponseError | HttpResponseError)


def may_be_applied(error: AzureError) -> bool:
    """Whether the service may have done what it was asked, although the answer is an error or lost."""
    return status_of(error) not in REJECTED


def retry_after(error: AzureError) -> float | None:
    """Seconds that the service asks to wait."""
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or {}
    for name, unit in (("retry-after-ms", 1000), ("x-ms-retry-after-ms", 1000), ("Retry-After", 1)):
        value = headers.get(name)
        if value is not None and value.strip().isdigit():
            return int(value) / unit
    return None


def told(error: AzureError, address: str) -> OSError:
    """The `OSError` of an answer that is final; its ``remedy`` says what to do about it."""
    found = _kind(error, address)
    found.remedy = remedy(error, code_of(error))  # type: ignore[attr-defined]  # `hygge.files.trouble` looks for it
    return found


def _kind(error: AzureError, address: str) -> OSError:
    status, code = status_of(error), code_of(error)
    if code in NOWHERE:  # no file system is not an empty one
        return OSError(errno.ENXIO, said(error), address)
    if status == 404 or code in MISSING:
        return FileNotFoundError(errno.ENOENT, said(error), address)
    if code in THERE:
        return FileExistsError(errno.EEXIST, said(error), address)
    if status in (401, 403) or isinstance(error, ClientAuthenticationError):
        return PermissionError(errno.EACCES, said(error), address)
    if code in CHANGED:
        return OSError(errno.ESTALE, "it changed meanwhile", address)
    return OSError(errno.EIO, said(error), address)


def no_sign_in(raised: FileNotFoundError, address: str) -> OSError:
    """The error of a sign-in that lacks a file of its own, which says nothing of what is at ``address``."""
    found = PermissionError(errno.EACCES, f"signing in needs {raised.filename}, which is not there", address)
    found.remedy = NO_TOKEN_FILE  # type: ignore[attr-defined]  # as in `told`
    return found


def said(error: AzureError) -> str:
    """One line: the code and the first line of what was said, without request ids and headers."""
    first = next((line.strip() for line in str(error.message or error).splitlines() if line.strip()), "")
    cause = NO_ANSWER.search(first)
    first = QUERY.sub("", INNER.sub(": ", cause[1]) if cause else first.partition(" Trace ID: ")[0])
    code = code_of(error)
    return f"{code}: {first}" if code and code not in first else first or type(error).__name__


def meant(raised: Exception) -> AzureError:
    """The error that the SDK was about to tell when it stumbled over the body of the answer.

    It takes every ``error`` for a mapping, which is a word where somebody signs in, and every message for
    a text, which a gateway leaves out.
    """
    if isinstance(raised, AzureError):
        return raised
    found = raised.__context__
    while found is not None and _is_from_the_sdk(raised):
        if isinstance(found, AzureError):
            return found
        found = found.__context__
    raise raised


def _is_from_the_sdk(raised: Exception) -> bool:
    trace = raised.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__")).startswith("azure.")
