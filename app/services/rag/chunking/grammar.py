"""What the chunker has to know about the grammar of a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import NamedTuple

from tree_sitter import Language


class Binding(NamedTuple):
    """A node that gives a value a name, such as an assignment.

    Attributes:
        name: Field that holds the name; of a dotted target the last part counts.
        value: Field that holds the value. A function or a class there is a definition of that kind.
        is_constant: Whether other values count as a constant when outside functions.
    """

    name: str
    value: str
    is_constant: bool = True


@dataclass(frozen=True)
class Grammar:
    """One language as data: which node types mean what.

    Attributes:
        module: Import name of the grammar's wheel.
        function: Name in the module of the function that returns the language.
        definitions: Node types that define a symbol, and the kind of it. A function directly in a class
            becomes a method.
        bindings: Node types that name a value.
        values: Types of anonymous functions and classes, and their kind.
        containers: Node types to look into for definitions.
        wrappers: Containers that belong to the definition within, such as decorators and `export`.
        leads: Node types that belong to what follows: comments, and attributes where these are siblings.
        names: Node types whose name is not in the field `name`, and the field where it is. A chain of
            `declarator` fields from there is followed to its end, as C needs.
    """

    module: str
    function: str
    definitions: Mapping[str, str]
    containers: frozenset[str]
    bindings: Mapping[str, Binding]
    values: Mapping[str, str]
    wrappers: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset({"comment"})
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def language(self) -> Language:
        """The loaded grammar; importing it on first use keeps start-up fast."""
        return Language(getattr(import_module(self.module), self.function)())
