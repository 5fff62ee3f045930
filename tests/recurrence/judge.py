"""Compares what the engine says with what another says: `judge.py NAME CORPUS OURS THEIRS`.

A line of either is good up to a moment. Up to the earlier of both moments the instances must be the
same, or the rule fits a class of differences.py."""

import sys
from collections import Counter

from differences import OTHERS
from rule import Case

NEVER = "9999-12-31T23:59:59"


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def main():
    name, corpus, ours, theirs = sys.argv[1:]
    with open(corpus, encoding="utf-8") as file:
        cases = [Case(line) for line in file]
    ours, theirs = rows(ours), rows(theirs)
    classes = OTHERS.get(name, [])
    passed = failed = 0

    def check(sentence, good):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok    ' if good else 'FAILED'} {sentence}")

    refused, alike, whole = 0, 0, 0
    fitted, agreed_in_class = Counter(), Counter()
    for case, our, their in zip(cases, ours, theirs):
        stop, extent, found = our
        if stop not in ("end", "more"):
            check(f"{case.start} {case.rule.text}: {stop} {extent}", False)
            continue
        if their[0] == "refused":
            refused += 1
            continue
        found, others = found.split(","), their[1].split(",")
        last = min(their[0], NEVER if stop == "end" else found[-1])
        same = [m for m in found if m <= last] == [m for m in others if m <= last]
        fitting = next((c[0] for c in classes if c[3](case)), None)
        alike += same
        whole += same and (last == NEVER or len(found) == 40 and last == found[-1])
        if same:
            agreed_in_class[fitting] += fitting is not None
        elif fitting is not None:
            fitted[fitting] += 1
        else:
            at = next(i for i, pair in enumerate(zip(found + [""], others + [""])) if pair[0] != pair[1])
            check(
                f"{case.start}{' date' if case.date_only else ''} {case.rule.text}: instance {at + 1} "
                f"{found[at:at + 2]}, not {others[at:at + 2]}",
                False,
            )

    check(f"{name} answered every rule", len(cases) == len(ours) == len(theirs) > 0)
    print(f"       {len(cases)} rules, {refused} of them refused by {name}")
    print(f"       {alike} agree, {whole} of them in all of forty instances or to the end of the rule")
    for known, does, why, _ in classes:
        print(f"       {fitted[known]} differ: {known}: {name} {does} ({agreed_in_class[known]} agree)")
        print(f"         {why}")
        check(f"the class '{known}' is needed", fitted[known] > 0)
    check("most rules agree to the last instance compared", whole * 2 > len(cases))
    if not failed:
        check(f"the engine agrees with {name} wherever no class says otherwise", True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
