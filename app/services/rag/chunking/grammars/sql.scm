(create_table (object_reference) @name) @class
(create_view (object_reference) @name) @class
(create_materialized_view (object_reference) @name) @class
(create_type (object_reference) @name) @type
(create_function . (_)* (object_reference) @name (function_body)) @function
(create_trigger . (_)* (object_reference) @name . (_) @_when (#match? @_when "(?i)^(before|after|instead)")) @function

[(comment) (marginalia)] @lead
