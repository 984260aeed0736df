"""Tickets that several tests look at."""

from __future__ import annotations

from typing import Any

# The one of docs/decisions.md.
MAIL: dict[str, Any] = {
    "id": "T-1",
    "plan": "enterprise_e3",
    "issue_type": "mail_access",
    "affected_users": "one",
    "workaround": False,
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-05T11:30:00+02:00",
}
# For the second policy: raised on a Saturday, before a day on which it is closed.
HARBOUR: dict[str, Any] = {
    "plan": "basic",
    "site": "harbour",
    "seats_down": 10,
    "country": "AE",
    "zone": "Asia/Dubai",
    "raised": "2025-04-12T23:30:00+04:00",
    "settled": "2025-04-14T10:00:00+04:00",
}
