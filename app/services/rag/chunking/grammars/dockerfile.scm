(from_instruction as: (image_alias) @name) @heading
(from_instruction (image_spec) @name !as) @heading

(comment) @lead
