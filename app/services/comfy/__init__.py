"""The door to a local ComfyUI: it is found, watched, and missed in words when it is away."""
