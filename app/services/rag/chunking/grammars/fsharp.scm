(named_module name: (_) @name) @namespace
(namespace name: (_) @name) @namespace
(module_defn (identifier) @name) @namespace
(type_definition (type_abbrev_defn (type_name type_name: (_) @name))) @type
(type_definition (_ (type_name type_name: (_) @name))) @class
(function_or_value_defn (function_declaration_left . (identifier) @name)) @function
(function_or_value_defn (value_declaration_left (identifier_pattern) @name)) @constant
(member_defn (method_or_prop_defn name: (property_or_ident method: (identifier) @name))) @method
(member_defn (method_or_prop_defn name: (property_or_ident . (identifier) @name .))) @method
(member_defn (member_signature . (identifier) @name)) @method

[(line_comment) (block_comment) (xml_doc) (attributes)] @lead
