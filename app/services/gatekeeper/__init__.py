"""Gatekeeper: accounts, sessions and tokens.

Promises: a password is never kept, only its hash; a refresh token works once, yet two tabs that refresh at the
same moment both stay logged in; a stolen one that is used again ends the session for good; what is revoked is refused
in every process within milliseconds, within a second by one that does not hear, and after a restart; a personal access
token never does more than its account may, and never manages the account; who guesses passwords is slowed down, and the
owner is not locked out; what happened is written down, without secrets.
"""
