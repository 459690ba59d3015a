"""Pictures: converted, resized, looked at, and kept in a gallery of one's own.

Promises: what a picture costs is known before a pixel is decoded, and decoded in a child; what is made of one tells
nobody where it was taken; a gallery belongs to one user, who keeps the same picture once.
"""
