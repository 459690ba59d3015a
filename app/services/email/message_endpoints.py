"""Mail that is there, over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Request, Response

from app.core.access import NotAllowed, NotAuthenticated, User
from app.core.errors import responses
from app.core.limits import Rate, limits
from app.core.streaming import stream, wants_stream
from app.db.faults import as_api_error
from app.services.email.endpoints import TOTAL, EmailDep, Limit, Number, Offset
from app.services.email.errors import ServerMissing, SyncRunning, UnknownAccount, UnknownAttachment, UnknownMessage
from app.services.email.message_schemas import (
    Analytics,
    AttachmentOut,
    MessageFilter,
    MessageOut,
    MessageText,
    Moment,
    ReadMark,
    SyncReport,
    SyncRequest,
)

router = APIRouter(prefix="/api/email", tags=["email"], responses=responses(NotAuthenticated, NotAllowed))

READ = ReadMark()
ALL = SyncRequest()
Id = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get("/messages", summary="Find messages")
@limits(Rate.search)
async def list_messages(
    response: Response, email: EmailDep, caller: User, asked: Annotated[MessageFilter, Query()]
) -> list[MessageOut]:
    """Return messages of the caller, the newest first; `q` looks into subject, people and text.

    X-Total-Count has how many there are. What is said of a message is what its sender claims.
    """
    total, found = await email.messages.listed(caller.account, asked)
    response.headers[TOTAL] = str(total)
    return [MessageOut.model_validate(item) for item in found]


@router.get("/messages/{message_id}", summary="One message", responses=responses(UnknownMessage))
async def get_message(email: EmailDep, caller: User, message_id: Number) -> MessageText:
    """Return a message with its text and the list of its files. It does not become read by it."""
    return MessageText.model_validate(await email.messages.one(caller.account, message_id))


@router.post("/messages/{message_id}/read", summary="Mark a message", responses=responses(UnknownMessage))
async def mark_message(
    email: EmailDep, caller: User, message_id: Number, mark: Annotated[ReadMark, Body()] = READ
) -> MessageOut:
    """Mark a message as read, or as not read; the mail server is told by the next look at the mailbox."""
    return MessageOut.model_validate(await email.messages.mark(caller.account, message_id, read=mark.read))


@router.get("/attachments", summary="List attachments")
async def list_attachments(
    response: Response, email: EmailDep, caller: User, message_id: Id = None, limit: Limit = 50, offset: Offset = 0
) -> list[AttachmentOut]:
    """Return the files of the caller's messages, or of one of them, the newest first; X-Total-Count has how many."""
    total, found = await email.messages.files(caller.account, message_id, limit, offset)
    response.headers[TOTAL] = str(total)
    return [AttachmentOut.model_validate(item) for item in found]


@router.get(
    "/attachments/{attachment_id}",
    summary="Download an attachment",
    response_class=Response,
    responses=responses(UnknownAttachment) | {200: {"content": {"application/octet-stream": {}}}},
)
async def get_attachment(email: EmailDep, caller: User, attachment_id: Number) -> Response:
    """Return the bytes of a file, to be saved and not shown: whatever its sender calls it, it is only bytes."""
    name, content = await email.messages.file(caller.account, attachment_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.post(
    "/sync",
    summary="Read mailboxes now",
    response_model=list[SyncReport],
    responses=responses(UnknownAccount, ServerMissing, SyncRunning),
)
@limits(Rate.expensive)
async def sync(
    request: Request, email: EmailDep, caller: User, asked: Annotated[SyncRequest, Body()] = ALL
) -> list[SyncReport] | Response:
    """Read what is new, take flags over in both directions, and forget what is gone at the mail server.

    As a stream (see Accept) each mailbox is a `mailbox` event as soon as it was read. Whoever hangs up ends it;
    what was read until then is kept.
    """
    accounts = await email.messages.readable(caller.account, asked.account_id)
    if not wants_stream(request):
        return [report async for report in email.messages.sync(accounts)]

    async def events() -> AsyncIterator[dict[str, Any]]:
        try:
            async for report in email.messages.sync(accounts):
                yield {"type": "mailbox", **report.model_dump()}
        except Exception as error:  # the edge: a database that went away is told as an event, not by a cut stream
            raise as_api_error(error) or error from error
        yield {"type": "done"}

    return stream(request, events())


@router.get("/analytics", summary="Numbers about my mail")
@limits(Rate.search)
async def analytics(
    email: EmailDep,
    caller: User,
    account_id: Id = None,
    since: Annotated[Moment | None, Query(description="30 days before `before` if left out")] = None,
    before: Annotated[Moment | None, Query(description="Now if left out")] = None,
) -> Analytics:
    """Return volume by day (in UTC), the ten addresses that sent most, and how long replies took.

    A message counts on the day of its Date. `our_response` is about messages from others that we answered: the time
    from their Date to that of our first message whose In-Reply-To, or else the last of whose References, names them.
    `their_response` is the same the other way round. A reply counts when it lies in the asked time; what was never
    answered does not count. Our messages are those from the account's address, so choose the folder of sent mail.
    """
    return await email.messages.analytics(caller.account, account_id, since, before)
