"""The languages that are cut by syntax: one tree-sitter query for each, as in the `tags.scm` of GitHub's navigation.

A pattern captures one definition:

- `@function`, `@method`, `@class`, `@interface`, `@enum`, `@type`, `@namespace`, `@constant` or `@section` is the
  definition, and its kind. A function directly in a class, an interface or an enum becomes a method.
- `@heading` is the first line of a section that reaches to the next heading.
- `@extension` adds to a class that is defined elsewhere, as Rust's `impl` does: it names its members, and is no
  symbol itself.
- `@name` is the name; several are joined by a dot.
- `@end` is a later node up to which the definition reaches, where body and signature are siblings.
- `@scope` is what qualifies the name, where that is no enclosing definition: the receiver of a Go method.
- `@lead` is a comment or an attribute; alone on the rows directly above a definition it belongs to it.
- A capture that begins with an underscore is for predicates only.

Where several patterns find the same name, the first gives the kind and the widest node gives the extent.
"""
