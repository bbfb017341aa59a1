"""Stores behind a service that are the reference but for one fault each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from hygge_reference.remote import Service
from hygge_reference.tables import Content

from hygge.errors import CommitUnknown, NeedsUser, TransientError
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt, Target
from hygge.secrets import resolve
from hygge_faulty.stores import Faulty

if TYPE_CHECKING:
    from hygge_reference.place import Place


class Remote(Faulty):
    """Behind a service, or behind one that is told otherwise than it says."""

    service: ClassVar[type[Service]] = Service

    def place(self) -> Place:
        return self.service(self.config)


class Telling(Remote):
    """Says its secret to whoever asks where it is."""

    def identity(self, target: Target) -> str:
        return f"{super().identity(target)}?token={resolve(self.config['token'])}"


class Stubborn(Remote):
    """Takes a lost reply for a failure, and does it all again."""

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        try:
            return super()._land(job, plan)
        except CommitUnknown:
            content, receipt = self.there(job), receipt_for(job, plan)
            table = self.merged(job, content.table, self._staged(job, plan))
            self.put(job, Content(table=table, receipts=(*content.receipts, receipt)))
            return receipt


class Believed(Service):
    """Whatever it was sent or has given is taken for whole."""

    def _ask(self, method: str, name: str, body: bytes | None = None, headers: Any = None) -> Any:
        status, data, etag = super()._ask(method, name, body, headers)
        believed = body if body is not None else data
        return status, data, hashlib.sha256(believed).hexdigest() if status in (200, 201) else etag


class Credulous(Remote):
    """Believes that whatever it is given or has sent is whole."""

    service = Believed


class Unheard(Service):
    """How long it wants to be left alone is forgotten."""

    def _ask(self, *asked: Any, **more: Any) -> Any:
        try:
            return super()._ask(*asked, **more)
        except TransientError as error:
            error.details.pop("retry_after", None)
            raise


class Impatient(Remote):
    """Forgets how long the service asked to be left alone."""

    service = Unheard


class Quoted(Service):
    """What it refused is told, token and all."""

    def _ask(self, *asked: Any, **more: Any) -> Any:
        try:
            return super()._ask(*asked, **more)
        except NeedsUser as error:
            raise NeedsUser(f"{error.message}: {self._token}", code=error.code, remedy=error.remedy) from None


class Indiscreet(Remote):
    """Tells the token that was refused."""

    service = Quoted
