import pytest

from app.services.rag.chunking import language_of, modality_of
from app.services.rag.chunking.grammars import grammar_of


@pytest.mark.parametrize(
    ("path", "start", "language"),
    [
        ("src/a.py", "", "python"),
        ("src\\A.PYI", "", "python"),
        ("a.test.tsx", "", "tsx"),
        ("types.d.ts", "", "typescript"),
        ("a.mjs", "", "javascript"),
        ("README.md", "", "markdown"),
        ("Dockerfile", "", "dockerfile"),
        ("Dockerfile.production", "", "dockerfile"),
        ("Makefile", "", "make"),
        ("CMakeLists.txt", "", "cmake"),
        ("notes.txt", "", "text"),
        ("LICENSE", "", "text"),
        (".py", "", "text"),
        ("bin/tool", "#!/usr/bin/env python3\n", "python"),
        ("bin/tool", "#!/usr/bin/env -S node --flag\n", "javascript"),
        ("bin/tool", "#!/bin/bash -e\n", "shell"),
        ("bin/tool", "#! /usr/bin/perl5.30\n", "perl"),
        ("bin/tool", "#!\n", "text"),
        ("a.go", "#!/bin/sh", "go"),
    ],
)
def test_language_by_name_extension_and_shebang(path: str, start: str, language: str) -> None:
    assert language_of(path, start) == language


def test_prose_goes_to_the_model_for_documents() -> None:
    assert {modality_of(name) for name in ("markdown", "text", "restructuredtext")} == {"docs"}
    assert {modality_of(name) for name in ("python", "json", "shell", "unheard-of")} == {"code"}


@pytest.mark.parametrize("language", ["javascript", "python", "tsx", "typescript"])
def test_every_node_type_of_a_grammar_exists(language: str) -> None:
    grammar = grammar_of(language)
    assert grammar is not None
    types = {*grammar.definitions, *grammar.bindings, *grammar.values, *grammar.containers}
    types |= grammar.wrappers | grammar.leads
    known = {grammar.language.node_kind_for_id(index) for index in range(grammar.language.node_kind_count)}
    assert types - known - {"ERROR"} == set()
