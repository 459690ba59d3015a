import subprocess
import sys

import pytest

from app.services.rag.chunking import language_of, modality_of
from app.services.rag.chunking.found import KINDS
from app.services.rag.chunking.grammars.catalogue import LANGUAGES, grammar_of


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
        ("photo.JPG", "", "image"),
        ("LICENSE", "", "text"),
        (".py", "", "text"),
        ("bin/tool", "#!/usr/bin/env python3\n", "python"),
        ("bin/tool", "#!/usr/bin/env -S node --flag\n", "javascript"),
        ("bin/tool", "#!/bin/bash -e\n", "shell"),
        ("bin/tool", "#! /usr/bin/perl5.30\n", "perl"),
        ("bin/tool", "#!\n", "text"),
        ("a.go", "#!/bin/sh", "go"),
        ("a.h", "struct ring;\nint open(struct ring *);\n", "c"),
        ("a.h", "#pragma once\nnamespace work {\n", "cpp"),
        ("a.h", "  template <typename T>\n", "cpp"),
        ("a.h", "#import <Foundation/Foundation.h>\n", "objective-c"),
    ],
)
def test_language_by_name_extension_and_shebang(path: str, start: str, language: str) -> None:
    assert language_of(path, start) == language


def test_prose_goes_to_the_model_for_documents() -> None:
    assert {modality_of(name) for name in ("markdown", "text", "restructuredtext")} == {"docs"}
    assert {modality_of(name) for name in ("python", "json", "shell", "unheard-of")} == {"code"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_names_what_it_finds(language: str) -> None:
    grammar = grammar_of(language)
    assert grammar is not None
    query = grammar.query
    names = {query.capture_name(index) for index in range(query.capture_count)}
    assert {name for name in names if not name.startswith("_")} <= KINDS | {"name", "scope", "lead", "end"}


def test_a_language_is_loaded_when_first_met() -> None:
    script = (
        "import sys\nfrom app.services.rag.chunking import chunk\n"
        "print(*(name for name in sys.modules if name.startswith('tree_sitter_') and '.' not in name))\n"
        "chunk('a.go', 'package a')\n"
        "print(*(name for name in sys.modules if name.startswith('tree_sitter_') and '.' not in name))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\ntree_sitter_go\n"
