"""Who waits for whom, checked before anything starts."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from app.core.registry.definition import ServiceDefinition


class ServiceGraph:
    """The definitions of one process, by name, highest priority first."""

    def __init__(self, definitions: Sequence[ServiceDefinition]) -> None:
        """Check the definitions.

        Raises:
            ValueError: A name is used twice, a need or want is unknown, the needs and wants form a circle,
                or a required service needs an optional one.
        """
        ordered = sorted(definitions, key=lambda definition: -definition.priority)
        self.definitions: Mapping[str, ServiceDefinition] = {item.name: item for item in ordered}
        if len(self.definitions) != len(definitions):
            names = [item.name for item in definitions]
            raise ValueError(f"declared twice: {', '.join(sorted({n for n in names if names.count(n) > 1}))}")
        for item in ordered:
            self._check(item)
        try:
            tuple(TopologicalSorter({item.name: waits_for(item) for item in ordered}).static_order())
        except CycleError as error:
            raise ValueError(f"services wait for each other: {' -> '.join(error.args[1])}") from None

    def _check(self, item: ServiceDefinition) -> None:
        for other in waits_for(item):
            if other not in self.definitions:
                raise ValueError(f"{item.name} waits for {other}, which is not declared")
        for other in item.needs:
            if item.required and not self.definitions[other].required:
                raise ValueError(f"{item.name} is required but needs {other}, which is optional")

    def dependents(self, name: str, *, soft: bool) -> list[str]:
        """Return the names that directly need `name`; with `soft` also those that only want it."""
        return [item.name for item in self.definitions.values() if name in (waits_for(item) if soft else item.needs)]


def waits_for(definition: ServiceDefinition) -> Iterable[str]:
    """Return the names that must be usable or settled before `definition` opens."""
    return (*definition.needs, *definition.wants)
