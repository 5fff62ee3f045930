"""What reference.py says of every rule of a corpus: per line `seen`, a tab, the first forty."""

import sys
from multiprocessing import Pool

import reference
from rule import Case


def answer(line):
    found, seen = reference.instances(Case(line), 40)
    return f"{seen.isoformat()}\t{','.join(m.isoformat() for m in found)}"


if __name__ == "__main__":
    with Pool(2) as pool:
        for row in pool.imap(answer, sys.stdin, 100):
            print(row)
