"""Whose things the parameters of paths name, and how somebody comes to have one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from fastapi.routing import APIRoute
from sqlalchemy import text

from app.core.access import admin
from tests.authorisation.proofs import ROUTES, Proof, declared
from tests.core.pictures import picture

Headers = dict[str, str]

OF_ALL = (
    "/api/rag/sources/",
    "/api/ecs/agents/",
    "/api/ecs/naming/animal-spirits/",
    "/api/ecs/naming/generation-numbers/",
    "/api/ecs/traits/",
    "/api/ecs/world/log/",
    "/api/ollama/models/",
)
"""Collections that belong to nobody: their items are the same for everybody who may call."""


async def document(proof: Proof, mine: Headers) -> str:
    """Send a document in and return its id."""
    return await sent_in(proof, mine, "shared")


async def private_document(proof: Proof, mine: Headers) -> str:
    """Send one in that nobody else may see."""
    return await sent_in(proof, mine, "private")


async def sent_in(proof: Proof, mine: Headers, visibility: str) -> str:
    """Send a document in and return its id."""
    path = f"{visibility}.md"
    sent = {"items": [{"source": path, "content": "# Mine"}], "visibility": visibility, "wait_ms": 0}
    (await proof.house.client.post("/api/rag/ingest", json=sent, headers=mine)).raise_for_status()
    listed = await proof.house.client.get("/api/rag/documents", params={"limit": 200}, headers=mine)
    return next(str(item["id"]) for item in listed.raise_for_status().json() if item["path"] == path)


async def session(proof: Proof, mine: Headers) -> str:
    """Return the id of the session in which this caller asks."""
    listed = await proof.house.client.get("/api/auth/sessions", params={"limit": 200}, headers=mine)
    return next(str(item["id"]) for item in listed.raise_for_status().json() if item["current"])


async def personal_token(proof: Proof, mine: Headers) -> str:
    """Make a personal access token and return its id."""
    made = {"name": "mine", "scopes": ["read"]}
    answer = await proof.house.client.post("/api/auth/tokens", json=made, headers=mine)
    return str(answer.raise_for_status().json()["id"])


async def job(proof: Proof, mine: Headers) -> str:
    """Queue a picture and return the id of the job, which runs for a while."""
    sent = {"prompt": "a red fox", "steps": 20}
    answer = await proof.house.client.post("/api/comfy/generate", json=sent, headers=mine)
    return str(answer.raise_for_status().json()["prompt_id"])


async def image(proof: Proof, mine: Headers) -> str:
    """Make a picture and return its name."""
    path = f"/api/comfy/jobs/{await job(proof, mine)}/events"
    answer = await proof.house.client.get(path, headers={**mine, "Accept": "application/x-ndjson"})
    last = [line for line in answer.text.splitlines() if line][-1]
    return str(orjson.loads(last)["images"][0]["filename"])


async def workflow(proof: Proof, mine: Headers) -> str:
    """Keep a workflow and return its name."""
    graph = {"1": {"class_type": "SaveImage", "inputs": {}}}
    sent = {"name": "mine", "workflow": graph}
    (await proof.house.client.post("/api/comfy/workflows", json=sent, headers=mine)).raise_for_status()
    return "mine"


async def mail_account(proof: Proof, mine: Headers) -> str:
    """Add a mail account, at a port where nobody is, and return its id."""
    server = {"host": "127.0.0.1", "port": 9, "username": "me", "password": "secret"}
    body = {"name": "mine", "address": "me@example.com", "smtp": server, "imap": server}
    answer = await proof.house.client.post("/api/email/accounts", json=body, headers=mine)
    return str(answer.raise_for_status().json()["id"])


async def received(proof: Proof, mine: Headers) -> tuple[str, str]:
    """Keep a message with a file as if it had been read from a mailbox; return the ids of both."""
    account = int(await mail_account(proof, mine))
    values = {"account": account}
    async with proof.house.service("main_database").transaction() as session:
        message = await session.scalar(text(MESSAGE), values)
        file = await session.scalar(text(FILE), {"message": message})
    return str(message), str(file)


MESSAGE = """
INSERT INTO email_messages (owner_id, account_id, outgoing, state, message_id, subject, sender, sender_name, recipients,
    sent_at, size, seen, flagged, answered, text)
SELECT owner_id, id, false, 'whole', '', 'Mine', 'a@example.org', '', '', now(), 1, false, false, false, 'A secret'
FROM email_accounts WHERE id = :account RETURNING id
"""

FILE = """
INSERT INTO email_attachments (owner_id, message_id, name, media_type, size, content)
SELECT owner_id, id, 'mine.txt', 'text/plain', 1, 'x' FROM email_messages WHERE id = :message RETURNING id
"""


async def message(proof: Proof, mine: Headers) -> str:
    """Return the id of a message that was received."""
    return (await received(proof, mine))[0]


async def attachment(proof: Proof, mine: Headers) -> str:
    """Return the id of a file that was received."""
    return (await received(proof, mine))[1]


async def batch(proof: Proof, mine: Headers) -> str:
    """Send to many, by a server that is not there, and return the id of the batch."""
    account = int(await mail_account(proof, mine))
    body = {"account_id": account, "subject": "x", "text": "x", "recipients": [{"address": "a@example.org"}]}
    answer = await proof.house.client.post("/api/email/send-bulk", json=body, headers=mine)
    batch_id = str(answer.raise_for_status().json()["id"])
    (await proof.house.client.delete(f"/api/email/batches/{batch_id}", headers=mine)).raise_for_status()
    return batch_id


async def kept_picture(proof: Proof, mine: Headers) -> str:
    """Keep a picture and return its id."""
    files = {"file": ("mine.png", picture("PNG"))}
    answer = await proof.house.client.post("/api/images/upload", files=files, headers=mine)
    return str(answer.raise_for_status().json()["id"])


@dataclass(frozen=True)
class Owned:
    """Things of which each has an owner.

    Attributes:
        make: Makes one and returns its id.
        reading, writing: What somebody else is answered who asks for one, or would change it.
        listed: The collection can be listed.
        shown: Other paths that name things of the caller.
    """

    make: Callable[[Proof, Headers], Awaitable[str]]
    reading: int = 404
    writing: int = 404
    listed: bool = True
    shown: tuple[str, ...] = ()


OWNED = {
    "/api/comfy/jobs/": (Owned(job, shown=("/api/comfy/queue",)),),
    "/api/comfy/history/": (Owned(job),),
    "/api/comfy/images/": (Owned(image, listed=False),),
    "/api/comfy/workflows/": (Owned(workflow),),
    "/api/auth/sessions/": (Owned(session),),
    "/api/auth/tokens/": (Owned(personal_token),),
    "/api/email/accounts/": (Owned(mail_account),),
    "/api/email/messages/": (Owned(message),),
    "/api/email/attachments/": (Owned(attachment, listed=False),),
    "/api/email/batches/": (Owned(batch),),
    "/api/images/": (Owned(kept_picture),),
    "/api/rag/documents/": (Owned(document, reading=200, writing=403), Owned(private_document)),
}
"""By the beginning of the path. A document is shared, so that everybody reads it and only its owner deletes it, or
private."""


def collection(route: APIRoute) -> str:
    """Return the path of a route up to its first parameter."""
    return route.path_format.partition("{")[0]


NAMING = [route for route in ROUTES if "{" in route.path_format and declared(route) is not admin]
"""Routes whose path names a thing; only administrators may call the others."""
