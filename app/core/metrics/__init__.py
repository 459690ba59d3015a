"""Numbers for Prometheus, added up over all processes that share a data directory.

A room declares a metric once, at the top of a module, and counts: `HITS = counter("hits", "...", ("kind",))`, and then
`HITS.labels("hybrid").inc()`. Labels take few values: a route's template, never a path; a kind, never a name.
"""

from app.core.metrics.declaration import counter, gauge, histogram, level
from app.core.metrics.exposition import exposition
from app.core.metrics.sharing import share_metrics

__all__ = ["counter", "exposition", "gauge", "histogram", "level", "share_metrics"]
