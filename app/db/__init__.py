"""The databases: where they are, how they are created and migrated, engines and sessions."""
