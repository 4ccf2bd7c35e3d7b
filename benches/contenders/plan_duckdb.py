"""The workload planned by DuckDB on two threads, its tables in memory."""

import time

import duckdb

from common import COPIED, TABLES, TARGET, arguments, levels, measure, write

folder, rounds, plan_file, spec = arguments()
db = duckdb.connect(config={"threads": 2})
# Reading needs no order.
db.execute("SET preserve_insertion_order=false")
begun = time.perf_counter()
for table in TABLES:
    db.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder}/{table}.csv', all_varchar=true, header=true,"
               " delim=',', quote='', escape='')")
read = time.perf_counter() - begun


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


REGION = " ".join(f"WHEN {quoted(country)} THEN {quoted(region)}" for country, region in spec["regions"].items())
WANTED = {
    **COPIED,
    "userName": "lower(strip_accents(firstName)||'.'||strip_accents(lastName))||substr(workerId,2)",
    "displayName": "coalesce(preferredName,firstName)||' '||lastName",
    "active": "CASE WHEN terminationDate IS NULL OR terminationDate>" + quoted(spec["asOf"])
              + " THEN 'true' ELSE 'false' END",
    "region": f"CASE countryCode {REGION} ELSE 'OTHER' END",
    "building": "substr(locationId,3,4)",
    "hired": "strftime(CAST(hireDate AS DATE),'%d/%m/%Y')",
    "phone": "regexp_replace(phone,'[^0-9]','','g')",
    "source": quoted(spec["const"]),
}
COMPANIES = ",".join(quoted(company) for company in spec["companies"])
SCOPE = f"employeeType<>'Contractor' AND company IN ({COMPANIES})"
SELECT = ", ".join(f"{expression} AS {name}" for name, expression in WANTED.items())
DIFFERS = " OR ".join(f"d.{name} IS DISTINCT FROM t.{name}" for name in TARGET[1:])
CHANGES = "[" + ",".join(
    f"CASE WHEN t.externalId IS NULL OR d.{name} IS DISTINCT FROM t.{name} THEN {{'a':'{name}','v':d.{name}}} END"
    for name in TARGET) + "]"
ACCOUNTS = f"""CREATE OR REPLACE TEMP TABLE account_ops AS
SELECT CASE WHEN t.externalId IS NULL THEN 'C' WHEN d.externalId IS NULL THEN 'D' ELSE 'U' END AS op,
 coalesce(d.externalId,t.externalId) AS worker, t.id AS account, d.manager AS manager,
 CASE WHEN d.externalId IS NOT NULL THEN list_filter({CHANGES}, lambda x: x IS NOT NULL) END AS changes
FROM (SELECT {SELECT} FROM workers WHERE {SCOPE}) d
FULL OUTER JOIN (SELECT * FROM accounts WHERE managed='true') t ON d.externalId=t.externalId
WHERE t.externalId IS NULL OR (d.externalId IS NULL AND t.active='true')
 OR (d.externalId IS NOT NULL AND ({DIFFERS}))"""
NEW_GROUPS = """CREATE OR REPLACE TEMP TABLE new_groups AS
SELECT g.groupId, g.name FROM groups g ANTI JOIN tgroups t ON g.groupId=t.groupId ORDER BY 1"""
WANTED_MEMBERS = f"""CREATE OR REPLACE TEMP TABLE wanted AS SELECT m.groupId, m.memberId
FROM group_members m SEMI JOIN (SELECT workerId FROM workers WHERE {SCOPE}) w ON m.memberId=w.workerId"""


def members(table, first, second):
    return f"""CREATE OR REPLACE TEMP TABLE {table} AS SELECT groupId, list(memberId ORDER BY memberId) AS members
FROM (SELECT * FROM {first} a ANTI JOIN {second} b ON a.groupId=b.groupId AND a.memberId=b.memberId)
GROUP BY 1 ORDER BY 1"""


def plan():
    # The wide join needs no order, but the tables of the plan do.
    db.execute("SET preserve_insertion_order=false")
    db.execute(ACCOUNTS)
    db.execute(WANTED_MEMBERS)
    db.execute("SET preserve_insertion_order=true")
    db.execute(NEW_GROUPS)
    db.execute(members("joins", "wanted", "tgroup_members"))
    db.execute(members("leaves", "tgroup_members", "wanted"))
    created = dict(db.execute("SELECT worker, manager FROM account_ops WHERE op='C'").fetchall())
    level, circles = levels(created)
    db.execute("CREATE OR REPLACE TEMP TABLE levels AS SELECT unnest(?) AS worker, unnest(?) AS level,"
               " unnest(?) AS in_circle", [list(level), list(level.values()), [it in circles for it in level]])
    db.execute("CREATE OR REPLACE TEMP TABLE creates AS SELECT worker, manager, changes, in_circle FROM account_ops"
               " JOIN levels USING (worker) WHERE op='C' ORDER BY level, worker")
    db.execute("CREATE OR REPLACE TEMP TABLE updates AS SELECT worker, changes FROM account_ops WHERE op='U'"
               " ORDER BY worker")
    db.execute("CREATE OR REPLACE TEMP TABLE disables AS SELECT account, worker FROM account_ops WHERE op='D'"
               " ORDER BY account")


def fetch():
    def all_of(table):
        return db.execute(f"FROM {table}").fetchall()

    creates = all_of("creates")
    yield from (("CG", *row) for row in all_of("new_groups"))
    for worker, _, changes, in_circle in creates:
        yield "C", worker, [(it["a"], it["v"]) for it in changes if not (in_circle and it["a"] == "manager")]
    yield from sorted(("SM", row[0], row[1]) for row in creates if row[3])
    for worker, changes in all_of("updates"):
        yield "U", worker, [(it["a"], it["v"]) for it in changes]
    yield from (("AM", *row) for row in all_of("joins"))
    yield from (("RM", *row) for row in all_of("leaves"))
    yield from (("D", *row) for row in all_of("disables"))


measure(read, rounds, plan)
write(fetch(), plan_file)
