"""Instants, and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(seconds: int) -> datetime:
    """Seconds since 1970 → a time in UTC.

    Raises:
        OverflowError: before year 1 or after year 9999.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OSError) as error:
        raise OverflowError(str(error)) from None


def utc_text(moment: datetime) -> str:
    """A time in UTC as text, with ``Z``."""
    return moment.isoformat().replace("+00:00", "Z")


def local_text(moment: datetime) -> str:
    """A local time as text, with a numeric offset."""
    return moment.isoformat()
