"""Tickets that several tests look at."""

from __future__ import annotations

from typing import Any

import main_path

# The one of docs/decisions.md: a mailbox that one user can't reach, which is a B, and due eight hours of the day after.
# The main path has it, which runs with nothing else beside it.
MAIL: dict[str, Any] = main_path.TICKET
# A B at Midsize Business, due at the close of the next business day.
BUSINESS: dict[str, Any] = {
    "plan": "midsize_business",
    "issue_type": "sharepoint_site_access",
    "affected_users": "one",
    "requester": "administrator",
}
# Nothing is promised but an answer in business hours.
WINDOW: dict[str, Any] = {
    "plan": "small_business",
    "issue_type": "lync_communication",
    "affected_users": "several",
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-03T11:00:00+02:00",
}
# Refused the telephone by three rules that agree, for a technical problem that is not critical: to an administrator, an
# end user or a prospect, whoever asks.
NO_CALLS: dict[str, Any] = {
    "plan": "small_business_premium",
    "issue_type": "lync_contacts",
    "service_state": "degraded",
    "business_impact": "minimal",
    "affected_users": "one",
    "workaround": True,
    "country": "FR",
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
