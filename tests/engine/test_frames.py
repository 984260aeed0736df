"""Data frames: whatever speaks the Arrow PyCapsule interface is decided as the tickets that it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from supportrules import InputError, Policy
from supportrules.engine import columns as batch

OPENED = datetime(2014, 9, 5, 9, 30, tzinfo=UTC)
COLUMNS: dict[str, list[Any]] = {
    "id": ["T-1", "T-2", "T-3"],
    "plan": ["enterprise_e3", None, "midsize_business"],
    "issue_type": ["mail_access", "sharepoint_site_down", None],
    "affected_users": ["one", None, "one"],
    "workaround": [False, None, True],
    "requester": ["administrator", None, "administrator"],
    "country": ["FR", "GB", None],
    "opened_at": [OPENED, OPENED, None],
}


@pytest.fixture(scope="module")
def expected(shipped: Policy) -> list[dict[str, Any]]:
    """What each ticket alone comes to."""
    tickets = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    for ticket in tickets:
        ticket["opened_at"] = ticket["opened_at"] and ticket["opened_at"].isoformat()
    found: list[dict[str, Any]] = []
    for decided in shipped.evaluate_batches([tickets]):
        found += decided.batch.to_pylist()
    # Answers that differ, or a mistake in a column would not show.
    assert [row["severity"] for row in found] == ["B", "A", None]
    assert found[0]["promises"]["response"]["due_at"] == OPENED + timedelta(hours=8)
    return found


def pandas_texts(kind: Any) -> pd.DataFrame:
    frame = pd.DataFrame(COLUMNS)
    for name in ("id", "plan", "issue_type", "country"):
        frame[name] = frame[name].astype(kind)
    return frame


def pandas_objects() -> pd.DataFrame:
    """As Excel and many libraries give columns: objects, and each kind of "nothing" among them."""
    frame = pd.DataFrame(COLUMNS).astype(object)
    frame.loc[1, "plan"] = np.nan
    frame.loc[1, "affected_users"] = pd.NA
    frame.loc[1, "workaround"] = np.nan
    frame.loc[2, "opened_at"] = pd.NaT
    return frame


def duckdb_relation() -> Any:
    table = pa.table(COLUMNS)
    return duckdb.connect().from_arrow(table).order("id")


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas objects": pandas_objects,
    "pandas nullable": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas category": lambda: pandas_texts("category"),
    "pandas string[python]": lambda: pandas_texts("string[python]"),
    "pandas string[pyarrow]": lambda: pandas_texts("string[pyarrow]"),
    "pandas large_string": lambda: pandas_texts(pd.ArrowDtype(pa.large_string())),
    "pandas string_view": lambda: pandas_texts(pd.ArrowDtype(pa.string_view())),
    "pandas zone": lambda: pd.DataFrame(COLUMNS).assign(
        opened_at=lambda frame: frame["opened_at"].dt.tz_convert("Asia/Kathmandu")
    ),
    "pandas named index": lambda: pd.DataFrame(COLUMNS).set_index("id"),
    "pandas named levels": lambda: pd.DataFrame(COLUMNS).set_index(["id", "country"]),
    "pandas attrs": lambda: pd.DataFrame(COLUMNS).pipe(_with_attrs),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars categories": lambda: pl.DataFrame(COLUMNS).with_columns(
        pl.col("plan", "country").cast(pl.Categorical)
    ),
    "polars enum": lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("country").cast(pl.Enum(["GB", "FR"]))),
    "polars all null": lambda: pl.DataFrame(COLUMNS).with_columns(service_state=None),
    "duckdb": duckdb_relation,
    "duckdb reader": lambda: duckdb_relation().to_arrow_reader(1),
    "reader": lambda: pa.table(COLUMNS).to_reader(max_chunksize=2),
    "table": lambda: pa.table(COLUMNS),
    "struct array": lambda: pa.array(pa.table(COLUMNS).to_pylist()),
}


def _with_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["made by"] = {"export": 7}
    return frame


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_decided_as_its_tickets(
    shipped: Policy, expected: list[dict[str, Any]], make: Callable[[], Any]
) -> None:
    decisions = shipped.evaluate_batch(make())
    assert isinstance(decisions, pa.Table)
    assert decisions.schema == shipped.decision_schema()
    assert decisions.to_pylist() == expected
    # As one batch of several, and as a stream of batches.
    (one,) = shipped.evaluate_batches([make()])
    assert one.batch.to_pylist() == expected
    frame = make()
    if hasattr(frame, "__arrow_c_stream__"):
        stream = pa.Table.from_batches([each.batch for each in shipped.evaluate_batches(frame)])
        assert stream.to_pylist() == expected


def test_an_array_alone_of_the_interface(shipped: Policy, expected: list[dict[str, Any]]) -> None:
    class Exporter:
        """A table that speaks the interface and nothing else."""

        def __arrow_c_array__(self, requested_schema: object = None) -> Any:
            return pa.record_batch(COLUMNS).__arrow_c_array__(requested_schema)

    assert shipped.evaluate_batch(Exporter()).to_pylist() == expected


def test_decisions_go_back_into_frames(shipped: Policy) -> None:
    frame = pd.DataFrame(COLUMNS, index=["x", "y", "z"])
    decisions = shipped.evaluate_batch(frame.reset_index(drop=True))
    back = decisions.to_pandas().set_index(frame.index)
    assert frame.join(back[["severity"]]).loc["y", "severity"] == "A"
    assert pl.from_arrow(decisions)["severity"].to_list() == ["B", "A", None]
    assert duckdb.sql("SELECT severity FROM decisions WHERE ticket = 'T-1'").fetchall() == [("B",)]


def test_a_stream_is_cut_and_put_together(shipped: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error has the row of its batch, whatever the sizes in which a stream comes."""
    monkeypatch.setattr(batch.batches, "ROWS", 4)
    plans = ["enterprise_e3"] * 11
    plans[6] = "enterprise_e2"
    reader = pa.table({"plan": plans}).to_reader(max_chunksize=1)
    found = list(shipped.evaluate_batches(reader))
    assert [each.batch.num_rows for each in found] == [4, 4, 3]
    assert [[row for row, _ in each.errors] for each in found] == [[], [2], []]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pd.Series([3.0, np.nan]), id="pandas"),
        pytest.param(pl.Series([3.0, float("nan")]), id="polars NaN"),
        pytest.param(pl.Series([3.0, None]), id="polars null"),
        pytest.param(pa.array([3.0, float("nan")], pa.float32()), id="float32"),
        pytest.param(pa.array(np.array([3.0, np.nan], dtype=np.float16)), id="float16"),
        pytest.param(pa.array([3.0, float("nan")]).dictionary_encode(), id="dictionary"),
    ],
)
def test_a_whole_number_that_comes_as_floats(harbourline: Policy, column: Any) -> None:
    """NaN is how such a column says that there is no value."""
    number = next(
        name for name, fact in harbourline.definition.vocabulary.facts.items() if fact.type == "number"
    )
    frame = pl.DataFrame({number: column}) if isinstance(column, pl.Series) else {number: column}
    table = frame if isinstance(frame, pl.DataFrame) else pa.table(frame)
    found = harbourline.evaluate_batch(table).to_pylist()
    (alone,) = harbourline.evaluate_batches([[{number: 3}, {}]])
    assert found == alone.batch.to_pylist()
    assert [row["error"] for row in found] == [None, None]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(lambda: pd.DataFrame({"plan": [np.nan, np.nan]}), id="pandas"),
        pytest.param(lambda: pl.DataFrame({"plan": [float("nan")] * 2}), id="polars"),
    ],
)
def test_a_column_of_nothing_but_nan_is_not_given(shipped: Policy, frame: Callable[[], Any]) -> None:
    (alone,) = shipped.evaluate_batches([[{}, {}]])
    assert shipped.evaluate_batch(frame()).to_pylist() == alone.batch.to_pylist()


