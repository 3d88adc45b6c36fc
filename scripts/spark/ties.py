"""A Spark job: a table of rosters in a warehouse becomes the TSV that `rdadmin generate` reads.

    spark-submit scripts/spark/ties.py --rosters PATH --output DIRECTORY [--local DOMAIN]...

The table (Parquet, or what --format says) has a row for each roster entry with the columns `owner`, `contact` (JIDs) and
`subscription`: `both`, `to`, `from`, `none`, `remove`, or their first letters, as ejabberd and MongooseIM store them, or
Openfire's numbers. A row with an empty contact is a user without contacts. DIRECTORY gets part files; give it to
`generate` as it is:

    rdadmin generate --domain DOMAIN ... DIRECTORY

Written are the rules of docs/rosters.md, as far as they are of use here: one line for each direction in which presence
goes, only between local users, none to oneself; a line of one name for every owner, whose entries may all be dropped.
Names are only made alike in what Spark can do (no resource, lower case). `generate` does the rest: it makes them
canonical, and drops and counts what is none.
"""

import argparse

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

# Whose presence reaches whom; the others are no tie.
FROM = ["both", "from", "b", "f", "3", "2"]
TO = ["both", "to", "b", "t", "3", "1"]


def bare(column: str):
    """In lower case and without a resource; null for what is no user (a server, a gateway)."""
    jid = f.lower(f.regexp_replace(f.trim(f.col(column)), "/.*$", ""))
    return f.when(jid.contains("@"), jid)


def ties(rosters: DataFrame, local: list[str]) -> DataFrame:
    """Lines `user<TAB>contact`, one for each direction, and `user` for each owner."""
    entries = rosters.select(bare("owner").alias("owner"), bare("contact").alias("contact"),
                             f.lower(f.trim(f.col("subscription").cast("string"))).alias("subscription"))
    entries = entries.where("owner is not null")
    domain = lambda column: f.substring_index(f.col(column), "@", -1)
    # As `generate` has it: local are the domains that were given, else those of the owners of rosters. Without this a remote
    # contact would come to stand in the first column, and count as local.
    domains = (rosters.sparkSession.createDataFrame([(name.lower(),) for name in local], "domain string") if local
               else entries.select(domain("owner").alias("domain")).distinct())
    is_local = lambda column: f.broadcast(domains.withColumnRenamed("domain", f"{column}_domain"))
    for column in ("owner", "contact"):
        entries = entries.withColumn(f"{column}_domain", domain(column))
    owners = entries.join(is_local("owner"), "owner_domain", "left_semi")
    tied = owners.join(is_local("contact"), "contact_domain", "left_semi").where("owner != contact")
    there = tied.where(f.col("subscription").isin(FROM)).select(f.col("owner").alias("a"), f.col("contact").alias("b"))
    back = tied.where(f.col("subscription").isin(TO)).select(f.col("contact").alias("a"), f.col("owner").alias("b"))
    lines = there.union(back).distinct().select(f.concat_ws("\t", "a", "b").alias("value"))
    return lines.union(owners.select(f.col("owner").alias("value")).distinct())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rosters", required=True, help="the table")
    parser.add_argument("--format", default="parquet", help="what the table is stored as, to Spark (default: parquet)")
    parser.add_argument("--output", required=True, help="the directory to be written; it must not exist")
    parser.add_argument("--local", action="append", default=[], help="a local domain (default: the domains of the owners)")
    options = parser.parse_args()
    spark = SparkSession.builder.appName("rosters to ties").getOrCreate()
    rosters = spark.read.format(options.format).load(options.rosters)
    ties(rosters, options.local).write.text(options.output)
    spark.stop()


if __name__ == "__main__":
    main()
