(module_definition name: (_) @name) @namespace
(abstract_definition (type_head [
  (identifier) @name
  (binary_expression . (identifier) @name)
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))
])) @interface
(struct_definition (type_head [
  (identifier) @name
  (binary_expression . (identifier) @name)
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))
])) @class
(function_definition (signature [
  (identifier) @name
  (call_expression . [(identifier) (field_expression)] @name)
  (where_expression . (call_expression . [(identifier) (field_expression)] @name))
  (typed_expression . (call_expression . [(identifier) (field_expression)] @name))
  (where_expression . (typed_expression . (call_expression . [(identifier) (field_expression)] @name)))
])) @function
(assignment . [
  (call_expression . [(identifier) (field_expression)] @name)
  (where_expression . (call_expression . [(identifier) (field_expression)] @name))
  (typed_expression . (call_expression . [(identifier) (field_expression)] @name))
]) @function
(macro_definition (signature (call_expression . (identifier) @name))) @function
(const_statement (assignment . (identifier) @name)) @constant

[(line_comment) (block_comment)] @lead
(source_file (string_literal) @lead)
(module_definition (string_literal) @lead)
