"""Finds SQL that is put together from anything but constants: values are bound, never written into a statement.

A statement is constant if it is a literal, a constant of a module, a query built by SQLAlchemy's functions, or made of
such by `+`, `if`, `join` and f-strings. An f-string may hold numbers (`:d`), the names in a `VectorTable`, and local
variables that are constant themselves. A parameter named `sql` passes a statement on: whoever gives it is looked at
instead.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SINKS = {"text", "execute", "scalar", "scalars", "fetch", "fetchval", "fetchrow", "fetchmany", "executemany"}
"""Functions and methods whose first argument is run by PostgreSQL, or becomes part of what is."""

BUILDERS = {"select", "update", "delete", "insert", "alive", "union_all"}
"""What queries of SQLAlchemy begin with; it binds every value."""

CONDITIONS = {"condition", "among", "within"}
"""Our own functions that return a condition and its values; the rule holds for what they return."""

QUOTERS = {"quoted", "literal"}
"""They quote names and the password in statements where PostgreSQL binds nothing: CREATE ROLE, CREATE DATABASE."""

PASSED = {"sql", "table"}
"""Parameters that hold SQL: a statement, where whoever gives it is looked at, and the short name of a table of ours."""

NAMES_OF_OURS = {"name", "index", "chunk_id", "source_id", "to_chunk"}
"""Attributes of a VectorTable: only names of our own go into one."""

PROPERTIES = {"leg.items"}
"""Attributes that hold SQL made of constants; the rule holds for what they return."""


@dataclass(frozen=True)
class Finding:
    """A statement that is not constant."""

    line: int
    source: str


class Module:
    """One file, looked through."""

    def __init__(self, source: str, takers: dict[str, int]) -> None:
        """Parse it; `takers` are functions of our own that take SQL, with the position of the argument."""
        self.tree = ast.parse(source)
        self.takers = takers

    def findings(self) -> Iterator[Finding]:
        """Yield what is not constant."""
        for function in self.functions:
            for call in (node for node in function.nodes if isinstance(node, ast.Call)):
                given = self.sql_of(call)
                if given is not None and not function.constant(given):
                    yield Finding(given.lineno, ast.unparse(given)[:100])
            for returned in function.conditions():
                if not function.constant(returned):
                    yield Finding(returned.lineno, ast.unparse(returned)[:100])

    def sql_of(self, call: ast.Call) -> ast.expr | None:
        """Return the argument of a call that is SQL."""
        name = name_of(call.func)
        position = 0 if name in SINKS else None
        if isinstance(call.func, ast.Name):
            position = self.takers.get(name, position)
        given = [argument.value for argument in call.keywords if argument.arg == "sql"]
        if position is not None and len(call.args) > position:
            given.append(call.args[position])
        return given[0] if given else None

    @cached_property
    def functions(self) -> list["Function"]:
        """Every function, and the module itself as one."""
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [Function(self.tree, None), *(Function(node, node.args) for node in nodes)]


class Function:
    """What is assigned in one function, and which expressions of it are constant."""

    def __init__(self, node: ast.AST, arguments: ast.arguments | None) -> None:
        self.name = getattr(node, "name", "")
        self.nodes = list(inner(node))
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs] if arguments else []
        self.passed = {argument.arg for argument in given} & PASSED
        self.assigned: dict[str, list[ast.expr]] = {}
        for found in self.nodes:
            self._note(found)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._assign(node.target, node.iter)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple):
            parts = [value] * len(target.elts)
            if isinstance(value, ast.Tuple) and len(value.elts) == len(parts):
                parts = value.elts
            for one, part in zip(target.elts, parts, strict=True):
                self._assign(one, part)

    def conditions(self) -> Iterator[ast.expr]:
        """Yield what is returned as SQL by one of `CONDITIONS`."""
        is_property = any(held.endswith(f".{self.name}") for held in PROPERTIES)
        for node in self.nodes if self.name in CONDITIONS or is_property else ():
            value = node.value if isinstance(node, ast.Return) else None
            if value is not None and (is_property or isinstance(value, ast.Tuple)):
                yield value if is_property or not isinstance(value, ast.Tuple) else value.elts[0]

    def constant(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
        """Whether an expression holds nothing that came from outside."""
        if isinstance(node, ast.Name):
            return self._known(node.id, seen)
        if isinstance(node, ast.Attribute):
            of_table = node.attr in NAMES_OF_OURS and "table" in ast.unparse(node.value)
            return of_table or ast.unparse(node) in PROPERTIES or node.attr.strip("_").isupper()
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            return ast.unparse(node.format_spec) == "f'd'"
        if isinstance(node, ast.Call):
            return self._call(node.func, node.args, seen)
        parts = parts_of(node)
        return parts is not None and all(self.constant(part, seen) for part in parts)

    def _known(self, name: str, seen: frozenset[str]) -> bool:
        if name in seen or name in self.passed or name.strip("_").isupper():
            return True
        values = self.assigned.get(name, [])
        return bool(values) and all(self.constant(value, seen | {name}) for value in values)

    def _call(self, function: ast.expr, arguments: list[ast.expr], seen: frozenset[str]) -> bool:
        name = name_of(function)
        if name in CONDITIONS | QUOTERS or self._query(ast.Call(function, arguments, []), seen):
            return True
        parts = list(arguments)
        if name in ("join", "items", "values") and isinstance(function, ast.Attribute):
            parts.append(function.value)
        elif name not in ("text", "statement"):
            return False
        return all(self.constant(part, seen) for part in parts)

    def _query(self, node: ast.expr, seen: frozenset[str]) -> bool:
        """Whether an expression is a query of SQLAlchemy, or what a function makes of one."""
        begun = root(node)
        if begun in BUILDERS or begun in seen:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            return begun not in ("text", "statement") and self._query(node.args[0], seen)
        values = self.assigned.get(begun, []) if isinstance(node, ast.Call) else []
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Call)
        ):
            return self._query(node.func.value, seen)
        return bool(values) and all(self._query(value, seen | {begun}) for value in values)


def parts_of(node: ast.expr) -> list[ast.expr] | None:
    """Return what a composed expression is made of; None for one that is not composed of text."""
    match node:
        case ast.Constant():
            return []
        case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return parts
        case ast.FormattedValue(value=part) | ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
            return [part]
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return [left, right]
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
    return None


def name_of(function: ast.expr) -> str:
    """Return the last part of what is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def root(node: ast.expr) -> str:
    """Return what a chain of calls and attributes begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return getattr(node, "id", "")


def inner(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function and not in another inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from inner(child)


def takers(source: str) -> dict[str, int]:
    """Return the functions of a file that take SQL under the name `sql`, and where."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "sql" in names and "self" not in names:
                found[node.name] = names.index("sql")
    return found
