"""`supportrules.spark` where there is no Spark; `tests/system/test_spark.py` has the tests of it where there is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from supportrules import MissingExtra, Policy
from supportrules.engine import built
from supportrules.spark import evaluate


def test_pyspark_is_asked_for(monkeypatch: pytest.MonkeyPatch, shipped: Policy) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtra) as raised:
        evaluate(object(), shipped)
    assert str(raised.value) == "pyspark is not installed: pip install 'supportrules[spark]'"


def test_nothing_of_spark_is_imported_before_it_is_used() -> None:
    text = "import sys, supportrules.spark; print({'pyspark', 'pyarrow', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "set()\n"


def test_what_is_broadcast_is_the_policy(policy: Policy) -> None:
    definition, stages = built.read_data(built.build(policy.tables.forest), "elsewhere")
    copy = Policy(definition, stages=stages)
    assert copy == policy
    assert copy.definition.sources.documents["policy"].location.file == "elsewhere/policy.yaml"
    assert {entry.location.file.partition("/")[0] for entry in copy.definition.origins()} == {"elsewhere"}
