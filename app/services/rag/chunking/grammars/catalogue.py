"""Which wheel and which queries make up each language. One more language is one more entry and its query."""

from app.services.rag.chunking.grammar import Grammar

_GRAMMARS = {
    "c": Grammar("tree_sitter_c", ("c",)),
    "cpp": Grammar("tree_sitter_cpp", ("c", "cpp")),
    "csharp": Grammar("tree_sitter_c_sharp", ("csharp",)),
    "dart": Grammar("tree_sitter_dart", ("dart",)),
    "dockerfile": Grammar("tree_sitter_containerfile", ("dockerfile",)),
    "elixir": Grammar("tree_sitter_elixir", ("elixir",)),
    "fortran": Grammar("tree_sitter_fortran", ("fortran",)),
    "fsharp": Grammar("tree_sitter_fsharp", ("fsharp",)),
    "go": Grammar("tree_sitter_go", ("go",)),
    "groovy": Grammar("tree_sitter_groovy", ("groovy",)),
    "haskell": Grammar("tree_sitter_haskell", ("haskell",)),
    "hcl": Grammar("tree_sitter_hcl", ("hcl",)),
    "java": Grammar("tree_sitter_java", ("java",)),
    "javascript": Grammar("tree_sitter_javascript", ("ecmascript", "javascript")),
    "julia": Grammar("tree_sitter_julia", ("julia",)),
    "kotlin": Grammar("tree_sitter_kotlin", ("kotlin",)),
    "lua": Grammar("tree_sitter_lua", ("lua",)),
    "make": Grammar("tree_sitter_make", ("make",)),
    "nix": Grammar("tree_sitter_nix", ("nix",)),
    "objective-c": Grammar("tree_sitter_objc", ("c", "objective_c")),
    "ocaml": Grammar("tree_sitter_ocaml", ("ocaml",), "language_ocaml"),
    "php": Grammar("tree_sitter_php", ("php",), "language_php"),
    "powershell": Grammar("tree_sitter_powershell", ("powershell",)),
    "python": Grammar("tree_sitter_python", ("python",)),
    "ruby": Grammar("tree_sitter_ruby", ("ruby",)),
    "rust": Grammar("tree_sitter_rust", ("rust",)),
    "scala": Grammar("tree_sitter_scala", ("scala",)),
    "shell": Grammar("tree_sitter_bash", ("shell",)),
    "sql": Grammar("tree_sitter_sql", ("sql",)),
    "starlark": Grammar("tree_sitter_python", ("python", "starlark")),
    "swift": Grammar("tree_sitter_swift", ("swift",)),
    "toml": Grammar("tree_sitter_toml", ("toml",)),
    "tsx": Grammar("tree_sitter_typescript", ("ecmascript", "typescript"), "language_tsx"),
    "typescript": Grammar("tree_sitter_typescript", ("ecmascript", "typescript"), "language_typescript"),
    "zig": Grammar("tree_sitter_zig", ("zig",)),
}

LANGUAGES = tuple(_GRAMMARS)
"""Names of the languages that are cut by syntax."""


def grammar_of(language: str) -> Grammar | None:
    """Return the grammar of a language, or None if it is cut by lines."""
    return _GRAMMARS.get(language)
