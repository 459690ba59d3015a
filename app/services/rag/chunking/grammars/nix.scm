(binding attrpath: (_) @name expression: (function_expression)) @function
(let_expression (binding_set (binding attrpath: (_) @name) @constant))
(source_code expression: (function_expression body: (attrset_expression (binding_set
  (binding attrpath: (_) @name) @constant))))
(source_code expression: (attrset_expression (binding_set (binding attrpath: (_) @name) @constant)))

(comment) @lead
