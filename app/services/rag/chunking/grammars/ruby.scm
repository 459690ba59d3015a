(class name: (_) @name) @class
(module name: (_) @name) @namespace
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(assignment left: (constant) @name) @constant
(assignment left: (constant) @name
  right: (call receiver: (constant) @_type method: (identifier) @_new block: (_))
  (#any-of? @_type "Struct" "Data" "Class")) @class

(comment) @lead
