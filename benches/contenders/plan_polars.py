"""The workload planned by Polars on two threads."""

import os
import time

os.environ["POLARS_MAX_THREADS"] = "2"
import polars as pl  # noqa: E402

from common import COPIED, TABLES, TARGET, arguments, levels, measure, write  # noqa: E402

folder, rounds, plan_file, spec = arguments()
col = pl.col
begun = time.perf_counter()
tables = {it: pl.read_csv(f"{folder}/{it}.csv", infer_schema=False, quote_char=None) for it in TABLES}
read = time.perf_counter() - begun


def plain(expression):
    return expression.str.normalize("NFD").str.replace_all(r"\p{Mn}", "")


IS_ACTIVE = col("terminationDate").is_null() | (col("terminationDate") > spec["asOf"])
WANTED = {
    **{name: col(source) for name, source in COPIED.items()},
    "userName": (plain(col("firstName")) + "." + plain(col("lastName"))).str.to_lowercase()
    + col("workerId").str.slice(1),
    "displayName": pl.coalesce("preferredName", "firstName") + " " + col("lastName"),
    "active": pl.when(IS_ACTIVE).then(pl.lit("true")).otherwise(pl.lit("false")),
    "region": col("countryCode").replace_strict(spec["regions"], default="OTHER"),
    "building": col("locationId").str.slice(2, 4),
    "hired": col("hireDate").str.to_date("%Y-%m-%d").dt.strftime("%d/%m/%Y"),
    "phone": col("phone").str.replace_all("[^0-9]", ""),
    "source": pl.lit(spec["const"]),
}
KEYS = ["groupId", "memberId"]


def members(frame):
    return frame.group_by("groupId").agg(col("memberId").sort()).sort("groupId")


def plan():
    lazy = {name: frame.lazy() for name, frame in tables.items()}
    scoped = lazy["workers"].filter((col("employeeType") != "Contractor") & col("company").is_in(spec["companies"]))
    wanted = scoped.select(**{"d_" + name: expression for name, expression in WANTED.items()})
    managed = lazy["accounts"].filter(col("managed") == "true")
    joined = wanted.join(managed, left_on="d_externalId", right_on="externalId", how="full", coalesce=False)
    is_create, is_left = col("externalId").is_null(), col("d_externalId").is_null()
    differs = pl.any_horizontal([col("d_" + name).ne_missing(col(name)) for name in TARGET[1:]])
    joined = joined.filter(is_create | (is_left & (col("active") == "true")) | (~is_left & differs))
    kind = pl.when(is_create).then(pl.lit("C")).when(is_left).then(pl.lit("D")).otherwise(pl.lit("U"))
    changes = pl.concat_list([
        pl.when(is_create | col("d_" + name).ne_missing(col(name)))
        .then(pl.struct(a=pl.lit(name), v=col("d_" + name))).otherwise(None) for name in TARGET])
    wanted_members = lazy["group_members"].join(
        scoped.select("workerId"), left_on="memberId", right_on="workerId", how="semi")
    there = lazy["tgroup_members"]
    accounts, joins, leaves, new_groups = pl.collect_all([
        joined.with_columns(op=kind),
        members(wanted_members.join(there, on=KEYS, how="anti")),
        members(there.join(wanted_members, on=KEYS, how="anti")),
        lazy["groups"].join(lazy["tgroups"], on="groupId", how="anti").sort("groupId"),
    ])
    creates, updates, disables = (accounts.filter(col("op") == it) for it in "CUD")
    level, circles = levels(dict(zip(creates["d_externalId"].to_list(), creates["d_manager"].to_list())))
    levels_of = pl.DataFrame(
        {"d_externalId": list(level), "level": list(level.values()), "in_circle": [it in circles for it in level]},
        schema={"d_externalId": pl.String, "level": pl.Int32, "in_circle": pl.Boolean})
    creates = creates.join(levels_of, on="d_externalId").sort("level", "d_externalId")
    creates = creates.select("d_externalId", "d_manager", "in_circle", changes=changes)
    updates = updates.sort("d_externalId").select("d_externalId", changes=changes)
    return new_groups, creates, updates, joins, leaves, disables.sort("id").select("id", "externalId")


def fetch(planned):
    new_groups, creates, updates, joins, leaves, disables = planned
    yield from (("CG", *row) for row in new_groups.select("groupId", "name").iter_rows())
    for worker, _, in_circle, changes in creates.iter_rows():
        yield "C", worker, [(it["a"], it["v"]) for it in changes if it and not (in_circle and it["a"] == "manager")]
    yield from sorted(("SM", row[0], row[1]) for row in creates.iter_rows() if row[2])
    for worker, changes in updates.iter_rows():
        yield "U", worker, [(it["a"], it["v"]) for it in changes if it is not None]
    yield from (("AM", *row) for row in joins.iter_rows())
    yield from (("RM", *row) for row in leaves.iter_rows())
    yield from (("D", *row) for row in disables.iter_rows())


write(fetch(measure(read, rounds, plan)), plan_file)
