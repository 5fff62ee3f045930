"""exchange.py ROOT ARCH FOLDER: gives a Debian for this computer the processor of another.

Every package of ROOT that is bound to a processor is replaced by that of the other one, from the .debs in
FOLDER: its files, its scripts, its record. What the packages' scripts have made when they were set up stays:
it is the same on every processor but for the linker's cache, which Linux can do without. To set up a Debian
in an emulated machine takes a quarter of an hour; this takes half a minute.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

root, arch, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
dpkg = root / "var/lib/dpkg"
info = dpkg / "info"


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def stanzas(text):
    return {re.search(r"^Package: (.*)", each, re.M)[1]: each for each in text.strip().split("\n\n")}


def field(name, stanza):
    found = re.search(rf"^{name}: (.*)", stanza, re.M)
    return found and found[1]


def file_name(package, stanza):
    """What dpkg calls a package's files by: several processors' of one package may be there at once."""
    same = field("Multi-Arch", stanza) == "same"
    return f"{package}:{field('Architecture', stanza)}" if same else package


def remove(package, stanza):
    """Its files. Folders stay, and so does whose they are; /bin and the like are links to folders."""
    name = file_name(package, stanza)
    for line in (info / f"{name}.list").read_text().split("\n"):
        path = root / line[1:]
        if (path.is_symlink() or path.is_file()) and path.parent != root:
            path.unlink()
    for path in info.glob(f"{name}.*"):
        path.unlink()


def install(deb):
    control = run("dpkg-deb", "-f", deb).strip()
    package = field("Package", control)
    name = file_name(package, control)
    scripts = folder / "control"
    run("dpkg-deb", "-e", deb, scripts)
    for path in scripts.iterdir():
        if path.name != "control":
            shutil.copy2(path, info / f"{name}.{path.name}")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archive:
        run_tar = ["tar", "-C", root, "-xvp", "--keep-directory-symlink", "--no-overwrite-dir", "--numeric-owner"]
        listed = subprocess.run(run_tar, stdin=archive.stdout, check=True, stdout=subprocess.PIPE, text=True).stdout
    paths = [line.rstrip("/")[1:] or "/." for line in listed.split("\n") if line]
    (info / f"{name}.list").write_text("".join(path + "\n" for path in paths))
    conffiles = scripts / "conffiles"
    if conffiles.exists():
        lines = "".join(f"\n {path} {hashlib.md5((root / path[1:]).read_bytes()).hexdigest()}"
                        for path in conffiles.read_text().split())
        control += "\nConffiles:" + lines
    shutil.rmtree(scripts)
    return package, control.replace("\n", "\nStatus: install ok installed\n", 1)


status = stanzas((dpkg / "status").read_text())
for package, stanza in status.items():
    if field("Architecture", stanza) != "all":
        remove(package, stanza)
added = dict(install(deb) for deb in sorted(folder.glob("*.deb")))
missing = {p for p, s in status.items() if field("Architecture", s) != "all"} - added.keys()
if missing:
    sys.exit(f"not there for {arch}: {' '.join(sorted(missing))}")
status.update(added)
(dpkg / "status").write_text("\n\n".join(status[p] for p in sorted(status)) + "\n\n")
(dpkg / "arch").unlink(missing_ok=True)
(root / "etc/ld.so.cache").unlink(missing_ok=True)
