; A declarator wraps the name in what is done with it: `char *(*name(int))(void)`.
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @function
(function_definition declarator: (_ declarator: (function_declarator declarator: (identifier) @name))) @function
(function_definition declarator: (_ declarator: (_
  declarator: (function_declarator declarator: (identifier) @name)))) @function
(function_definition declarator: (function_declarator declarator: (parenthesized_declarator (_
  declarator: (function_declarator declarator: (identifier) @name))))) @function

(struct_specifier name: (type_identifier) @name body: (_)) @class
(union_specifier name: (type_identifier) @name body: (_)) @class
(enum_specifier name: (type_identifier) @name body: (_)) @enum
(type_definition type: (struct_specifier body: (_)) declarator: (type_identifier) @name) @class
(type_definition type: (union_specifier body: (_)) declarator: (type_identifier) @name) @class
(type_definition type: (enum_specifier body: (_)) declarator: (type_identifier) @name) @enum
(type_definition
  type: [(primitive_type) (sized_type_specifier) (type_identifier) (struct_specifier) (union_specifier)
    (enum_specifier)]
  declarator: [
    (type_identifier) @name
    (_ declarator: (type_identifier) @name)
  ]) @type
(type_definition declarator: (function_declarator
  declarator: (parenthesized_declarator (_ declarator: (type_identifier) @name)))) @type

(preproc_def name: (identifier) @name) @constant
(preproc_function_def name: (identifier) @name) @function
(declaration declarator: (init_declarator declarator: (identifier) @name)) @constant
(declaration declarator: (init_declarator declarator: (_ declarator: (identifier) @name))) @constant
(declaration declarator: (init_declarator declarator: (_ declarator: (_ declarator: (identifier) @name)))) @constant

(comment) @lead
