"""The languages that are cut by syntax. One more language is one more entry here."""

from dataclasses import replace

from app.services.rag.chunking.grammar import Binding, Grammar


def _node_types(names: str) -> frozenset[str]:
    return frozenset(names.split())


_PYTHON = Grammar(
    module="tree_sitter_python",
    function="language",
    definitions={
        "class_definition": "class",
        "function_definition": "function",
        "type_alias_statement": "type",
    },
    bindings={"assignment": Binding("left", "right")},
    values={"lambda": "function"},
    containers=_node_types(
        "module block decorated_definition expression_statement if_statement elif_clause "
        "else_clause try_statement except_clause finally_clause with_statement for_statement "
        "while_statement match_statement case_clause ERROR"
    ),
    wrappers=frozenset({"decorated_definition"}),
    names={"type_alias_statement": "left"},
)

_ECMASCRIPT = Grammar(
    module="tree_sitter_javascript",
    function="language",
    definitions={
        "class_declaration": "class",
        "function_declaration": "function",
        "generator_function_declaration": "function",
        "method_definition": "function",
    },
    bindings={
        "variable_declarator": Binding("name", "value"),
        "assignment_expression": Binding("left", "right", is_constant=False),
        "pair": Binding("key", "value", is_constant=False),
    },
    values={
        "arrow_function": "function",
        "function_expression": "function",
        "generator_function": "function",
        "class": "class",
    },
    containers=_node_types(
        "program export_statement lexical_declaration variable_declaration "
        "expression_statement statement_block class_body class_static_block object array "
        "parenthesized_expression call_expression arguments sequence_expression "
        "unary_expression await_expression new_expression return_statement if_statement "
        "else_clause try_statement catch_clause finally_clause for_statement for_in_statement "
        "while_statement do_statement switch_statement switch_body switch_case switch_default "
        "labeled_statement ERROR"
    ),
    wrappers=frozenset({"export_statement"}),
)

_JAVASCRIPT = replace(
    _ECMASCRIPT,
    bindings={**_ECMASCRIPT.bindings, "field_definition": Binding("property", "value")},
)

_TYPESCRIPT = replace(
    _ECMASCRIPT,
    module="tree_sitter_typescript",
    function="language_typescript",
    definitions={
        **_ECMASCRIPT.definitions,
        "abstract_class_declaration": "class",
        "abstract_method_signature": "function",
        "enum_declaration": "enum",
        "function_signature": "function",
        "interface_declaration": "interface",
        "internal_module": "namespace",
        "method_signature": "function",
        "module": "namespace",
        "type_alias_declaration": "type",
    },
    bindings={**_ECMASCRIPT.bindings, "public_field_definition": Binding("name", "value")},
    containers=_ECMASCRIPT.containers
    | _node_types("ambient_declaration interface_body satisfies_expression as_expression"),
    wrappers=frozenset({"export_statement", "ambient_declaration"}),
)

_GRAMMARS = {
    "javascript": _JAVASCRIPT,
    "python": _PYTHON,
    "tsx": replace(_TYPESCRIPT, function="language_tsx"),
    "typescript": _TYPESCRIPT,
}


def grammar_of(language: str) -> Grammar | None:
    """Return the grammar of a language, or None if it is cut by lines."""
    return _GRAMMARS.get(language)
