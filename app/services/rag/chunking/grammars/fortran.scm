(module (module_statement (name) @name)) @namespace
(submodule (submodule_statement (name) @name)) @namespace
(program (program_statement (name) @name)) @function
(subroutine (subroutine_statement name: (_) @name)) @function
(function (function_statement name: (_) @name)) @function
(derived_type_definition (derived_type_statement (type_name) @name)) @class
(interface (interface_statement (name) @name)) @interface
(module (variable_declaration
  attribute: (type_qualifier) @_qualifier
  declarator: (init_declarator left: (identifier) @name)
  (#match? @_qualifier "(?i)^parameter")) @constant)

(comment) @lead
