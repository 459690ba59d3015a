(trait_definition name: (_) @name) @interface
(class_definition name: (_) @name) @class
(object_definition name: (_) @name) @class
(enum_definition name: (_) @name) @enum
(type_definition name: (_) @name) @type
(given_definition name: (_) @name) @class
(function_definition name: (_) @name) @function
(function_declaration name: (_) @name) @function
(val_definition pattern: (identifier) @name) @constant
(extension_definition parameters: (parameters (parameter type: [
  (type_identifier) @name
  (generic_type type: (_) @name)
]))) @extension
(package_object name: (_) @name) @namespace

[(comment) (block_comment)] @lead
