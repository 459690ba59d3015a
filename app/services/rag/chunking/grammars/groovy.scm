(class_declaration name: (_) @name) @class
(enum_declaration name: (_) @name) @enum
(interface_declaration name: (_) @name) @interface
(class_body (method_declaration name: (_) @name) @method)
(interface_body (method_declaration name: (_) @name) @method)
(method_declaration name: (_) @name) @function
(constructor_declaration name: (_) @name) @method
(function_definition name: (_) @name) @function
(field_declaration declarator: (variable_declarator name: (_) @name)) @constant

[(line_comment) (block_comment)] @lead
