(class_specifier name: [
  (type_identifier) @name
  (qualified_identifier) @name
  (template_type name: (_) @name)
] body: (_)) @class
(struct_specifier name: [
  (qualified_identifier) @name
  (template_type name: (_) @name)
] body: (_)) @class
(namespace_definition name: (_) @name) @namespace
(alias_declaration name: (_) @name) @type
(type_definition type: [(qualified_identifier) (template_type)] declarator: (type_identifier) @name) @type
(concept_definition name: (_) @name) @interface

(function_definition declarator: (function_declarator declarator: (qualified_identifier) @name)) @method
(function_definition declarator: (_ (function_declarator declarator: (qualified_identifier) @name))) @method
(function_definition declarator: (function_declarator
  declarator: [(field_identifier) (destructor_name) (operator_name)] @name)) @function
(function_definition declarator: (_ (function_declarator
  declarator: [(field_identifier) (destructor_name) (operator_name) (identifier)] @name))) @function

(template_declaration (function_definition declarator: (function_declarator declarator: (_) @name))) @function
(template_declaration (function_definition declarator: (_ (function_declarator declarator: (_) @name)))) @function
(template_declaration (class_specifier name: (_) @name body: (_))) @class
(template_declaration (struct_specifier name: (_) @name body: (_))) @class
(template_declaration (alias_declaration name: (_) @name)) @type
