"""Gatekeeper: accounts, sessions and tokens.

Promises: a password is never kept, only its hash; a refresh token works once, yet two tabs that refresh at the
same moment both stay logged in; a stolen one that is used again ends the session for good; a logout holds in
every process within a second and after a restart.
"""
