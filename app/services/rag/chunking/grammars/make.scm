(rule (targets . (_) @name) (#not-match? @name "^\\.[A-Z]")) @section
(define_directive name: (word) @name) @function
(makefile (variable_assignment name: (word) @name) @constant)

(comment) @lead
