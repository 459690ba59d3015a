"""The door to a local ComfyUI: pictures from words or from workflows, with the progress as it is made.

Promises: a job is its owner's, and is known after a restart of either side; names of samplers, schedulers and models
are looked at before anything is queued, and what ComfyUI refuses is told by the field; one WebSocket for each process,
however many follow their jobs; a stream holds no database connection.
"""
