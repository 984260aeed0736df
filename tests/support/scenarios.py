"""Edits of the shipped policy as an owner would make them, and a year of versions that they make."""

from __future__ import annotations

from edits import Edit

ONE_CELL_FASTER: tuple[Edit, ...] = (
    ("response_targets", "enterprise: {target: PT8H,", "enterprise: {target: PT4H,"),
)
PLAN_WITH_ITS_OWN_COLUMN: tuple[Edit, ...] = (
    (
        "response_targets",
        "\n  advanced:\n",
        "\n  startup:\n    label: {en: Startup, fr: Jeune Pousse}\n    better_than: [small_business]\n    source: [RT-1]\n    basis: assumed\n  advanced:\n",
    ),
    *(
        (
            "response_targets",
            f"    advanced: {{target: {advanced},",
            f"    startup: {{target: {target}, clock: {clock}, source: [RT-1], basis: assumed}}\n    advanced: {{target: {advanced},",
        )
        for advanced, target, clock in (
            ("PT1H", "PT2H", "24x7"),
            ("PT2H", "next_business_day", "business_hours"),
            ("PT4H", "none", "business_hours"),
        )
    ),
    (
        "plans",
        "  midsize_business:\n    label: {en: Office 365 Midsize Business,",
        "  startup:\n    label: {en: Office 365 Startup, fr: Office 365 Jeune Pousse}\n    family: small_business\n    column: startup\n"
        "    entitlements:\n      telephone_support: critical_only\n      online_support: true\n      presales_support: true\n"
        "      billing_support: true\n      self_service_support: true\n      advanced_support_offer: some_countries\n"
        "    source: [OV-1]\n    basis: assumed\n"
        "  midsize_business:\n    label: {en: Office 365 Midsize Business,",
    ),
)
EXAMPLE_FROM_B_TO_A: tuple[Edit, ...] = (
    (
        "severity",
        "level: B\n      label: {en: one person cannot reach the SharePoint site",
        "level: A\n      label: {en: one person cannot reach the SharePoint site",
    ),
)
OTHER_HOURS: tuple[Edit, ...] = (
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["09:00-12:00", "13:00-18:00"]\n      saturday: ["10:00-14:00"]',
    ),
)
OTHER_FRENCH_LABEL: tuple[Edit, ...] = (
    ("plans", "fr: Office 365 Moyenne Entreprise}", "fr: Office 365 Entreprise moyenne}"),
)

# A year of the shipped policy: an answer in four hours of the day (RT-1), then a label, then an example of B (SV-B2)
# that is A.
YEAR: dict[str, tuple[Edit, ...]] = {
    "2015-01-01": (),
    "2015-04-01": ONE_CELL_FASTER,
    "2015-07-01": (*ONE_CELL_FASTER, *OTHER_FRENCH_LABEL),
    "2015-10-01": (*ONE_CELL_FASTER, *OTHER_FRENCH_LABEL, *EXAMPLE_FROM_B_TO_A),
}
DAYS = list(YEAR)


def edition(version: str, day: str) -> tuple[Edit, ...]:
    """Another version, in force from another day."""
    return (
        ("policy", 'version: "2014-09-03"', f'version: "{version}"'),
        ("policy", 'effective_from: "2014-09-03"', f'effective_from: "{day}"'),
    )
