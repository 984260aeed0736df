"""Tickets of a Spark DataFrame → decisions, on the executors of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from supportrules.engine import built
from supportrules.engine.chaining import PlainChainer
from supportrules.engine.columns import Batches, OnError, columns, gathered
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import MissingExtra
from supportrules.policy.vocabulary import check_names

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def evaluate(
    df: DataFrame,
    policy: Policy | str | Path | None,
    *,
    defaults: bool | Collection[str] = True,
    extra: bool = False,
    ignore: Collection[str] = (),
    on_error: OnError = "null",
) -> DataFrame:
    """Decides the tickets of a DataFrame, each row as `Policy.evaluate_batch` does.

    Nothing runs before an action asks for the decisions, and nothing is collected. The policy is built and
    broadcast, so that executors compile nothing.

    Args:
        df: columns are facts, null means not given. Instants are of `TimestampType`, or RFC 3339 texts.
        policy: the policy, or what `load_policy` takes.
        defaults: whether facts that are not given take their defaults, or the names of those that do.
        extra: whether columns that are no facts are ignored, unless a fact can be meant; otherwise they are
            errors.
        ignore: the names of columns to ignore where they are no facts.
        on_error: ``null`` gives a ticket that can't be decided a row of nulls with its ``error``; ``fail``
            fails the job, naming the ticket.

    Returns:
        A row for each ticket, in the partition of its ticket; the columns are those of
        `Policy.decision_schema`, with instants of `TimestampType`.

    Raises:
        InputError: columns that are no facts, of a type of which no value can be right, or instants without
            a time zone.
        PolicyLoadError: the policy does not load.
        BuildError: the policy is too large to be built.
        MissingExtra: pyspark or pyarrow is not installed.
        TypeError, ValueError: `defaults`, `ignore` or `on_error` is something else.
    """
    try:
        from pyspark.sql.functions import lit
        from pyspark.sql.pandas.types import from_arrow_schema
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyspark":
            raise
        raise MissingExtra("pyspark", "spark") from None
    source = policy if isinstance(policy, Policy) else load_policy(policy)
    vocabulary = source.definition.vocabulary
    # Arguments that are wrong are told here, and not by executors.
    check_names(ignore)
    schema = _work(source, defaults, on_error).schema
    # A table of no rows tells which Arrow types the columns will have, and runs nothing.
    nothing = df.sparkSession.createDataFrame([], df.schema).limit(0)
    given = columns(nothing.toArrow().schema, vocabulary, extra, ignore)
    # What is no fact need not reach Python; of rows without columns, none would.
    df = (
        df.select(*given)
        if given
        else df.select(lit(None).cast("string").alias(next(iter(vocabulary.facts))))
    )
    data = built.build(source.tables.forest)
    folder = str(PurePath(source.definition.sources.documents["policy"].location.file).parent)
    shared = df.sparkSession.sparkContext.broadcast(data)

    def decide(batches: Iterable[Any]) -> Iterator[Any]:
        return _decide(batches, _policy(shared.value, folder), defaults, on_error)

    return df.mapInArrow(decide, from_arrow_schema(schema))


@lru_cache(maxsize=4)
def _policy(data: bytes, folder: str) -> Policy:
    """A built policy, kept with all that it works out for the next tasks of this process."""
    definition, stages = built.read_data(data, folder)
    # What is inferred here is which rules conflict: durable-rules would have to be on every machine.
    return Policy(definition, PlainChainer(), stages=stages)


def _work(policy: Policy, defaults: bool | Collection[str], on_error: OnError) -> Batches:
    return Batches(
        policy.program,
        policy.columns,
        policy.evaluate,
        defaults=defaults,
        extra=False,
        ignore=(),
        on_error=on_error,
    )


def _decide(
    batches: Iterable[Any], policy: Policy, defaults: bool | Collection[str], on_error: OnError
) -> Iterator[Any]:
    """The decisions of one partition."""
    from pyspark import TaskContext

    # Which row an error is of is told with it.
    work = _work(policy, defaults, "null")
    before = 0
    # Spark's 10,000 in a batch take nearly twice the time; and a task has one processor.
    for batch in gathered(batches):
        found = work.decide(batch)
        if found.errors and on_error == "fail":
            row, error = found.errors[0]
            name = found.batch.column("ticket")[row].as_py()
            ticket = "" if name is None else f", ticket `{name}`"
            error.add_note(f"row {before + row + 1} of partition {TaskContext.get().partitionId()}{ticket}")
            raise error
        yield found.batch
        before += batch.num_rows
