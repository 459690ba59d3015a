"""Writing down what concerns security: in the transaction that does it, or, for what was refused, in one of its own."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Caller
from app.services.gatekeeper import audit_repository
from app.services.gatekeeper.events import Event, Outcome
from app.services.gatekeeper.models import AuditEntry, User
from app.services.gatekeeper.origin import Origin

Detail = str | int | bool | list[str] | None


async def note(
    session: AsyncSession, event: Event, origin: Origin, *, of: User | None = None, by: Caller | None = None,
    outcome: Outcome = Outcome.success, **details: Detail,
) -> None:  # fmt: skip
    """Write an entry in the caller's transaction.

    Args:
        session: The transaction.
        event: What happened.
        origin: From where.
        of: The account that it happened to; its name is written down, as the account may go.
        by: Who did it, if somebody was logged in.
        outcome: Whether it was done or refused.
        details: What else is to be known. Never a password, a token, or what somebody typed who did not log in: people
            type passwords where the name belongs.
    """
    actor_id: UUID | None = by.user_id if by else None
    entry = AuditEntry(
        event=event,
        outcome=outcome,
        user_id=of.id if of else actor_id,
        username=of.username if of else by.username if by else None,
        actor_id=actor_id,
        actor=by.username if by else None,
        address=origin.address,
        user_agent=origin.user_agent,
        request_id=origin.request_id,
        details={name: value for name, value in details.items() if value is not None},
    )
    await audit_repository.add(session, entry)
