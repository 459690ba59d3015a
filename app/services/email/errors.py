"""What the mail room refuses, and what mail servers refuse."""

from app.core.errors import ApiError


class UnknownAccount(ApiError):
    """The caller has no mail account of that id."""

    status = 404
    code = "unknown_mail_account"
    title = "Unknown mail account"


class UnknownMessage(ApiError):
    """The caller has no message of that id."""

    status = 404
    code = "unknown_message"
    title = "Unknown message"


class UnknownAttachment(ApiError):
    """The caller has no attachment of that id."""

    status = 404
    code = "unknown_attachment"
    title = "Unknown attachment"


class UnknownBatch(ApiError):
    """The caller has no batch of that id."""

    status = 404
    code = "unknown_batch"
    title = "Unknown batch"


class TooManyAccounts(ApiError):
    """The caller has as many mail accounts as EMAIL_ACCOUNTS allows."""

    status = 409
    code = "too_many_mail_accounts"
    title = "Too many mail accounts"


class ServerMissing(ApiError):
    """The account has no server for this: no SMTP server to send by, or no IMAP server to read from."""

    status = 409
    code = "mail_server_missing"
    title = "Mail server missing"


class CredentialsUnreadable(ApiError):
    """The password was encrypted with a key that is not known any more: enter it again."""

    status = 409
    code = "credentials_unreadable"
    title = "Credentials unreadable"


class SyncRunning(ApiError):
    """The account is being read already."""

    status = 409
    code = "mail_sync_running"
    title = "Already being read"


class MessageRefused(ApiError):
    """The message cannot be sent as it is: too large, a header with a line break, or an attachment without a name."""

    status = 422
    code = "message_refused"
    title = "Message refused"


class RecipientsRefused(ApiError):
    """The mail server takes the message for none of its recipients, or not at all."""

    status = 422
    code = "recipients_refused"
    title = "Recipients refused"


class MailServerFailed(ApiError):
    """The mail server is away, refuses the credentials, or does not answer as it should."""

    status = 502
    code = "mail_server_failed"
    title = "Mail server failed"
