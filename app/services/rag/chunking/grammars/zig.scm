(function_declaration name: (_) @name) @function
(variable_declaration . (identifier) @name [(struct_declaration) (union_declaration) (opaque_declaration)]) @class
(variable_declaration . (identifier) @name [(enum_declaration) (error_set_declaration)]) @enum
(source_file (variable_declaration . (identifier) @name) @constant)
(struct_declaration (variable_declaration . (identifier) @name) @constant)
(test_declaration (string (string_content) @name)) @section

(comment) @lead
