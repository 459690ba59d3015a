"""PostgreSQL and Valkey that come with the project: `attach` to them and they run while someone does.

A user process holds a shared lock; one supervisor process per data directory owns both servers and ends with
its last user. Whatever is killed, the next `attach` on the same data directory gets running servers.
"""

from app.db.embedded.client import attach, attach_blocking
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedServerError", "EmbeddedServers", "attach", "attach_blocking"]