def test_the_text_nan_is_no_nan(shipped: Policy) -> None:
    (row,) = shipped.evaluate_batch(pd.DataFrame({"plan": ["nan"]})).to_pylist()
    assert row["error"].startswith("unknown plan `nan`")


CAST = 'cast it first: `astype("{0}")` in pandas, `cast(pl.{1})` in polars, `CAST(… AS {2})` in SQL'
TWO = pd.DataFrame({"plan": ["enterprise_e3", "enterprise_e1"]})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            # A spreadsheet's TRUE, FALSE and an empty cell.
            pd.DataFrame({"workaround": [1.0, 0.0, np.nan]}),
            "`workaround` takes true or false, not a column of type `double`: "
            + CAST.format("boolean", "Boolean", "BOOLEAN"),
        ),
        (
            pl.DataFrame({"workaround": [1, 0]}),
            "`workaround` takes true or false, not a column of type `int64`: "
            + CAST.format("boolean", "Boolean", "BOOLEAN"),
        ),
        (
            pl.DataFrame({"workaround": ["yes", "no"]}),
            "`workaround` takes true or false, not a column of type `string_view`: say which texts are true: "
            'in pandas `map({"yes": True, "no": False})`, in SQL a comparison',
        ),
        (
            pd.DataFrame({"id": [1001, 1002]}),
            "`id` takes text, not a column of type `int64`: " + CAST.format("string", "String", "VARCHAR"),
        ),
        (
            pd.DataFrame({"opened_at": [1409909400]}),
            'give timestamps with a time zone made of seconds by `to_datetime(…, unit="s", utc=True)` in pandas',
        ),
        (
            pl.DataFrame({"opened_at": [OPENED.date()]}),
            "not a column of type `date32[day]`: give timestamps with a time zone: a day is no instant",
        ),
        (
            pd.DataFrame({"opened_at": [datetime(2014, 9, 5, 9, 30)]}),
            "the times of `opened_at` have no time zone: say which one they are in: with `dt.tz_localize` in pandas",
        ),
        (
            # Arrow would take the second for UTC.
            pd.DataFrame({"opened_at": [OPENED, None, datetime(2014, 9, 5, 9, 30)]}, dtype=object),
            "the time of `opened_at` in row 3 has no time zone: say which one",
        ),
        (
            TWO[TWO["plan"] == "enterprise_e1"].set_index(pd.Index(["x"])),
            "the index of the DataFrame has no name: leave it out with `df.reset_index(drop=True)`, or name the "
            "fact that it holds: `df.rename_axis(FACT)`",
        ),
        (
            TWO.rename_axis("id"),
            "the index `id` of the DataFrame is a range, which has no column: make it a column: `df.reset_index()`",
        ),
        (
            pd.DataFrame([["FR"]], columns=pd.MultiIndex.from_tuples([("place", "country")])),
            "the columns of the DataFrame have 2 levels: keep the one with the facts: "
            "`df.columns = df.columns.get_level_values(LEVEL)`",
        ),
        (
            pd.DataFrame([["FR", "GB"]], columns=["country", "country"]),
            "the table can't be read as Arrow: Duplicate column names found: ['country', 'country']: give each "
            "column a name of its own and values of one type",
        ),
        (
            pd.DataFrame({"plan": ["enterprise_e3", 3]}, dtype=object),
            "the table can't be read as Arrow: Conversion failed for column plan with type object: Expected bytes, "
            "got a 'int' object: give each column",
        ),
        (pd.DataFrame({"plan": ["\ud800"]}, dtype=object), "the table can't be read as Arrow: "),
        (pa.array(["FR"]), "the table can't be read as Arrow: "),
        (pd.DataFrame([["FR"]]), "unknown column `0`"),
    ],
)
def test_what_is_wrong_with_a_frame(shipped: Policy, frame: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        shipped.evaluate_batch(frame)
    assert message in str(caught.value)
    with pytest.raises(InputError) as caught:
        list(shipped.evaluate_batches([frame]))
    assert message in str(caught.value)
    if hasattr(frame, "__arrow_c_stream__"):
        with pytest.raises(InputError) as caught:
            list(shipped.evaluate_batches(frame))
        assert message in str(caught.value)


def test_a_stream_that_breaks_off(shipped: Policy) -> None:
    """What fails once some of it was read is an error of the input as well."""

    def batches() -> Iterator[Any]:
        yield pa.record_batch({"country": ["FR"]})
        raise OSError("the connection is gone")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("country", pa.string())]), batches())
    with pytest.raises(InputError, match="the connection is gone"):
        list(shipped.evaluate_batches(reader))


