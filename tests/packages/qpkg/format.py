"""format.py FILE BINARY VERSION ARCH FOLDER: every rule of the format that can be looked at, as lines for
rules_of; its parts go to FOLDER. The rules are those of QDK's qbuild, qinstall.sh and qpkg_encrypt.c."""
import os, re, sys
from rules import alignments, close_rules, has_bare_gzip_header, members, rule, size_of_png

file, binary, version, arch, folder = sys.argv[1:]
PLATFORMS = {"aarch64": ("arm_64", "aarch64"), "armv7": ("arm-x41", "armv7l"), "x86_64": ("x86_64", "x86_64")}
platform, machine = PLATFORMS[arch]
whole = open(file, "rb").read()

# --- the last 100 bytes: qbuild, add_qpkg_tail; qpkg_encrypt.c ---
tail = whole[-100:]
field = lambda start, length: tail[start:start + length].decode()
rule("the flag at the end says that this is a QPKG", field(90, 10) == "QNAPQPKG  ", field(90, 10))
rule("before it stands the version", field(80, 10) == version.ljust(10), field(80, 10))
rule("and the name", field(60, 20) == "davbox".ljust(20), field(60, 20))
rule("and the checksum, which follows from the size", field(40, 10) == str(len(whole) * 3589 + 1000000000)[:10], field(40, 10))
rule("the model is blank, so that every model takes it", field(0, 10) == " " * 10, field(0, 10))
rule("all the rest is blank", field(10, 30) + field(50, 10) == " " * 40)

# --- the header, read as QTS does when it looks for a signature (qbuild, get_content_size) ---
lines = whole.split(b"\nexit 1\n", 1)[0].decode() + "\nexit 1\n"
found = re.findall(r"^(script_len=\d+|offset=\$\(/usr/bin/expr \$(?:script_len|offset) \+ \d+\))$", lines, re.M)
rule("the header has the lines script_len, offset and offset that QTS adds up", len(found) == 3, found)
script, control, data = (int(re.findall(r"\d+", line)[-1]) for line in found)
rule("script_len is the length of the header", script == len(lines.encode()), (script, len(lines.encode())))
rule("the header, the two archives and the tail are the whole file", script + control + data + 100 == len(whole))
rule("the header is for /bin/sh", lines.startswith("#!/bin/sh\n"))
rule("it compares the kind of processor", f'"$here" = "{machine}"' in lines)
rule("nothing is signed, and nothing says it is", whole[script + control + data:][:3] != b"QDK")
os.makedirs(folder, exist_ok=True)
parts = {"header": whole[:script], "control.tar": whole[script:script + control], "data.tar.gz": whole[script + control:-100]}
for name, content in parts.items():
    open(os.path.join(folder, name), "wb").write(content)
rule("the file is named after the platform", os.path.basename(file) == f"davbox_{version}_{platform}.qpkg")

# --- the control files ---
outer = members(parts["control.tar"], "r:")
rule("the control archive is a plain tar of one packed tar, as BusyBox likes it", [m.name for m, _ in outer] == ["control.tar.gz"])
packed = members(outer[0][1])
files = {m.name[2:]: d for m, d in packed if d is not None}
rule("in it are qinstall.sh, qpkg.cfg and package_routines", set(files) == {"qinstall.sh", "qpkg.cfg", "package_routines"}, set(files))
rule("all of them are for a shell that need not be bash", files["qinstall.sh"].startswith(b"#!/bin/sh\n"))
settings = {}
for line in files["qpkg.cfg"].decode().splitlines():
    if line and not line.startswith("#"):
        key, value = re.fullmatch(r'([A-Z_]+)="([^"]*)"', line).groups()
        settings[key] = value
for key in ("QPKG_NAME", "QPKG_VER", "QPKG_AUTHOR", "QPKG_SUMMARY", "QPKG_LICENSE", "QPKG_SERVICE_PROGRAM"):
    rule(f"qpkg.cfg has {key}", settings.get(key))
rule("the name is short and has no blank", len(settings["QPKG_NAME"]) <= 20 and " " not in settings["QPKG_NAME"])
rule("the version is davbox's, short, and has no blank", settings["QPKG_VER"] == version and len(version) <= 10 and " " not in version)
rule("the number in the order of starts has three digits", re.fullmatch(r"\d{3}", settings["QPKG_RC_NUM"]))
rule("the link of the icon leads to the port that davbox listens on", (settings["QPKG_WEBUI"], settings["QPKG_WEB_PORT"]) == ("/", "5232"))
rule("and to no port with TLS, which is not built yet", settings["QPKG_WEB_SSL_PORT"] == "-2")
rule("its port is known to QTS", settings["QPKG_SERVICE_PORT"] == "5232")

# --- the data ---
inner = members(parts["data.tar.gz"])
tree = {m.name[2:]: d for m, d in inner if d is not None}
rule("there is no name and no time in any gzip header", has_bare_gzip_header(parts["data.tar.gz"]) and has_bare_gzip_header(outer[0][1]))
rule("every entry belongs to root", all((m.uid, m.gid) == (0, 0) for m, _ in outer + packed + inner))
rule("nobody else may write to any of them", all(m.mode & 0o022 == 0 for m, _ in packed + inner))
rule("there is one time for all of them", len({m.mtime for m, _ in outer + packed + inner}) == 1)
rule("there are files and folders alone, and none leads out", all((m.isfile() or m.isdir()) and ".." not in m.name for m, _ in inner))
rule("what is to be run can be run", all(m.mode & 0o111 for m, d in inner if d and d[:2] in (b"#!", b"\x7fE")))
rule("the service script is in it", settings["QPKG_SERVICE_PROGRAM"] in tree)
rule("so is what App Center removes the package with", ".uninstall.sh" in tree)
for name, size in (("", 64), ("_80", 80), ("_gray", 64)):
    rule(f"so is the icon .qpkg_icon{name}.gif, of {size} pixels", size_of_png(tree[f".qpkg_icon{name}.gif"]) == (size, size))
rule("the icon of a disabled davbox is another one", tree[".qpkg_icon_gray.gif"] != tree[".qpkg_icon.gif"])
rule("the program in it is, byte for byte, the one that was packaged", tree["lib/davbox/davbox"] == open(binary, "rb").read())
# CONFIG_ARM_PAGE_SIZE_32KB, in Synology's kernel for the Alpine of Annapurna, which is in QNAP's arm-x41 too.
if arch == "armv7":
    rule("the program can be loaded where pages have 32 KiB", all(a % 32768 == 0 for a in alignments(tree["lib/davbox/davbox"])))
rule("nothing is left to be filled in",
     not re.search(rb"@[A-Z]+@", lines.encode() + b"".join([*files.values(), *(d for n, d in tree.items() if n != "lib/davbox/davbox")])))
close_rules()
