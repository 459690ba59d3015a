"""JavaScript and TypeScript."""

import pytest

from app.services.rag.chunking import Chunk, chunk

SCRIPT = """\
'use strict';
const fs = require('fs');
const LIMIT = 5, OTHER = 6;

(function (root) {
  // Inner.
  function inner(a) {
    const local = 1;
    root.inner = inner;
    return [local, a];
  }
})(this);

module.exports.load = async function (path) {
  const text = await fs.read(path);
  if (!text) {
    throw new Error('x');
  }
  return text;
};

module.exports = {
  get(a) { return a },
  put: (b) => b,
};
"""

TYPED = """\
import { x } from "y";

/** The registry. */
@injectable()
export abstract class Registry<T> extends Base {
  private items = new Map<string, T>();

  async start(name: string): Promise<void> {
    this.items.clear();
  }

  stop = (): void => {};
}

export interface Options {
  depth: number;
  mode: string;
  visit(node: Node): void;
}

export type Pair<A, B> = {
  first: A;
  second: B;
  third: B;
};

export const enum Color {
  Red,
  Green,
  Blue,
}

export namespace Shapes {
  export function area(w: number, h: number): number {
    return w * h;
  }
}

// Adds.
export const add = (a: number, b: number): number => {
  const sum = a + b;
  const twice = sum + sum;
  return twice;
};
"""


def labels(chunks: list[Chunk]) -> list[tuple[int, int, str, str | None, tuple[str, ...]]]:
    return [(item.start_line, item.end_line, item.kind, item.symbol, item.defines) for item in chunks]


def test_functions_are_found_where_values_are_named() -> None:
    assert labels(chunk("a.js", SCRIPT)) == [
        (1, 5, "module", None, ("fs", "LIMIT", "OTHER")),
        (6, 12, "function", "inner", ("inner",)),
        (14, 20, "function", "load", ("load",)),
        (22, 25, "module", None, ("get", "put")),
    ]


@pytest.mark.parametrize("path", ["a.ts", "a.tsx"])
def test_declarations_of_typescript_keep_exports_comments_and_decorators(path: str) -> None:
    assert labels(chunk(path, TYPED)) == [
        (1, 13, "class", "Registry", ("Registry", "items", "start", "stop")),
        (15, 19, "interface", "Options", ("Options", "visit")),
        (21, 25, "type", "Pair", ("Pair",)),
        (27, 31, "enum", "Color", ("Color",)),
        (33, 37, "namespace", "Shapes", ("Shapes", "area")),
        (39, 44, "function", "add", ("add",)),
    ]


def test_a_component_is_read_as_tsx() -> None:
    text = (
        "export function Button({ label }: Props) {\n  return (\n    <button>\n      {label}\n    </button>\n  );\n}\n"
    )
    (found,) = chunk("button.tsx", text)
    assert (found.symbol, found.kind, found.language) == ("Button", "function", "tsx")


def test_members_of_a_large_class_and_object_are_named() -> None:
    body = "".join(f"    this.step{index}('some more words here');\n" for index in range(22))
    members = f"  /** Opens. */\n  open() {{\n{body}  }}\n\n  close = () => {{\n{body}  }};\n"
    symbols = [item.symbol for item in chunk("a.ts", f"export class Store {{\n{members}}}\n")]
    assert symbols == ["Store.open", "Store.close"]
    members = f"  open() {{\n{body}  }},\n\n  close: function () {{\n{body}  }},\n"
    symbols = [item.symbol for item in chunk("a.js", f"const store = {{\n{members}}};\n")]
    assert symbols == ["store.open", "store.close"]
