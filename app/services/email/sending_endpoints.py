"""Mail that is to be sent, over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core.access import NotAllowed, NotAuthenticated, User
from app.core.errors import InvalidInput, responses
from app.core.limits import Body, Rate, limits
from app.core.streaming import stream
from app.core.tickets import ticketed
from app.db.faults import as_api_error
from app.services.email.endpoints import TOTAL, EmailDep, Limit, Number, Offset
from app.services.email.errors import (
    CredentialsUnreadable,
    MailServerFailed,
    MessageRefused,
    RecipientsRefused,
    ServerMissing,
    UnknownAccount,
    UnknownBatch,
)
from app.services.email.forms import BODY, Sent, sent
from app.services.email.sending_schemas import BatchIn, BatchOut, DeliveryOut, SentReport

router = APIRouter(prefix="/api/email", tags=["email"], responses=responses(NotAuthenticated, NotAllowed))

CANNOT_SEND = responses(UnknownAccount, ServerMissing, CredentialsUnreadable, MessageRefused)
UNKNOWN = responses(UnknownBatch)


@router.post(
    "/send",
    summary="Send a message",
    responses=responses(
        UnknownAccount,
        ServerMissing,
        CredentialsUnreadable,
        InvalidInput,
        MessageRefused,
        RecipientsRefused,
        MailServerFailed,
    ),
    openapi_extra=BODY,
)
@limits(Rate.expensive, Body.upload)
async def send(email: EmailDep, caller: User, asked: Annotated[Sent, Depends(sent)]) -> SentReport:
    """Send a message at once; with files as a form, whose fields are those of the JSON, and `attachments`.

    It is sent at most once. When the mail server was lost while it took the message, the error says that it may have
    been sent.
    """
    return await email.sending.send(caller.account, asked.message, asked.files)


@router.post("/send-bulk", status_code=202, summary="Send to many", responses=CANNOT_SEND)
@limits(Rate.expensive, Body.documents)
async def send_bulk(email: EmailDep, caller: User, given: BatchIn) -> BatchOut:
    """Take a batch: everybody gets a message of their own, at most once, EMAIL_BULK_PER_MINUTE of an account.

    It outlives the request and the process. `GET batches/{id}/events` follows it.
    """
    return await email.batches.add(caller.account, given)


@router.get("/batches", summary="List my batches")
async def list_batches(
    response: Response, email: EmailDep, caller: User, limit: Limit = 50, offset: Offset = 0
) -> list[BatchOut]:
    """Return the batches of the caller, the newest first; X-Total-Count has how many."""
    total, found = await email.batches.listed(caller.account, limit, offset)
    response.headers[TOTAL] = str(total)
    return [BatchOut.model_validate(item) for item in found]


@router.get("/batches/{batch_id}", summary="How far a batch is", responses=UNKNOWN)
async def get_batch(email: EmailDep, caller: User, batch_id: Number) -> BatchOut:
    """Return how many messages of a batch were sent, wait, failed, or are not known of."""
    return await email.batches.one(caller.account, batch_id)


@router.get("/batches/{batch_id}/events", summary="Follow a batch", response_class=StreamingResponse, responses=UNKNOWN)
@ticketed
async def follow_batch(request: Request, email: EmailDep, caller: User, batch_id: Number) -> Response:
    """Stream how far a batch is as `progress` events, then one `done`, with the fields of the answer above."""
    last = await email.batches.one(caller.account, batch_id)

    async def events() -> AsyncIterator[dict[str, Any]]:
        now = last
        try:
            async for now in email.batches.follow(caller.account, batch_id):
                yield {"type": "progress", **now.model_dump()}
        except Exception as error:  # the edge: a database that went away is told as an event, not by a cut stream
            raise as_api_error(error) or error from error
        yield {"type": "done", **now.model_dump()}

    return stream(request, events())


@router.get("/batches/{batch_id}/recipients", summary="Who gets a batch", responses=UNKNOWN)
async def list_recipients(
    response: Response,
    email: EmailDep,
    caller: User,
    batch_id: Number,
    state: Annotated[Literal["pending", "sending", "sent", "failed", "unknown", "cancelled"] | None, Query()] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[DeliveryOut]:
    """Return the recipients of a batch, and what became of the message to each; X-Total-Count has how many."""
    total, found = await email.batches.deliveries(caller.account, batch_id, state, limit, offset)
    response.headers[TOTAL] = str(total)
    return [DeliveryOut.model_validate(item) for item in found]


@router.delete("/batches/{batch_id}", summary="Cancel a batch", responses=UNKNOWN)
async def cancel_batch(email: EmailDep, caller: User, batch_id: Number) -> BatchOut:
    """Send no more of a batch; what was sent stays sent. Returns how far it came."""
    return await email.batches.cancel(caller.account, batch_id)
