"""What became of the documents of one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.services.rag.documents.schemas import Failure, IngestReport

State = tuple[str, str | None, bytes]


@dataclass(slots=True)
class Ingestion:
    """Counts that always add up: each document is refused, unchanged, or in `taken`.

    Attributes:
        total: Documents of the request.
        source_id: The source they are in; None until one is recorded.
        unchanged: Those that were indexed already.
        failures: Those that were refused.
        taken: Name and hash of those that were recorded, by the id of their file.
    """

    total: int
    source_id: int | None = None
    unchanged: int = 0
    failures: list[Failure] = field(default_factory=list)
    taken: dict[int, tuple[str, bytes | None]] = field(default_factory=dict)

    def refuse(self, source: str, reason: str) -> None:
        """Note a document that is not taken."""
        self.failures.append(Failure(source=source, reason=reason))

    def report(self, states: Mapping[int, State], generation: int) -> IngestReport:
        """Return how far it is, given the states of the files that were taken.

        A file that somebody changed since counts as processed: what was sent here is not waited for any more.
        """
        failures, pending = list(self.failures), 0
        for file_id, (source, sent) in self.taken.items():
            state, reason, current = states.get(file_id, ("deleted", None, sent))
            if state == "deleted":
                failures.append(Failure(source=source, reason="was deleted before it was indexed"))
            elif current == sent and state == "failed":
                failures.append(Failure(source=source, reason=reason or "could not be indexed"))
            elif current == sent and state == "pending":
                pending += 1
        return IngestReport(
            processed=self.total - self.unchanged - len(failures) - pending,
            total=self.total,
            failed=len(failures),
            unchanged=self.unchanged,
            pending=pending,
            failures=failures,
            generation=generation,
        )
