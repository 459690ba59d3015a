"""Accounts and the audit log for administrators, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.core.access import Admin, NotAllowed, NotAuthenticated, admin
from app.core.errors import responses
from app.services.gatekeeper.admin_schemas import AuditFilter, AuditOut, Revoked, UserChange, UserQuery
from app.services.gatekeeper.endpoints import GatekeeperDep
from app.services.gatekeeper.errors import EmailTaken, LastAdministrator, UnknownUser
from app.services.gatekeeper.origin import OriginDep
from app.services.gatekeeper.schemas import UserOut

router = APIRouter(prefix="/api/auth", tags=["accounts"], responses=responses(NotAuthenticated, NotAllowed))

UNKNOWN = responses(UnknownUser)


@router.get("/users", dependencies=[Depends(admin)], summary="List accounts")
async def list_users(
    response: Response, gatekeeper: GatekeeperDep, wanted: Annotated[UserQuery, Query()]
) -> list[UserOut]:
    """List accounts, the oldest first; their number is in X-Total-Count."""
    total, found = await gatekeeper.administration.users(wanted)
    response.headers["X-Total-Count"] = str(total)
    return [UserOut.model_validate(item) for item in found]


@router.get("/users/{user_id}", dependencies=[Depends(admin)], summary="One account", responses=UNKNOWN)
async def get_user(gatekeeper: GatekeeperDep, user_id: UUID) -> UserOut:
    """Return an account."""
    return UserOut.model_validate(await gatekeeper.administration.user(user_id))


@router.patch(
    "/users/{user_id}", summary="Change an account", responses=UNKNOWN | responses(EmailTaken, LastAdministrator)
)
async def change_user(
    gatekeeper: GatekeeperDep, origin: OriginDep, caller: Admin, user_id: UUID, request: UserChange
) -> UserOut:
    """Change role, address or name of an account, or switch it off, which ends its sessions.

    The last active administrator stays one.
    """
    changes = request.model_dump(exclude_unset=True)
    return UserOut.model_validate(await gatekeeper.administration.change(user_id, changes, caller, origin))


@router.delete("/users/{user_id}", summary="Delete an account", responses=UNKNOWN | responses(LastAdministrator))
async def delete_user(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Admin, user_id: UUID) -> UserOut:
    """Delete an account with its sessions, its tokens and what it owns; return what it was."""
    return UserOut.model_validate(await gatekeeper.administration.delete(user_id, caller, origin))


@router.post("/users/{user_id}/revoke-tokens", summary="Log an account out everywhere", responses=UNKNOWN)
async def revoke_tokens(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Admin, user_id: UUID) -> Revoked:
    """End every session of an account and delete its personal access tokens, at once and everywhere."""
    return await gatekeeper.administration.revoke(user_id, caller, origin)


@router.get("/audit", dependencies=[Depends(admin)], summary="What happened")
async def audit(
    response: Response, gatekeeper: GatekeeperDep, wanted: Annotated[AuditFilter, Query()]
) -> list[AuditOut]:
    """List what concerned the security of accounts, the newest first; the number is in X-Total-Count."""
    total, found = await gatekeeper.administration.log(wanted)
    response.headers["X-Total-Count"] = str(total)
    return [AuditOut.model_validate(item) for item in found]
