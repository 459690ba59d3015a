(class_declaration declaration_kind: "extension" name: (_) @name) @extension
(class_declaration declaration_kind: "enum" name: (_) @name) @enum
(class_declaration declaration_kind: ["class" "struct" "actor"] name: (_) @name) @class
(protocol_declaration name: (_) @name) @interface
(typealias_declaration name: (type_identifier) @name) @type
(associatedtype_declaration name: (type_identifier) @name) @type
(function_declaration name: (simple_identifier) @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration "init" @name) @method
(deinit_declaration "deinit" @name) @method
(subscript_declaration "subscript" @name) @method
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name) computed_value: (_)) @method
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @constant

[(comment) (multiline_comment)] @lead
