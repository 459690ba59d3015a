(call
  target: (identifier) @_keyword
  (arguments . (alias) @name)
  (do_block)
  (#eq? @_keyword "defmodule")) @namespace
(call
  target: (identifier) @_keyword
  (arguments . (alias) @name)
  (do_block)
  (#eq? @_keyword "defprotocol")) @interface
(call
  target: (identifier) @_keyword
  (arguments . (alias) (keywords (pair key: (keyword) @_for value: (alias) @name)))
  (do_block)
  (#eq? @_keyword "defimpl")
  (#match? @_for "^for:")) @extension

(call
  target: (identifier) @_keyword
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")
    (binary_operator left: (identifier) @name operator: "when")
  ])
  (#any-of? @_keyword
    "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn" "defnp")) @function
(call
  target: (identifier) @_keyword
  (arguments . (string (quoted_content) @name))
  (do_block)
  (#any-of? @_keyword "test" "describe")) @section

(unary_operator operator: "@" operand: (call
  target: (identifier) @_attribute
  (arguments (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "::"))
  (#any-of? @_attribute "type" "opaque" "typep"))) @type
(unary_operator operator: "@" operand: (call
  target: (identifier) @_attribute
  (arguments (binary_operator left: (call target: (identifier) @name) operator: "::"))
  (#any-of? @_attribute "callback" "macrocallback"))) @method

(comment) @lead
(unary_operator operator: "@" operand: (call
  target: (identifier) @_attribute
  (#any-of? @_attribute "doc" "spec" "impl" "typedoc" "deprecated" "since" "decorate" "tag" "dialyzer"))) @lead
