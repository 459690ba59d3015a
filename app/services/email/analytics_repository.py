"""Numbers about the mail of one user."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ASKED = (
    "owner_id = :owner AND (CAST(:account AS bigint) IS NULL OR account_id = :account) "
    "AND sent_at >= :since AND sent_at < :before"
)

VOLUME = f"""
SELECT CAST(sent_at AT TIME ZONE 'UTC' AS date) AS day, count(*) FILTER (WHERE NOT outgoing) AS received,
    count(*) FILTER (WHERE outgoing) AS sent
FROM email_messages WHERE {ASKED} GROUP BY day ORDER BY day
"""

SENDERS = f"""
SELECT sender AS address, count(*) AS messages FROM email_messages
WHERE {ASKED} AND NOT outgoing AND sender <> '' GROUP BY sender ORDER BY messages DESC, sender LIMIT :most
"""

RESPONSES = """
WITH answered AS (
    SELECT DISTINCT account_id, message_id, sent_at FROM email_messages
    WHERE owner_id = :owner AND (CAST(:account AS bigint) IS NULL OR account_id = :account)
      AND outgoing <> :ours AND message_id <> ''
), first AS (
    SELECT a.account_id, a.message_id, extract(epoch FROM min(r.sent_at) - min(a.sent_at)) AS seconds
    FROM answered a JOIN email_messages r
      ON r.account_id = a.account_id AND r.replies_to = a.message_id AND r.outgoing = :ours AND r.sent_at >= a.sent_at
    GROUP BY a.account_id, a.message_id
    HAVING min(r.sent_at) >= :since AND min(r.sent_at) < :before
)
SELECT count(*) AS replies, CAST(avg(seconds) AS float8) AS mean_s,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_s
FROM first
"""
"""A message is answered by the first one from the other side whose In-Reply-To, or else last reference, names it. A
message that is in two folders is one, and so is a reply."""


async def numbers(
    connection: AsyncConnection, owner_id: UUID, account_id: int | None, since: datetime, before: datetime, most: int
) -> dict[str, Any]:
    """Return volume by day, top senders, and response times of both sides."""
    values = {"owner": owner_id, "account": account_id, "since": since, "before": before}
    volume = [dict(row) for row in (await connection.execute(text(VOLUME), values)).mappings()]
    senders = (await connection.execute(text(SENDERS), {**values, "most": most})).mappings()
    responses = [
        dict((await connection.execute(text(RESPONSES), {**values, "ours": ours})).mappings().one())
        for ours in (True, False)
    ]
    return {
        "received": sum(day["received"] for day in volume),
        "sent": sum(day["sent"] for day in volume),
        "volume": volume,
        "top_senders": [dict(row) for row in senders],
        "our_response": responses[0],
        "their_response": responses[1],
    }
