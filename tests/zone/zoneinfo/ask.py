"""Every zone from 1900 to 2100: by its name, and as davbox writes it, read by a reader that is not ours."""

from datetime import datetime
from zoneinfo import available_timezones

from clocks import BEGIN, END, Defined, compare, davbox, named, questions, seconds, verdict

# These are names of files, not of zones.
NAMES = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})


def written(since):
    compared, faults = 0, []
    texts = davbox([f"write\t{name}\t{since}" for name in NAMES])
    for name, text in zip(NAMES, texts, strict=True):
        right = named(name)
        try:
            read = Defined(name, text)
        except (IndexError, KeyError, ValueError) as error:
            faults.append(f"{name}: {error!r}  {text}")
            continue
        if read.strays:
            faults.append(f"{name} begins beside its rule at {read.strays}  {text}")
        moments, locals_ = questions(right, since, END)
        compared += len(moments) + len(locals_)
        wrong = [at for at in moments if read.local(at) != right.local(at)]
        wrong += [local for local in locals_ if read.instant(local) != right.instant(local)]
        if wrong:
            faults.append(f"{name} at {wrong[0]} (and {len(wrong) - 1} more)  {text}")
    return compared, faults


def main():
    compared, faults = compare([(name, named(name)) for name in NAMES], BEGIN, END)
    verdict(f"{len(NAMES)} zones by name show what zoneinfo shows, 1900 to 2100 ({compared} answers)", faults)
    for year in (1900, 1970, 2026):
        compared, faults = written(seconds(datetime(year, 1, 1)))
        verdict(f"each as davbox writes it from {year} on shows that too ({compared} answers)", faults)


main()
