#!/usr/bin/env python3
"""instructions.py SYMBOLS: fails where an ARMv7 binary uses an instruction that an Armada 370 lacks.

That processor has VFPv3 with 16 double registers, no NEON, and no division of integers. Functions that ask
the kernel first (getauxval, AT_HWCAP) may have what they like: ring names them after what they use. So may
the two of libunwind that save and restore the other 16 registers: they run where a frame says that it has
saved one of those, and no function here uses any.
"""
import collections
import re
import subprocess
import sys

ASKED = re.compile(r"^ring_core_.*_neon$|^_ZN9libunwind13Registers_arm\d+(save|restore)VFPv3EPv$")
# d16 to d31, q0 to q15, sdiv, udiv
LACKING = re.compile(r"\b(d1[6-9]|d2\d|d3[01]|q\d+)\b|\t[su]div\b")

listing = subprocess.run(
    ["arm-linux-gnueabihf-objdump", "-d", "--no-show-raw-insn", sys.argv[1]],
    capture_output=True, text=True, check=True).stdout
function, functions, found, guarded = "", 0, collections.Counter(), 0
for line in listing.splitlines():
    header = re.match(r"^[0-9a-f]+ <(.*)>:$", line)
    if header:
        function = header.group(1)
        functions += 1
    elif LACKING.search(line.split(";")[0].split("@")[0]):
        if ASKED.match(function):
            guarded += 1
        else:
            found[function] += 1
            if found[function] == 1:
                print(line.strip())
print(f"{functions} functions; {guarded} instructions in those that ask first")
for function, count in found.most_common(20):
    print(f"{count} in {function}")
if functions < 1000 or not guarded:
    sys.exit("the listing was not read: too few functions, or ring's own are missing")
sys.exit(1 if found else 0)
