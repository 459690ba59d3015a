(module_definition (module_binding . (module_name) @name)) @namespace
(module_type_definition . (module_type_name) @name) @interface
(type_definition (type_binding name: (_) @name) @type)
(exception_definition (constructor_declaration . (constructor_name) @name)) @class
(class_definition (class_binding (class_name) @name)) @class
(method_definition (method_name) @name) @method
(external (value_name) @name) @function
(value_specification [(value_name) (parenthesized_operator)] @name) @function

(compilation_unit (value_definition (let_binding
  pattern: [(value_name) (parenthesized_operator)] @name (parameter)) @function))
(structure (value_definition (let_binding
  pattern: [(value_name) (parenthesized_operator)] @name (parameter)) @function))
(value_definition (let_binding
  pattern: (value_name) @name body: [(function_expression) (fun_expression)]) @function)
(compilation_unit (value_definition (let_binding pattern: (value_name) @name) @constant))
(structure (value_definition (let_binding pattern: (value_name) @name) @constant))

(comment) @lead
