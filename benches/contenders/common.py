"""What all contenders in Python share: the mapping's copies, the order of creates, and the text of a plan."""

import csv
import json
import sys
import time

TABLES = ["workers", "accounts", "groups", "group_members", "tgroups", "tgroup_members"]
TARGET = ["externalId", "givenName", "familyName", "email", "department", "title", "city", "country", "manager",
          "costCenter", "mobile", "grade", "userName", "displayName", "active", "region", "building", "hired",
          "phone", "source"]
COPIED = {"externalId": "workerId", "givenName": "firstName", "familyName": "lastName", "email": "email",
          "department": "department", "title": "title", "city": "city", "country": "countryCode",
          "manager": "managerId", "costCenter": "costCentre", "mobile": "mobile", "grade": "grade"}


def arguments():
    """The folder of the workload, the number of rounds, the file for the plan."""
    folder, rounds, plan = sys.argv[1:4]
    with open(f"{folder}/spec.json", encoding="utf-8") as file:
        return folder, int(rounds), plan, json.load(file)


def memory(what):
    """Reads how much memory this process has, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what + ":"))


def measure(read, rounds, plan):
    """Plans several times, says how long that took, and returns the last plan."""
    held, seconds, planned, cpu = memory("VmRSS"), [], None, time.process_time()
    for _ in range(rounds):
        planned = None
        begun = time.perf_counter()
        planned = plan()
        seconds.append(time.perf_counter() - begun)
    cpu = (time.process_time() - cpu) / rounds
    print(json.dumps({"read": read, "seconds": seconds, "cpu": cpu, "held_kib": held, "peak_kib": memory("VmHWM")}))
    return planned


def levels(manager_of):
    """Of {worker: manager} of those who are created: how many managers come before each, and who are on a circle."""
    level, circles = {}, set()
    for worker in manager_of:
        path, place, at = [], {}, worker
        while at in manager_of and at not in level and at not in place:
            place[at] = len(path)
            path.append(at)
            at = manager_of[at]
        if at in place:
            for one in path[place[at]:]:
                level[one] = 0
                circles.add(one)
            path, above = path[:place[at]], 0
        else:
            above = level.get(at, -1)
        for one in reversed(path):
            above += 1
            level[one] = above
    return level, circles


def write(plan, path):
    """Writes the operations as text; see `src/contest.rs`."""
    with open(path, "w", encoding="utf-8") as out:
        for kind, key, what in plan:
            if kind in ("CG", "SM", "D"):
                cells = [what]
            elif kind == "C":
                cells = [f"{name}={value}" for name, value in what if value is not None]
            elif kind == "U":
                cells = [f"{name}={'∅' if value is None else value}" for name, value in what]
            else:
                cells = [",".join(what)]
            out.write("\t".join([kind, key, *cells]) + "\n")


def rows(folder, table):
    """Reads a table as dictionaries; what is null is not there."""
    with open(f"{folder}/{table}.csv", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        names = next(lines)
        return [{name: value for name, value in zip(names, line) if value} for line in lines]
