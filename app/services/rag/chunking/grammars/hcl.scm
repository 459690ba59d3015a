(config_file (body (block . (identifier) @_resource . (string_lit) @name . (string_lit) @name
  (#eq? @_resource "resource")) @section))
(config_file (body (block . (identifier) @name (string_lit)* @name
  (#not-eq? @name "resource")) @section))

(comment) @lead