def test_the_casts_that_are_proposed(shipped: Policy, harbourline: Policy) -> None:
    """What the messages say to do is what helps."""
    flags = pd.DataFrame({"workaround": [1.0, 0.0, np.nan]})
    right = pa.table({"workaround": [True, False, None]})
    expected = shipped.evaluate_batch(right)
    assert shipped.evaluate_batch(flags.assign(workaround=flags["workaround"].astype("boolean"))) == expected
    polars = pl.DataFrame({"workaround": [1.0, 0.0, None]}).with_columns(
        pl.col("workaround").cast(pl.Boolean)
    )
    assert shipped.evaluate_batch(polars) == expected
    relation = duckdb.connect().from_arrow(pa.table({"workaround": [1.0, 0.0, None]}))
    assert shipped.evaluate_batch(relation.select("CAST(workaround AS BOOLEAN) AS workaround")) == expected
    texts = pd.DataFrame({"workaround": ["yes", "no", None]})
    mapped = texts["workaround"].map({"yes": True, "no": False})
    assert shipped.evaluate_batch(texts.assign(workaround=mapped)) == expected

    ids = pd.DataFrame({"id": [1001]})
    cast = ids.assign(id=ids["id"].astype("string"))
    assert shipped.evaluate_batch(cast)["ticket"].to_pylist() == ["1001"]
    naive = pd.DataFrame({"opened_at": [datetime(2014, 12, 24, 17, 40)]})
    local = naive.assign(opened_at=naive["opened_at"].dt.tz_localize("Europe/Paris"))
    seconds = pd.DataFrame({"opened_at": pd.to_datetime([1419439200], unit="s", utc=True)})
    assert local["opened_at"][0] == seconds["opened_at"][0] == datetime(2014, 12, 24, 16, 40, tzinfo=UTC)
    assert shipped.evaluate_batch(local)["error"].to_pylist() == [None]
    assert shipped.evaluate_batch(local) == shipped.evaluate_batch(seconds)

    unnamed = pd.DataFrame({"country": ["FR"]}, index=["T-1"])
    assert shipped.evaluate_batch(unnamed.rename_axis("id"))["ticket"].to_pylist() == ["T-1"]
    assert shipped.evaluate_batch(unnamed.reset_index(drop=True))["ticket"].to_pylist() == [None]
    levels = pd.DataFrame([["T-1"]], columns=pd.MultiIndex.from_tuples([("ticket", "id")]))
    levels.columns = levels.columns.get_level_values(1)
    assert shipped.evaluate_batch(levels)["ticket"].to_pylist() == ["T-1"]


