"""How many of the test vectors other libraries get right, of those that they can express.

Run by ``make bench-vectors``. Both know lengths of open time in weekly hours with closed dates, and nothing
of pauses, of changes or of days that count; pandas knows whole hours only.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pandas as pd
import pytz

from supportrules.policy.binding.calendars import interval
from supportrules.policy.format import DAYS
from supportrules.time.targets import Duration, Target

HOUR = timedelta(hours=1)
VECTORS = Path(__file__).parent.parent / "vectors"
Hours = tuple[tuple[tuple[int, int], ...], ...]
Due = Callable[[Hours, ZoneInfo, Sequence[date], datetime, timedelta], datetime]


def week(vector: Mapping[str, Any]) -> Hours:
    return tuple(tuple(sorted(map(interval, vector["hours"].get(day, ())))) for day in DAYS)


def expressible(vector: Mapping[str, Any]) -> bool:
    """Whether it is about a length of open time only, in the same hours, more than one, on all open days."""
    if vector.get("paused") or vector.get("changes") or "every" in vector or not vector["expect"].get("due"):
        return False
    if not isinstance(Target.of(vector["target"].replace("next_day", "P1D")), Duration):
        return False
    if not isinstance(vector["hours"], dict):
        return False
    all_hours = {hours for hours in week(vector) if hours}
    return len(all_hours) == 1 and sum(end - start for start, end in next(iter(all_hours))) > 3600


def by_pandas(
    hours: Hours, zone: ZoneInfo, closed: Sequence[date], start: datetime, length: timedelta
) -> datetime:
    spans = next(filter(None, hours))
    opens, closes = ([_clock(span[side]) for span in spans] for side in (0, 1))
    offset = pd.offsets.CustomBusinessHour(
        weekmask="".join("01"[bool(day)] for day in hours), holidays=list(closed), start=opens, end=closes
    )
    if length % HOUR:
        raise NotImplementedError
    found: datetime = (pd.Timestamp(start).tz_convert(zone) + length // HOUR * offset).to_pydatetime()
    return found


def by_businesstimedelta(
    hours: Hours, zone: ZoneInfo, closed: Sequence[date], start: datetime, length: timedelta
) -> datetime:
    spans = next(filter(None, hours))
    # It asks for zones of pytz.
    common = {
        "working_days": [number for number, day in enumerate(hours) if day],
        "tz": pytz.timezone(zone.key),
    }
    rules = [businesstimedelta.WorkDayRule(_time(spans[0][0]), _time(spans[-1][1]), **common)]
    for (_, closes), (opens, _) in itertools.pairwise(spans):
        rules.append(businesstimedelta.LunchTimeRule(_time(closes), _time(opens), **common))
    # After the last date of a list it fails.
    dates = [*closed, start.date() + timedelta(days=1000)]
    rules.append(businesstimedelta.HolidayRule(dates, tz=common["tz"]))
    delta = businesstimedelta.BusinessTimeDelta(businesstimedelta.Rules(rules), timedelta=length)
    found: datetime = start + delta
    return found


def _clock(seconds: int) -> str:
    return f"{seconds % 86400 // 3600:02}:{seconds % 3600 // 60:02}"


def _time(seconds: int) -> time:
    return time(seconds % 86400 // 3600, seconds % 3600 // 60)


LIBRARIES: Mapping[str, Due] = {
    "pandas, CustomBusinessHour": by_pandas,
    "businesstimedelta": by_businesstimedelta,
}


def main() -> None:
    files = sorted(VECTORS.glob("*.jsonl"))
    vectors = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    chosen = list(filter(expressible, vectors))
    for name, due in LIBRARIES.items():
        right, left, wrong = 0, 0, []
        for vector in chosen:
            closed = [date.fromisoformat(day) for day in vector.get("closed", ())]
            length = timedelta(seconds=Target.of(vector["target"]).length)
            start = datetime.fromisoformat(vector["starts"])
            try:
                found = due(week(vector), ZoneInfo(vector["timezone"]), closed, start, length)
                said = found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            except NotImplementedError:
                left += 1
                continue
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            if said == vector["expect"]["due"]:
                right += 1
            else:
                wrong.append(f"  {vector['name']}: {vector['expect']['due']}, found {said}")
        print(f"{name}: {right} right of {len(chosen) - left} that it can express, of {len(vectors)}")
        print(*wrong, sep="\n")


if __name__ == "__main__":
    main()
