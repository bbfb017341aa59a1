"""HTTP: discovery and tokens for applications, and tokens for the machine's own identity."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from login_server.directory import LIFETIME, Directory, NoSignIn

__all__ = ["HOST", "LoginServer"]

HOST = "login.microsoftonline.com"
MACHINE_API = "2019-08-01"  # of the endpoint that App Service gives its applications


class LoginServer:
    """Answers for `HOST` and for a machine's identity, from entry to exit.

    ``asked`` has the paths of the requests. ``machine_header`` is the secret that a request for the
    machine's identity has to show; ``machine_client`` the one user-assigned identity, None for none.
    """

    def __init__(self, issue: Callable[[str], str]) -> None:
        self.directory = Directory(issue=issue)
        self.asked: list[str] = []
        self.machine_header = secrets.token_hex()
        self.machine_client: str | None = None
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> LoginServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def answer(self, target: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, Any]:
        """The document for a request; raises `NoSignIn`."""
        parts = urlsplit(target)
        path = parts.path.strip("/").split("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(parts.path)
        match path:
            case ["common", "discovery", "instance"]:
                return _discovery()
            case [tenant, "v2.0", ".well-known", "openid-configuration"]:
                self.directory.check_tenant(tenant)
                return _configuration(tenant)
            case [tenant, "oauth2", "v2.0", "token"] if form:
                token = self.directory.token(tenant, _configuration(tenant)["token_endpoint"], form)
                return {"token_type": "Bearer", "expires_in": LIFETIME, "access_token": token}
            case ["machine", "token"]:
                return self._for_the_machine(query, headers)
        raise NoSignIn(90023, "invalid_request", f"There is nothing at {parts.path}.", 404)

    def _for_the_machine(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, Any]:
        if headers.get("X-IDENTITY-HEADER") != self.machine_header or query.get("api-version") != MACHINE_API:
            raise NoSignIn(0, "invalid_request", "The request is not one of this machine.", 401)
        if query.get("client_id") != self.machine_client:
            raise NoSignIn(0, "invalid_client", "No User Assigned Managed Identity was found.")
        resource = query["resource"]
        return {
            "access_token": self.directory.issue(resource),
            "expires_on": str(int(time.time()) + LIFETIME),
            "resource": resource,
            "token_type": "Bearer",
        }


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, login: LoginServer) -> None:
        self.login = login
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""

    def _answer(self, form: Mapping[str, str]) -> None:
        status = 200
        try:
            found = self.server.login.answer(self.path, form, self.headers)
        except NoSignIn as error:
            status, found = error.status, _told(error)
        except jwt.PyJWTError as error:
            status, found = 401, _told(NoSignIn(50012, "invalid_client", f"The signature is wrong: {error}"))
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _told(error: NoSignIn) -> Mapping[str, Any]:
    trace = secrets.token_hex(16)
    text = f"AADSTS{error.number}: {error.text}" if error.number else error.text
    return {
        "error": error.kind,
        "error_description": f"{text} Trace ID: {trace} Correlation ID: {trace} Timestamp: {time.ctime()}",
        "error_codes": [error.number],
        "trace_id": trace,
        "correlation_id": trace,
    }


def _discovery() -> Mapping[str, Any]:
    aliases = [HOST, "login.windows.net"]
    return {
        "tenant_discovery_endpoint": f"https://{HOST}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": HOST, "preferred_cache": "login.windows.net", "aliases": aliases}],
    }


def _configuration(tenant: str) -> Mapping[str, str]:
    return {
        "token_endpoint": f"https://{HOST}/{tenant}/oauth2/v2.0/token",
        "authorization_endpoint": f"https://{HOST}/{tenant}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"https://{HOST}/{tenant}/oauth2/v2.0/devicecode",
        "issuer": f"https://{HOST}/{tenant}/v2.0",
    }
