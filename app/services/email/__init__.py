"""The mail room: its key is checked at start, its accounts and messages are still to come."""
