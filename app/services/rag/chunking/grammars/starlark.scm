(module (expression_statement (call
  function: (_) @_rule
  arguments: (argument_list (keyword_argument name: (identifier) @_key value: (string (string_content) @name)))
  (#eq? @_key "name"))) @section)
