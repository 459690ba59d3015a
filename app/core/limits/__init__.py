"""What a route costs and takes: `limits` declares it, and every call is counted against it."""

from app.core.limits.declaration import Body, Limits, Rate, limits, limits_of

__all__ = ["Body", "Limits", "Rate", "limits", "limits_of"]
