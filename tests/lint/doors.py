"""Finds what goes round the one way to open pictures, to call other servers, and to reach the disk."""

import ast
from collections.abc import Iterator

CLIENTS = {
    "aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "telnetlib", "urllib.request", "urllib3",
}  # fmt: skip
"""Modules that connect to other machines; `httpx2` is the one that we use, by way of `app.core`."""

CONNECTING = {
    "socket",
    "create_connection",
    "open_connection",
    "open_unix_connection",
    "AsyncHTTPTransport",
    "AsyncClient",
}

PICTURES = "PIL"

READING = {"open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "resolve", "iterdir", "scandir"}
"""Calls by which a program reaches files, or learns where a link leads."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    """Yield the last part of the name of everything that a file calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def decodes_pictures(source: str) -> bool:
    """Whether a file uses Pillow by itself."""
    return any(module.partition(".")[0] == PICTURES for module in imported(ast.parse(source)))


def connects(source: str) -> set[str]:
    """Return by what a file connects to other servers."""
    tree = ast.parse(source)
    modules = {module for module in imported(tree) if module in CLIENTS}
    return modules | (set(called(tree)) & CONNECTING)


def reaches_files(source: str) -> set[str]:
    """Return the calls by which a file reaches the disk."""
    return set(called(ast.parse(source))) & READING
