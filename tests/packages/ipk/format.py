"""format.py FILE BINARY VERSION MACHINE: every rule of the format, as lines for rules_of.

Read as opkg does (opkg, libbb/unarchive.c and pkg_extract.c), by the rules of OpenWrt's scripts/ipkg-build.
"""
import gzip, os, re, sys
from rules import close_rules, has_bare_gzip_header, members, rule

file, binary, version, arch = sys.argv[1:]
whole = open(file, "rb").read()
outer = members(whole)
names = [m.name for m, _ in outer]
rule("the package is a gzipped tar of debian-binary, data.tar.gz and control.tar.gz, in this order",
     names == ["./debian-binary", "./data.tar.gz", "./control.tar.gz"], names)
parts = dict((m.name, data) for m, data in outer)
rule("debian-binary says 2.0", parts["./debian-binary"] == b"2.0\n", parts["./debian-binary"])
rule("no gzip header carries a name or a time",
     all(has_bare_gzip_header(d) for d in (whole, parts["./data.tar.gz"], parts["./control.tar.gz"])))

data = members(parts["./data.tar.gz"])
control = members(parts["./control.tar.gz"])
everything = outer + data + control
rule("every entry belongs to root", all((m.uid, m.gid) == (0, 0) for m, _ in everything))
rule("every entry begins with ./ and none leads out",
     all((m.name == "." or m.name.startswith("./")) and ".." not in m.name.split("/") for m, _ in everything))
rule("entries are files and folders alone", all(m.isfile() or m.isdir() for m, _ in everything))
rule("nobody but root may write to any of them", all(m.mode & 0o022 == 0 for m, _ in everything))
rule("there is one time for all of them", len({m.mtime for m, _ in everything}) == 1)

scripts = dict((m.name[2:], (m, d)) for m, d in control if m.isfile())
text = scripts["control"][1].decode()
fields = {}
for line in text.splitlines():
    if not line.startswith(" "):
        key, _, value = line.partition(":")
        fields[key] = value.strip()
for field in ("Package", "Version", "Architecture", "Maintainer", "Section", "Description", "License"):
    rule(f"control has the field {field}", fields.get(field))
rule("the package's name has characters that ipkg-build allows", not re.search(r"[^a-zA-Z0-9_.+-]", fields["Package"]))
rule("control names the version", fields["Version"] == version, fields["Version"])
rule("control says Architecture: all, which every opkg takes", fields["Architecture"] == "all")
rule("the file is named package_version_architecture.ipk",
     os.path.basename(file) == f"{fields['Package']}_{version}_{arch}.ipk")
rule("Require-User names a user and a group", re.fullmatch(r"[a-z]+:[a-z]+", fields.get("Require-User", "")))
unpacked = gzip.decompress(parts["./data.tar.gz"])
rule("Installed-Size is the size of the unpacked data", fields["Installed-Size"] == str(len(unpacked)), fields["Installed-Size"])
lines = text.split("Description: ", 1)[1].splitlines()
rule("the description goes on in lines that begin with a blank", len(lines) > 5 and all(re.match(r" .*\S", l) for l in lines[1:]))
rule("it is in English and in German", "calendars" in text and "Kalender" in text)
rule("nothing is left to be filled in", not re.search(rb"@[A-Z]+@", b"".join(d for m, d in data + control if d and not m.name.endswith("davbox/davbox"))))

for name in ("preinst", "postinst", "prerm"):
    rule(f"{name} is there and executable", name in scripts and scripts[name][0].mode & 0o111 == 0o111)
rule("there is no other script that opkg would call", set(scripts) == {"control", "conffiles", "preinst", "postinst", "prerm"}, set(scripts))

tree = dict((m.name[1:], (m, d)) for m, d in data)
conffiles = scripts["conffiles"][1].decode().split()
rule("every conffile is in the data", conffiles and all(c in tree for c in conffiles), conffiles)
rule("the UCI file is a conffile, so that an upgrade leaves it alone", "/etc/config/davbox" in conffiles)
rule("the data folder is kept by sysupgrade", tree["/lib/upgrade/keep.d/davbox"][1] == b"/srv/davbox\n")
rule("the UCI file names the same folder", b"option data '/srv/davbox'" in tree["/etc/config/davbox"][1])
rule("the init script is executable", tree["/etc/init.d/davbox"][0].mode & 0o111 == 0o111)
rule("it is one for procd", tree["/etc/init.d/davbox"][1].startswith(b"#!/bin/sh /etc/rc.common\n")
     and b"\nUSE_PROCD=1\n" in tree["/etc/init.d/davbox"][1])
rule("the program in it is, byte for byte, the one that was packaged",
     tree["/usr/lib/davbox/davbox"][1] == open(binary, "rb").read())
close_rules()
