(class_definition name: (_) @name) @class
(mixin_declaration (identifier) @name) @class
(extension_declaration class: (_) @name) @extension
(enum_declaration name: (_) @name) @enum
(type_alias . (type_identifier) @name) @type

; A body stands behind its signature, not in it.
((function_signature name: (_) @name) @function . (function_body) @end)
((method_signature (function_signature name: (_) @name)) @method . (function_body) @end)
((method_signature (getter_signature name: (_) @name)) @method . (function_body) @end)
((method_signature (setter_signature name: (_) @name)) @method . (function_body) @end)
((method_signature (constructor_signature . name: (_) @name . parameters: (_))) @method . (function_body) @end)
((method_signature (constructor_signature name: (_) . name: (_) @name)) @method . (function_body) @end)
((method_signature (factory_constructor_signature (identifier) (identifier) @name)) @method . (function_body) @end)
(declaration (function_signature name: (_) @name)) @method
(declaration (constructor_signature . name: (_) @name . parameters: (_))) @method
(declaration (constructor_signature name: (_) . name: (_) @name)) @method

(static_final_declaration . (identifier) @name) @constant

[(comment) (documentation_comment) (annotation)] @lead
