"""A Spark job: a table of users and their partitions becomes the `redirect.db` that `rdadmin compile` reads.

    spark-submit scripts/spark/redirect_db.py --placed PATH --output FILE [--generation N] [--set ID]
    spark-submit scripts/spark/redirect_db.py --rosters PATH --partitions N --output FILE [--generation N] [--set ID]

With --placed the table has the columns `user` and `partition` (from 1): whatever made it decided. With --rosters the
partitions are made here, in plain SQL: users take the label that most of their contacts have, a few times, and are dealt out
in the order of their labels. That keeps circles of friends together, roughly; `generate` cuts far fewer ties
(docs/warehouse.md has both numbers), and is the better way for all that fits one machine.

FILE is on the driver's disk. Spark sorts strings by their bytes, as `compile` wants them. What this cannot do is to make
names canonical: `compile` refuses the first that is not; `compile --normalize` puts it right.
"""

import argparse
import datetime
import os

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f
from ties import ties

# More rounds change little: nearly everybody has found his circle.
ROUNDS = 5


def placed(rosters: DataFrame, partitions: int) -> DataFrame:
    """Users and their partitions, all of one size, by labels that go along ties."""
    lines = ties(rosters, []).withColumn("names", f.split("value", "\t")).cache()
    one, other = f.col("names")[0], f.col("names")[1]
    directed = lines.where(f.size("names") == 2).select(one.alias("user"), other.alias("contact"))
    pairs = directed.union(directed.select(f.col("contact").alias("user"), f.col("user").alias("contact"))).cache()
    users = lines.select(one.alias("user")).union(directed.select(f.col("contact").alias("user"))).distinct().cache()
    labels = users.withColumn("label", f.col("user"))
    for turn in range(ROUNDS):
        heard = (pairs.join(labels.withColumnRenamed("user", "contact"), "contact")
                 .groupBy("user", "label").count())
        best = Window.partitionBy("user").orderBy(f.desc("count"), f.hash("label"), "label")
        chosen = heard.withColumn("rank", f.row_number().over(best)).where("rank = 1").select("user", f.col("label").alias("new"))
        # Half of the users in a round, by turns: if all changed at once, pairs would swap labels for ever.
        is_its_turn = f.pmod(f.hash("user"), f.lit(2)) == turn % 2
        labels = (labels.join(chosen, "user", "left")
                  .select("user", f.when(is_its_turn, f.coalesce("new", "label")).otherwise(f.col("label")).alias("label"))
                  .localCheckpoint())
    # Positions over all of them: one task, but over names and labels alone.
    position = f.row_number().over(Window.orderBy("label", "user")) - 1
    count = labels.count()
    return labels.withColumn("position", position).select(
        "user", (f.floor(f.col("position") * partitions / count) + 1).cast("long").alias("partition"))


def write(table: DataFrame, path: str, generation: int, name: str | None):
    """The header, then one line for each user in the order of the bytes; beside it first, so that it is there whole or not at all."""
    table = table.select("user", f.col("partition").cast("long").alias("partition")).distinct().cache()
    users, partitions = table.agg(f.count("*"), f.max("partition")).first()
    if not users:
        raise SystemExit("the table has no users; expected rows of user and partition")
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    header = {"format": 1, "generation": generation, "created": f"{now:%Y-%m-%dT%H:%M:%SZ}", "profile": "nodeprep", "set": name,
              "partitions": partitions, "users": users}
    beside = f"{path}.new"
    with open(beside, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {key}: {value}\n" for key, value in header.items() if value is not None)
        # One part after the other: the driver never holds them all.
        for row in table.orderBy("user").toLocalIterator():
            file.write(f"{row.user}\t{row.partition}\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(beside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--placed", help="a table of users and partitions")
    source.add_argument("--rosters", help="a table of rosters, as ties.py reads")
    parser.add_argument("--partitions", type=int, help="how many partitions to make of the rosters")
    parser.add_argument("--format", default="parquet", help="what the table is stored as, to Spark (default: parquet)")
    parser.add_argument("--output", required=True, help="the redirect.db")
    parser.add_argument("--generation", type=int, default=1)
    parser.add_argument("--set", help="the set of files that it belongs to, as in redirect.partitions")
    options = parser.parse_args()
    if (options.rosters is None) != (options.partitions is None) or (options.partitions or 1) < 1:
        parser.error("expected --rosters with --partitions of 1 or more, or --placed without")
    spark = SparkSession.builder.appName("partitions to redirect.db").getOrCreate()
    table = spark.read.format(options.format).load(options.placed or options.rosters)
    write(placed(table, options.partitions) if options.rosters else table, options.output, options.generation, options.set)
    spark.stop()


if __name__ == "__main__":
    main()
