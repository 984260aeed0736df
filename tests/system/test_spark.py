"""Decisions of a Spark cluster on the loopback: a master, two workers, and a driver, which is this process."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyspark
import pytest
from pyspark import SparkContext
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit, timestamp_seconds

from folders import ROOT
from known_tickets import HARBOUR, MAIL
from pages import PAGES, blocks
from random_tickets import random_ticket
from supportrules import InputError, Policy, load_policy
from supportrules.spark import evaluate
from ticket_tables import table

HOME = Path(pyspark.__file__).parent
HARBOURLINE = ROOT / "tests" / "harbourline"
# pandas is not used here: pyspark only asks that it be there.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def until(what: str, found: Callable[[], object], seconds: float = 120) -> None:
    """Waits for something that other processes do."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Cluster:
    """A master and its workers, each a process in a group of its own, with its executors."""

    folder: Path
    port: int = field(default_factory=free_port)
    page: int = field(default_factory=free_port)
    master: subprocess.Popen[bytes] | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self) -> None:
        ports = ("--port", str(self.port), "--webui-port", str(self.page))
        self.master = self.process("master", *ports)
        self.complete()

    def process(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        kind = name.partition("-")[0]
        line = [
            str(HOME / "bin" / "spark-class"),
            f"org.apache.spark.deploy.{kind}.{kind.title()}",
            "--host",
            "127.0.0.1",
            *arguments,
        ]
        env = os.environ | {"SPARK_HOME": str(HOME), "SPARK_DAEMON_MEMORY": "256m"}
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(line, env=env, stdout=log, stderr=log, start_new_session=True)

    def complete(self) -> None:
        """Starts workers until there are two."""
        while len(self.workers) < 2:
            name = f"worker-{len(list(self.folder.glob('worker-*.log')))}"
            size = ("--cores", "1", "--memory", "600m", "--webui-port", "0")
            work = ("--work-dir", str(self.folder / name))
            self.workers[name] = self.process(name, *size, *work, self.url)
        until("two workers", lambda: self.alive() == 2)

    def alive(self) -> int:
        """How many workers the master knows."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/json/", timeout=10) as answer:
                workers: int = json.load(answer)["aliveworkers"]
                return workers
        except OSError:
            return 0

    def kill(self, name: str) -> None:
        """Ends a worker and its executors as if their machine had lost its power."""
        process = self.workers.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in (*self.workers.values(), self.master):
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the driver runs; with what the pages of docs/ read."""
    folder = tmp_path_factory.mktemp("driver")
    for name in ("examples", "policies"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        cluster = Cluster(tmp_path_factory.mktemp("cluster"))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A durable-rules for executors that leaves a file where it is imported, and can't be."""
    trap = tmp_path_factory.mktemp("trap")
    text = f"open({str(trap / 'imported')!r}, 'w').close()\nraise ImportError('a trap')\n"
    (trap / "durable_rules_engine.py").write_text(text, "utf-8")
    return trap


@pytest.fixture(scope="module")
def session(cluster: Cluster, folder: Path, trap: Path) -> Iterator[SparkSession]:
    conf = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "600m",
        "spark.executor.memory": "512m",
        "spark.executorEnv.PYTHONPATH": str(trap),
        "spark.local.dir": str(cluster.folder / "local"),
        # A job starts when both executors are there.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        # Each file is a partition.
        "spark.sql.files.maxPartitionBytes": "1m",
        "spark.sql.shuffle.partitions": "4",
        "spark.task.maxFailures": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.chdir(folder)
        spark = SparkSession.builder.master(cluster.url).config(map=conf).getOrCreate()
        gateway = SparkContext._gateway
        try:
            yield spark
        finally:
            spark.stop()
            # The driver's Java ends with its standard input; Spark itself leaves it to the end of Python.
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture
def spark(session: SparkSession, cluster: Cluster) -> Iterator[SparkSession]:
    cluster.complete()
    session.conf.set("spark.sql.session.timeZone", "Asia/Kathmandu")
    yield session


@pytest.fixture(scope="module")
def shipped() -> Policy:
    return load_policy()


def some_tickets(policy: Policy, count: int) -> list[dict[str, Any]]:
    """Random tickets, of which some contradict themselves and some have values that there are not."""
    rng = random.Random(count)
    tickets = [random_ticket(policy, rng, rng.choice([0.3, 0.7, 0.9, 1.0])) for _ in range(count)]
    text = next(name for name, fact in policy.definition.vocabulary.facts.items() if fact.type == "country")
    for ticket in tickets[:: count // 20]:
        ticket[text] = "nowhere"
    if policy.definition.roles.ticket:
        return [ticket | {policy.definition.roles.ticket: f"T-{n}"} for n, ticket in enumerate(tickets)]
    return tickets


def in_files(folder: Path, tickets: pa.Table, count: int) -> str:
    """Writes a table as Parquet files."""
    folder.mkdir()
    size = -(-tickets.num_rows // count)
    for number in range(count):
        pq.write_table(tickets.slice(number * size, size), folder / f"{number}.parquet")
    return str(folder)


def sorted_rows(decisions: pa.Table) -> list[dict[str, Any]]:
    return sorted(decisions.to_pylist(), key=repr)


@pytest.mark.parametrize("where", [None, HARBOURLINE], ids=["shipped", "harbourline"])
def test_rows_are_what_evaluate_batch_decides(
    spark: SparkSession, tmp_path: Path, where: Path | None
) -> None:
    policy = load_policy(where)
    tickets = table(policy, some_tickets(policy, 500))
    df = spark.read.parquet(in_files(tmp_path / "tickets", tickets, 5))
    assert df.rdd.getNumPartitions() == 5
    decided = evaluate(df, where).toArrow()
    assert decided.column_names == policy.decision_schema().names
    expected = policy.evaluate_batch(tickets)
    assert 20 <= pc.sum(pc.is_valid(expected["error"])).as_py() < 500
    assert sorted_rows(decided) == sorted_rows(expected)


@pytest.mark.parametrize("ticket", [MAIL, HARBOUR], ids=["shipped", "harbourline"])
def test_a_ticket(spark: SparkSession, ticket: dict[str, Any]) -> None:
    policy = load_policy(None if ticket is MAIL else HARBOURLINE)
    decision = policy.evaluate(ticket)
    row = evaluate(spark.createDataFrame([ticket]), policy).selectExpr(
        "severity",
        "channels",
        "promises.response.target",
        "unix_seconds(promises.response.due_at) due",
        "error",
    )
    (found,) = row.collect()
    assert decision.response is not None and decision.response.due_at is not None
    assert found.asDict(recursive=True) == {
        "severity": decision.severity,
        # A table has no words.
        "channels": {
            name: {"eligible": channel.eligible, "hours": channel.hours}
            for name, channel in decision.channels.items()
        },
        "target": decision.response.target,
        "due": decision.response.due_at.timestamp(),
        "error": None,
    }


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_instants_are_those_of_a_session_in_any_zone(spark: SparkSession, zone: str) -> None:
    spark.conf.set("spark.sql.session.timeZone", zone)
    # Half past eleven in Paris, and eight hours later.
    opened = int(datetime(2014, 9, 5, 9, 30, tzinfo=UTC).timestamp())
    text = spark.createDataFrame([MAIL])
    for df in (text, text.withColumn("opened_at", timestamp_seconds(lit(opened)))):
        (found,) = evaluate(df, None).selectExpr("unix_seconds(promises.response.due_at) due").collect()
        assert found.due == opened + 8 * 3600


def test_times_without_a_zone_are_refused_before_anything_runs(spark: SparkSession) -> None:
    df = spark.sql("SELECT TIMESTAMP_NTZ '2014-09-05 11:30:00' opened_at")
    with pytest.raises(InputError, match="the times of `opened_at` have no time zone"):
        evaluate(df, None)


def test_what_is_wrong_is_told_before_anything_runs(spark: SparkSession) -> None:
    df = spark.sql("SELECT 'T-1' id, 'enterprise_e3' plan")
    with pytest.raises(InputError, match=r"`plan` takes one of .*, not a column of type `int32`"):
        evaluate(df.withColumn("plan", lit(1)), None)
    with pytest.raises(ValueError, match="`on_error` is 'null' or 'fail', not 'nul'"):
        evaluate(df, None, on_error=cast(Any, "nul"))
    with pytest.raises(TypeError, match="`defaults` is True, False, or the names of facts"):
        evaluate(df, None, defaults="country")


def test_texts_that_are_not_utf8_are_errors_of_their_rows(spark: SparkSession, shipped: Policy) -> None:
    text = (
        "SELECT if(id = 3, cast(X'FF' AS STRING), string(id)) id,"
        " if(id = 5, cast(X'C0AF' AS STRING), 'enterprise_e3') plan FROM range(8)"
    )
    rows = evaluate(spark.sql(text), shipped).toArrow().to_pylist()
    assert [(row["ticket"], row["error"]) for row in rows] == [
        ("0", None),
        ("1", None),
        ("2", None),
        (None, "the text of `id` is not UTF-8"),
        ("4", None),
        ("5", "the text of `plan` is not UTF-8"),
        ("6", None),
        ("7", None),
    ]
    with pytest.raises(PythonException, match="the text of `plan` is not UTF-8") as raised:
        evaluate(spark.sql(text).where("id BETWEEN '4' AND '7'"), shipped, on_error="fail").collect()
    assert "ticket `5`" in str(raised.value)


def test_nothing_runs_before_decisions_are_asked_for(spark: SparkSession) -> None:
    context = spark.sparkContext
    context.setJobGroup("asked", "")

    def stages() -> list[int]:
        tracker = context.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup("asked")]
        return [stage for job in jobs if job is not None for stage in job.stageIds]

    df = evaluate(spark.sql("SELECT 'severe' business_impact FROM range(3)"), None)
    fields = dict(df.dtypes)
    assert fields["severity"] == "string" and fields["missing"] == "array<string>"
    assert fields["promises"] == (
        "struct<response:struct<committed:boolean,target:string,clock:string,due_at:timestamp,"
        "window:struct<opens_at:timestamp,closes_at:timestamp>,beyond_data:array<string>>>"
    )
    assert stages() == []
    assert df.count() == 3
    assert stages() != []


def test_columns_can_be_missing_and_more(spark: SparkSession, shipped: Policy) -> None:
    sql = "SELECT string(id) id, 'all' affected_users, array(id) seen, current_date() day FROM range(5)"
    df = spark.sql(sql)
    with pytest.raises(InputError, match="unknown column `seen`") as raised:
        evaluate(df, shipped)
    assert [problem.field for problem in raised.value.problems] == ["seen", "day"]
    expected = shipped.evaluate_batch(pa.table({"id": list("01234"), "affected_users": ["all"] * 5}))
    assert evaluate(df, shipped, extra=True).toArrow().to_pylist() == expected.to_pylist()
    # A row is a ticket also where it gives nothing, but not where all that it gives is ignored.
    decided = evaluate(df.select(), shipped, extra=True).toArrow().to_pylist()
    assert decided == shipped.evaluate_batch(pa.table({"id": pa.nulls(5, pa.string())})).to_pylist()
    with pytest.raises(InputError, match="no column is a fact"):
        evaluate(df.select("seen"), shipped, extra=True)


def test_a_near_name_is_refused_unless_it_is_accepted(spark: SparkSession, shipped: Policy) -> None:
    df = spark.sql("SELECT 'sharepoint_site_down' issue_type, true Advanced_Support")
    with pytest.raises(InputError, match="did you mean `advanced_support`"):
        evaluate(df, shipped, extra=True)
    accepted = evaluate(df, shipped, extra=True, ignore=["Advanced_Support"])
    assert [row.severity for row in accepted.collect()] == ["A"]


def test_facts_that_are_not_given_can_stay_unknown(spark: SparkSession, shipped: Policy) -> None:
    df = spark.sql("SELECT 'sharepoint_site_down' issue_type")
    assert [row.severity for row in evaluate(df, shipped).collect()] == ["A"]
    assert [row.severity for row in evaluate(df, shipped, defaults=False).collect()] == [None]


def test_no_rows_are_no_decisions(spark: SparkSession, shipped: Policy) -> None:
    df = spark.createDataFrame([], "id string, plan string")
    assert evaluate(df, shipped).collect() == []


def test_a_bad_ticket_can_fail_the_job(spark: SparkSession, shipped: Policy) -> None:
    text = "SELECT string(id) id, if(id = 7, 'enterprise_e2', 'enterprise_e1') plan FROM range(0, 10, 1, 2)"
    with pytest.raises(PythonException, match="unknown plan `enterprise_e2`") as raised:
        evaluate(spark.sql(text), shipped, on_error="fail").collect()
    assert "row 3 of partition 1, ticket `7`" in str(raised.value)
    with pytest.raises(PythonException, match="unknown plan `enterprise_e2`") as raised:
        evaluate(spark.sql(text).drop("id"), shipped, on_error="fail").collect()
    assert str(raised.value).rstrip().endswith("row 3 of partition 1")
    errors = [row.error for row in evaluate(spark.sql(text), shipped).orderBy("ticket").collect()]
    assert [error is not None for error in errors] == [n == 7 for n in range(10)]


def test_faults_of_a_policy_name_its_files(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "policies", tmp_path / "mine")
    file = tmp_path / "mine" / "channels.yaml"
    text = file.read_text("utf-8")
    # What is submitted in the portal can be reopened, and it can't.
    file.write_text(text.replace("submitted_via: phone}", "submitted_via: online}"), "utf-8")
    policy = load_policy(tmp_path / "mine")
    tickets = pa.table({"submitted_via": ["online"], "closed_at": ["2014-09-05T11:30:00+02:00"]})
    expected = policy.evaluate_batch(tickets).to_pylist()
    assert f"({file}:" in expected[0]["error"]
    assert evaluate(spark.createDataFrame(tickets), policy).toArrow().to_pylist() == expected


def test_executors_have_no_durable_rules(
    spark: SparkSession, shipped: Policy, trap: Path, tmp_path: Path
) -> None:
    tickets = table(shipped, some_tickets(shipped, 100))
    decided = evaluate(spark.read.parquet(in_files(tmp_path / "tickets", tickets, 4)), shipped)
    assert decided.count() == 100
    assert not (trap / "imported").exists()

    def sprung(numbers: Iterator[int]) -> Iterator[str]:
        try:
            import durable_rules_engine
        except ImportError as error:
            yield str(error)
        else:
            yield durable_rules_engine.__file__

    assert spark.sparkContext.parallelize([0], 1).mapPartitions(sprung).collect() == ["a trap"]
    assert (trap / "imported").exists()


def gated(df: DataFrame, folder: Path, first: int) -> DataFrame:
    """A DataFrame whose partitions say where they are read; those from `first` on wait for a file `go`."""

    def wait(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = pyspark.TaskContext.get()
        # An executor runs in a folder under that of its worker.
        (folder / f"{task.partitionId()}.{task.taskAttemptId()}").symlink_to(Path.cwd())
        end = time.monotonic() + 120
        while task.partitionId() >= first and not (folder / "go").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        yield from batches

    return df.mapInArrow(wait, df.schema)


def test_a_worker_can_die(spark: SparkSession, cluster: Cluster, shipped: Policy, tmp_path: Path) -> None:
    tickets = table(shipped, some_tickets(shipped, 800))
    gate, out = tmp_path / "gate", tmp_path / "decisions"
    gate.mkdir()
    df = gated(spark.read.parquet(in_files(tmp_path / "tickets", tickets, 8)), gate, first=4)
    # The decisions wait on both workers' disks until all of them are made.
    job = evaluate(df, shipped).repartition(3)
    failed: list[Exception] = []

    def write() -> None:
        try:
            job.write.parquet(str(out))
        except Exception as error:
            failed.append(error)

    def read_by() -> dict[int, list[str]]:
        """For each partition that was started, the workers on which it was."""
        found: dict[int, list[str]] = {}
        for file in gate.glob("*.*"):
            place = file.readlink().relative_to(cluster.folder)
            found.setdefault(int(file.stem), []).append(place.parts[0])
        return found

    def waiting() -> set[str]:
        return {name for partition, names in read_by().items() if partition >= 4 for name in names}

    thread = threading.Thread(target=write)
    thread.start()
    try:
        until("both workers", lambda: len(waiting()) == 2 or failed)
        # It has decided one partition, and is at another.
        (victim,) = read_by()[0]
        cluster.kill(victim)
    finally:
        (gate / "go").touch()
        thread.join()
    assert failed == []
    # What was decided on it was lost with it.
    assert set(read_by()[0]) > {victim}
    assert sorted_rows(spark.read.parquet(str(out)).toArrow()) == sorted_rows(shipped.evaluate_batch(tickets))


def test_the_pages_are_true(spark: SparkSession) -> None:
    """The blocks of docs/ that are marked as those of a cluster."""
    tried = 0
    for page in PAGES:
        names: dict[str, Any] = {}
        for block in blocks(page):
            if block.mark == "cluster":
                exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
                tried += 1
    assert tried
