"""The one error of the embedded servers."""


class EmbeddedServerError(Exception):
    """The embedded servers cannot be had; the text is a sentence for people that says what to do."""
