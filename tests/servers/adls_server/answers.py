"""What the service says: answers, and errors with the codes and statuses it documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from adls_server.extents import Slice

__all__ = ["Answer", "Refused", "refusal"]

# "Common REST API error codes", "Blob Storage error codes" and the list at the end of every page of the
# Data Lake Storage Gen2 REST reference.
STATUS = {
    "AuthenticationFailed": (403, "The server failed to authenticate the request."),
    "AuthorizationPermissionMismatch": (403, "This request is not authorized with this permission."),
    "AuthorizationProtocolMismatch": (403, "This request is not authorized with this protocol."),
    "AuthorizationResourceTypeMismatch": (403, "This request is not authorized with this resource type."),
    "AuthorizationServiceMismatch": (403, "This request is not authorized with this service."),
    "AuthorizationSourceIPMismatch": (403, "This request is not authorized from this source IP."),
    "BlobAlreadyExists": (409, "The specified blob already exists."),
    "BlockCountExceedsLimit": (409, "A file is made of 50,000 appends at most."),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "ConditionNotMet": (412, "The condition given by conditional headers is not met."),
    "ContainerAlreadyExists": (409, "The specified container already exists."),
    "ContainerBeingDeleted": (409, "The specified container is being deleted. Try again later."),
    "ContainerNotFound": (404, "The specified container does not exist."),
    "ContentLengthMustBeZero": (400, "The Content-Length request header must be zero."),
    "Crc64Mismatch": (400, "The CRC64 given in the request does not match that of its content."),
    "DirectoryNotEmpty": (409, "Deleting a directory with content needs recursive=true."),
    "FilesystemAlreadyExists": (409, "The specified filesystem already exists."),
    "FilesystemBeingDeleted": (409, "The specified filesystem is being deleted. Try again later."),
    "FilesystemNotFound": (404, "The specified filesystem does not exist."),
    "FriendlyNameSupportDisabled": (400, "Workspace and item are both told by name or both by id."),
    "InternalError": (500, "The server met an internal error. Please retry."),
    "InvalidAppendOperation": (409, "What the Blob endpoint wrote is not appended to by the other."),
    "InvalidAuthenticationInfo": (401, "The authentication information is not valid."),
    "InvalidFlushOperation": (409, "What the Blob endpoint wrote is not flushed by the other."),
    "InvalidFlushPosition": (400, "The data is not contiguous, or position is not its end."),
    "InvalidHeaderValue": (400, "The value of a header is not in the correct format."),
    "InvalidInput": (400, "One of the request inputs is not valid."),
    "InvalidMd5": (400, "The MD5 given in the request is not 128 bits in Base64."),
    "InvalidQueryParameterValue": (400, "The value of a query parameter is invalid."),
    "InvalidRange": (416, "The range is not within the resource."),
    "InvalidRenameSourcePath": (409, "The source must not be an ancestor of the destination."),
    "InvalidResourceName": (400, "The specified resource name is not valid."),
    "InvalidSourceOrDestinationResourceType": (409, "Source and destination are not of one type."),
    "InvalidSourceUri": (400, "The source URI is invalid."),
    "InvalidUri": (400, "The request URI is invalid."),
    "KeyBasedAuthenticationNotPermitted": (403, "Key based authentication is not permitted here."),
    "LeaseAlreadyBroken": (409, "The lease has been broken already."),
    "LeaseAlreadyPresent": (409, "There is a lease present."),
    "LeaseIdMismatchWithBlobOperation": (412, "The lease id does not match that of the resource."),
    "LeaseIdMismatchWithLeaseOperation": (409, "The lease id does not match that of the resource."),
    "LeaseIdMissing": (412, "There is a lease on the resource, and the request has no lease id."),
    "LeaseIsBreakingAndCannotBeAcquired": (409, "The lease is being broken; acquire it afterwards."),
    "LeaseIsBreakingAndCannotBeChanged": (409, "The lease is being broken; it cannot be changed."),
    "LeaseIsBrokenAndCannotBeRenewed": (409, "The lease has been broken; it cannot be renewed."),
    "LeaseLost": (412, "The lease with this id has ended."),
    "LeaseNotPresentWithBlobOperation": (412, "There is no lease on the resource."),
    "LeaseNotPresentWithLeaseOperation": (409, "There is no lease on the resource."),
    "Md5Mismatch": (400, "The MD5 given in the request does not match that of its content."),
    "MetadataTooLarge": (400, "The metadata is larger than 8 KiB."),
    "MissingContentLengthHeader": (411, "The Content-Length header was not given."),
    "MissingRequiredHeader": (400, "A header that this request needs was not given."),
    "MissingRequiredQueryParameter": (400, "A query parameter that this request needs was not given."),
    "MultipleConditionHeadersNotSupported": (400, "These conditional headers do not go together."),
    "NoAuthenticationInformation": (401, "The request carries no authentication information."),
    "OutOfRangeQueryParameterValue": (400, "A query parameter is outside its range."),
    "OutOfRangeInput": (400, "One of the request inputs is out of range."),
    "PathAlreadyExists": (409, "The specified path already exists."),
    "PathConflict": (409, "The path, or a part of it, exists with a type that does not fit."),
    "PathNotFound": (404, "The specified path does not exist."),
    "RenameDestinationParentPathNotFound": (404, "The parent of the destination does not exist."),
    "RequestBodyTooLarge": (413, "The request body is too large."),
    "ServerBusy": (503, "The server is busy."),
    "SourceConditionNotMet": (412, "The source condition given by conditional headers is not met."),
    "SourcePathNotFound": (404, "The source of the rename does not exist."),
    "UnsupportedHeader": (400, "A header of this request is not supported."),
    "UnsupportedHttpVerb": (405, "The resource does not support this verb."),
    "UnsupportedQueryParameter": (400, "A query parameter of this request is not supported."),
}


class Refused(Exception):
    """The request is answered with an error; nothing has been done."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, detail)
        known, message = STATUS[code] if status is None else STATUS.get(code, (status, ""))
        self.code = code
        self.status = known if status is None else status
        self.message = f"{message} {detail}".strip()
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the client."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    slices: tuple[Slice, ...] = ()  # a body that is sent from the disk
    length: int = 0  # bytes of the slices; of a HEAD, what a GET would send
    code: str = ""  # the error code, of an error


def refusal(refused: Refused, service: str) -> Answer:
    """The error as the DFS endpoint (JSON) or the Blob endpoint (XML) words it."""
    if service == "dfs":
        kind = "application/json;charset=utf-8"
        body = json.dumps({"error": {"code": refused.code, "message": refused.message}}).encode()
    else:
        kind = "application/xml"
        body = (
            '<?xml version="1.0" encoding="utf-8"?><Error>'
            f"<Code>{escape(refused.code)}</Code><Message>{escape(refused.message)}</Message></Error>"
        ).encode()
    if refused.status == 304:
        kind, body = "", b""
    headers = {"x-ms-error-code": refused.code, **({"Content-Type": kind} if kind else {}), **refused.headers}
    return Answer(status=refused.status, headers=headers, body=body, code=refused.code)
