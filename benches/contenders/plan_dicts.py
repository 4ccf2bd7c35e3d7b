"""The workload planned by plain Python: dictionaries and loops."""

import gc
import re
import time
import unicodedata
from datetime import datetime

from common import COPIED, TARGET, arguments, levels, measure, rows, write

folder, rounds, plan_file, spec = arguments()
begun = time.perf_counter()
# Usual advice for many small objects.
gc.disable()
workers, accounts = rows(folder, "workers"), rows(folder, "accounts")


def with_members(groups, members):
    of = {}
    for row in rows(folder, members):
        of.setdefault(row["groupId"], []).append(row["memberId"])
    return [{**row, "members": of.get(row["groupId"], [])} for row in rows(folder, groups)]


teams, groups = with_members("groups", "group_members"), with_members("tgroups", "tgroup_members")
gc.freeze()
gc.enable()
read = time.perf_counter() - begun

REGIONS, COMPANIES, AS_OF = spec["regions"], frozenset(spec["companies"]), spec["asOf"]
NO_DIGIT = re.compile(r"[^0-9]")
COPIES = [(name, COPIED[name]) for name in TARGET if name in COPIED]


def plain(text):
    if text.isascii():
        return text
    return "".join(it for it in unicodedata.normalize("NFD", text) if unicodedata.category(it) != "Mn")


def wanted_of(worker):
    get = worker.get
    wanted = {name: get(source) for name, source in COPIES}
    wanted["userName"] = (plain(worker["firstName"]) + "." + plain(worker["lastName"])).lower() + worker["workerId"][1:]
    wanted["displayName"] = (get("preferredName") or worker["firstName"]) + " " + worker["lastName"]
    ends = get("terminationDate")
    wanted["active"] = "true" if ends is None or ends > AS_OF else "false"
    wanted["region"] = REGIONS.get(worker["countryCode"], "OTHER")
    wanted["building"] = worker["locationId"][2:6]
    wanted["hired"] = datetime.strptime(worker["hireDate"], "%Y-%m-%d").strftime("%d/%m/%Y")
    wanted["phone"] = NO_DIGIT.sub("", worker["phone"])
    wanted["source"] = spec["const"]
    return wanted


def plan():
    account_of = {it["externalId"]: it for it in accounts if it["managed"] == "true"}
    created, updates, in_scope = {}, [], set()
    for worker in workers:
        if worker["employeeType"] == "Contractor" or worker["company"] not in COMPANIES:
            continue
        worker_id, wanted = worker["workerId"], wanted_of(worker)
        in_scope.add(worker_id)
        account = account_of.get(worker_id)
        if account is None:
            created[worker_id] = wanted
            continue
        get = account.get
        changes = [(name, value) for name, value in wanted.items() if get(name) != value]
        if changes:
            updates.append(("U", worker_id, changes))
    disables = [("D", account["id"], worker_id) for worker_id, account in account_of.items()
                if worker_id not in in_scope and account.get("active") == "true"]
    level, circles = levels({worker: wanted["manager"] for worker, wanted in created.items()})
    group_of = {it["groupId"]: it for it in groups}
    new_groups, joins, leaves = [], [], []
    for team in teams:
        group_id = team["groupId"]
        group = group_of.get(group_id)
        if group is None:
            new_groups.append(("CG", group_id, team["name"]))
        wanted = {it for it in team["members"] if it in in_scope}
        there = set(group["members"]) if group else set()
        if wanted - there:
            joins.append(("AM", group_id, sorted(wanted - there)))
        if there - wanted:
            leaves.append(("RM", group_id, sorted(there - wanted)))

    def key(operation):
        return operation[1]

    creates = [("C", worker, [it for it in created[worker].items() if not (it[0] == "manager" and worker in circles)])
               for worker in sorted(created, key=lambda worker: (level[worker], worker))]
    managers = [("SM", worker, created[worker]["manager"]) for worker in sorted(circles)]
    return (sorted(new_groups, key=key) + creates + managers + sorted(updates, key=key) + sorted(joins, key=key)
            + sorted(leaves, key=key) + sorted(disables, key=key))


write(measure(read, rounds, plan), plan_file)
