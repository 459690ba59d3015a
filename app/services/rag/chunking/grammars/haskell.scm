(data_type name: (_) @name) @class
(newtype name: (_) @name) @class
(type_synonym name: (_) @name) @type
(type_family name: (_) @name) @type
(class name: (_) @name) @interface
(instance name: (_) @name) @extension
(declarations (signature name: (_) @name) @function)
(declarations (function name: (_) @name) @function)
(declarations (bind name: (_) @name) @function)
(declarations (function (infix operator: (_) @name)) @function)
(class_declarations (signature name: (_) @name) @method)

[(comment) (haddock) (pragma)] @lead
