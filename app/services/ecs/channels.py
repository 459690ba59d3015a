"""What processes tell each other by NOTIFY: a nudge to look, never the record."""

INPUTS = "ecs_inputs"
"""To the engine: an input was logged; with the payload LOOK, that somebody watches."""

SAVED = "ecs_saved"
"""From the engine: the state was saved; the payload is the number of the last input that was applied."""

LOOK = "look"
REPLACED = "replaced"
"""To the engine: another world is the active one."""
