"""Countries that decide year by year on which days people work and which are free.

A law names their holidays for good. Which of them are moved, and which weekends are worked to make up for
them, a decree says for each year, often in the autumn before. The ``holidays`` package knows the holidays of
every year, but moved days only as far as they had been decreed when the package was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "AR": "https://www.argentina.gob.ar/normativa/nacional/resolución-164-2025-421799/texto",
        "AZ": "https://nk.gov.az/az/senedler/qerarlar/is-ve-istirahet-gunlerinin-yerlerinin-deyisdirilme-8864",
        "BY": "https://belarusbank.by/en/financial-institutions/11163",
        "CN": "https://www.gov.cn/gongbao/2025/issue_12406/202511/content_7048922.html",
        "GH": "https://www.mint.gov.gh/statutory-public-holidays/",
        "HU": "https://jogkodex.hu/jsz/2025_10_ngm_rendelet_5591314",
        "KG": "https://cbd.minjust.gov.kg/7-36549/edition/26567/kg",
        "KZ": "https://adilet.zan.kz/kaz/docs/G24G0000436",
        "LV": "https://likumi.lv/ta/id/361161-par-darba-dienu-parcelsanu-2026-gada",
        "RU": "https://www.consultant.ru/law/ref/calendar/proizvodstvennye/2027/",
        "TH": "https://en.wikipedia.org/wiki/Public_holidays_in_Thailand",
        "UZ": "https://lex.uz/docs/-7938920",
        "VN": (
            "https://thuvienphapluat.vn/hoi-dap-phap-luat/"
            "lich-nghi-le-quoc-khanh-29-hai-quan-nam-2026-nhu-the-nao-138100727.html"
        ),
    }
)
"""For each of these countries, what decrees or announces moved days, as ``holidays`` cites it."""
