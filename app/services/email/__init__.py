"""The mail room: accounts of users, mail that is sent through them, and mail that is read from them.

Promises: an account and its mail belong to one user, and nobody else learns that they exist; credentials are encrypted
at rest and never shown again; a message that somebody asked to send to many is sent at most once to each; what a mail
server or a sender says is never trusted.
"""
