"""Work on hostile bytes: done by child processes that are bounded in time and memory, and replaced when they fail.

`Children` is the side of the server, `serve` that of the child. What ends a child ends no server.
"""

from app.core.bounded.children import ChildFailed, Children
from app.core.bounded.serving import serve

__all__ = ["ChildFailed", "Children", "serve"]