def test_an_unnamed_index_is_passed_over_with_other_columns(shipped: Policy) -> None:
    frame = pd.DataFrame({"country": ["FR"], "agent": ["Ada"]}, index=["x"])
    assert shipped.evaluate_batch(frame, extra=True)["error"].to_pylist() == [None]


def test_aware_times_of_several_offsets(shipped: Policy) -> None:
    times = [OPENED, OPENED.astimezone(timezone(timedelta(hours=5, minutes=45)))]
    row = {name: values[0] for name, values in COLUMNS.items() if name != "opened_at"}
    frame = pd.DataFrame([row | {"opened_at": time} for time in times]).astype({"opened_at": object})
    first, second = shipped.evaluate_batch(frame).to_pylist()
    assert first == second and first["promises"]["response"]["due_at"] == OPENED + timedelta(hours=8)


@pytest.mark.parametrize("data", [pl.LazyFrame(COLUMNS), COLUMNS, [{}], "frame", None])
def test_what_is_no_frame(shipped: Policy, data: Any) -> None:
    with pytest.raises(TypeError, match="`evaluate_batch` takes a DataFrame or whatever else has the Arrow"):
        shipped.evaluate_batch(data)
    with pytest.raises(TypeError, match="a batch is a DataFrame or whatever else has the Arrow PyCapsule"):
        list(shipped.evaluate_batches([None]))


def test_values_that_a_dictionary_does_not_have(shipped: Policy) -> None:
    """Built without the check that would refuse it; an index that is wrong is never followed."""
    for indices in ([0, 1], [-1, 0]):
        plan = pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(["enterprise_e3"]), safe=False)
        with pytest.raises(InputError) as caught:
            shipped.evaluate_batch(pa.table({"plan": plan}))
        assert str(caught.value) == (
            "column `plan` is damaged: it refers to values that its dictionary does not have"
        )
