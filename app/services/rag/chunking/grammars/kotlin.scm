(class_declaration "interface" name: (_) @name) @interface
(class_declaration name: (_) @name (enum_class_body)) @enum
(class_declaration name: (_) @name) @class
(object_declaration name: (_) @name) @class
(companion_object name: (_) @name) @class
(type_alias type: (_) @name) @type
(function_declaration (user_type) @scope . "." . name: (_) @name) @method
(function_declaration name: (_) @name) @function
(secondary_constructor "constructor" @name) @method
(property_declaration (variable_declaration . (identifier) @name) [(getter) (setter)]) @method
(property_declaration (variable_declaration . (identifier) @name)) @constant

[(line_comment) (block_comment)] @lead
