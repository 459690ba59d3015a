"""Documents that were sent in: rows of the file table like any other, of a source without a directory.

Promises: the same document is never indexed twice; what cannot be taken is named with its reason and harms no
other; whoever sent a document, and administrators, replace and delete it.
"""
