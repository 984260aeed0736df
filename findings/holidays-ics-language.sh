#!/bin/sh
# A calendar that holidays exports says that it is German, with names of days in another language.
#
# Seen: without a language, the names of days come in that of the environment, and the LANGUAGE of each event is the country's own.
#
# Expected: the LANGUAGE of the names that are written. RFC 5545, 3.2.10, has it say in which language the text is, and the
# documentation of the exporter has it be that of the object.
# Source: RFC 5545, 3.2.10, https://www.rfc-editor.org/rfc/rfc5545#section-3.2.10
# Seen with holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
environment de_DE, language None: SUMMARY;LANGUAGE=de:Ostermontag
environment en_US, language None: SUMMARY;LANGUAGE=de:Easter Monday
environment uk_UA, language None: SUMMARY;LANGUAGE=de:Великодній понеділок
environment uk_UA, language en_US: SUMMARY;LANGUAGE=en-US:Easter Monday
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109
cat >export.py <<'END'
import os
import sys

import holidays
from holidays.ical import ICalExporter

language = sys.argv[1] if len(sys.argv) > 1 else None
germany = holidays.country_holidays("DE", years=2026, language=language)
lines = ICalExporter(germany, show_language=True).generate().splitlines()
events = "\n".join(lines).split("BEGIN:VEVENT")
(event,) = [event for event in events if "VALUE=DATE:20260406" in event]
(summary,) = [line for line in event.splitlines() if line.startswith("SUMMARY")]
print(f"environment {os.environ['LC_ALL'].partition('.')[0]}, language {language}: {summary}")
END
{
    for locale in de_DE en_US uk_UA; do
        env -u LANGUAGE LC_ALL=$locale.UTF-8 PYTHONIOENCODING=utf-8 venv/bin/python export.py
    done
    env -u LANGUAGE LC_ALL=uk_UA.UTF-8 PYTHONIOENCODING=utf-8 venv/bin/python export.py en_US
} >seen

cat seen
diff -u expected seen
