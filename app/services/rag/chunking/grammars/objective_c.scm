(class_interface . (identifier) @name !category) @class
(class_implementation . (identifier) @name !category) @class
(class_interface . (identifier) @name category: (_)) @extension
(class_implementation . (identifier) @name category: (_)) @extension
(protocol_declaration . (identifier) @name) @interface
(method_definition (method_type) . (identifier) @name) @method
(protocol_declaration (method_declaration (method_type) . (identifier) @name) @method)
(type_definition type: (macro_type_specifier
  name: (_) @_macro
  type: (type_descriptor type: (type_identifier) @name)
  (#any-of? @_macro "NS_ENUM" "NS_OPTIONS" "NS_CLOSED_ENUM"))) @enum
