"""How many calls one caller has in how much time."""

from typing import Annotated

from limits import RateLimitItem, parse
from pydantic import BeforeValidator
from pydantic_settings import SettingsConfigDict

from app.core.limits.declaration import Rate
from app.core.settings import Environment, Settings, Slice


def parse_allowance(value: object) -> object:
    """Turn `300/minute` or `5 per 10 seconds` into what the library counts with.

    Raises:
        ValueError: It does not read so, or allows nothing.
    """
    if not isinstance(value, str):
        return value
    try:
        found = parse(value)
    except ValueError:
        found = None
    if found is None or found.amount < 1:
        raise ValueError("write a number and a time, such as 300/minute or 10 per 5 seconds")
    return found


Allowance = Annotated[RateLimitItem, BeforeValidator(parse_allowance)]


class RateSettings(Slice):
    """Settings of the rate limits; `auth` holds whether they are enabled or not."""

    model_config = SettingsConfigDict(env_prefix="RATE_LIMIT_", arbitrary_types_allowed=True)

    enabled: bool | None = None
    default: Allowance = parse("600/minute")
    search: Allowance = parse("1200/minute")
    expensive: Allowance = parse("60/minute")
    auth: Allowance = parse("60/minute")

    def allowances(self, settings: Settings) -> dict[Rate, RateLimitItem]:
        """Return what is enforced: everything in production or where RATE_LIMIT_ENABLED says so, else `auth` alone."""
        enabled = settings.environment is Environment.production if self.enabled is None else self.enabled
        every = {
            Rate.default: self.default,
            Rate.search: self.search,
            Rate.expensive: self.expensive,
            Rate.auth: self.auth,
        }
        return every if enabled else {Rate.auth: self.auth}
