"""The process that runs the world: the only one that changes its state.

Whichever process leads starts it as a child. It takes a lock on the connection over which it writes, so that a child
whose parent was lost, and the next one, never write both.
"""
