"""format.py FILE BINARY VERSION ARCH: every rule of the format that can be looked at, as lines for rules_of.
The pages named are those of Synology's DSM Developer Guide."""
import hashlib, json, os, re, sys
from rules import alignments, close_rules, has_bare_gzip_header, members, rule, size_of_png

file, binary, version, arch = sys.argv[1:]
# Appendix A, Platform and Arch Value Mapping Table; the rest of SynoCommunity's spksrc.
FAMILIES = {"x86_64": "x86_64", "armv7": "armv7", "aarch64": "armv8"}
PLATFORMS = {
    "x86_64": "apollolake avoton braswell broadwell broadwellnk broadwellntb broadwellntbap bromolow cedarview coffeelake "
              "denverton geminilake grantley kvmx64 purley skylaked v1000",
    "armv7": "alpine alpine4k armada370 armada375 armada38x armadaxp comcerto2k monaco",
    "aarch64": "rtd1296 armada37xx rtd1619 rtd1619b",
}

whole = open(file, "rb").read()
rule("the package is a plain tar, not a packed one", whole[257:262] == b"ustar")
outer = members(whole, "r:")
parts = {m.name: data for m, data in outer}
modes = {m.name: m.mode for m, _ in outer}

# --- Package Introduction ---
for name in ("INFO", "package.tgz", "scripts", "conf", "PACKAGE_ICON.PNG", "PACKAGE_ICON_256.PNG"):
    rule(f"{name} is there", name in parts)
rule("INFO comes first", outer[0][0].name == "INFO")
rule("the small icon has 64 x 64 pixels (DSM 7)", size_of_png(parts["PACKAGE_ICON.PNG"]) == (64, 64))
rule("the large icon has 256 x 256 pixels", size_of_png(parts["PACKAGE_ICON_256.PNG"]) == (256, 256))
rule("every entry belongs to root", all((m.uid, m.gid) == (0, 0) for m, _ in outer))
rule("there is one time for all of them", len({m.mtime for m, _ in outer}) == 1)

# --- INFO ---
info = {}
well_formed = True
for line in parts["INFO"].decode().splitlines():
    found = re.fullmatch(r'([a-z_0-9]+)="([^"]*)"', line)
    well_formed = well_formed and bool(found) and found[1] not in info
    if found:
        info[found[1]] = found[2]
rule('every line of INFO is key="value", and no key is there twice', well_formed)
for key in ("package", "version", "os_min_ver", "description", "arch", "maintainer"):
    rule(f"INFO has the necessary field {key}", info.get(key))
rule("the name has none of : / > < | =", not re.search(r"[:/><|=]", info["package"]))
rule("the version is numbers and a build number, between . - and _", re.fullmatch(r"\d+([._]\d+)*-\d+", info["version"]), info["version"])
rule("each of them fits 31 bits", all(int(n) < 2**31 for n in re.findall(r"\d+", info["version"])))
rule("it begins with davbox's own", info["version"].startswith(version + "-"))
rule("os_min_ver is at least 7.0-40000", [int(n) for n in re.split(r"[.-]", info["os_min_ver"])] >= [7, 0, 40000])
rule("the first architecture is the family", info["arch"].split()[0] == FAMILIES[arch], info["arch"])
rule("all of its platforms are named", set(PLATFORMS[arch].split()) <= set(info["arch"].split()),
     set(PLATFORMS[arch].split()) - set(info["arch"].split()))
others = {p for a, names in PLATFORMS.items() if a != arch for p in [FAMILIES[a], *names.split()]} | {"hi3535", "evansport", "noarch"}
rule("and none of another kind of processor", not others & set(info["arch"].split()), others & set(info["arch"].split()))
rule("the file is named after the family", os.path.basename(file) == f"davbox-{version}-{FAMILIES[arch]}.spk")
for key in ("displayname", "description"):
    rule(f"{key} is there in English and in German", info.get(key + "_enu") and info.get(key + "_ger"))
rule("the two descriptions differ", info["description_enu"] != info["description_ger"])
rule("checksum is the MD5 of package.tgz", info["checksum"] == hashlib.md5(parts["package.tgz"]).hexdigest())
rule("the link leads to the port that davbox listens on", (info["adminprotocol"], info["adminport"]) == ("http", "5232"))
for key in ("ctl_stop", "ctl_uninstall", "precheckstartstop", "silent_install", "silent_upgrade", "silent_uninstall"):
    rule(f"{key} is yes or no", info[key] in ("yes", "no"))
rule("there is no field that DSM 7 does not read any more",
     not set(info) & {"startable", "support_conf_folder", "thirdparty", "firmware", "package_icon", "reloadui", "instuninst_restart_services"})

# --- package.tgz ---
rule("package.tgz has no name and no time in its header", has_bare_gzip_header(parts["package.tgz"]))
inner = members(parts["package.tgz"])
target = {m.name[2:]: data for m, data in inner}
rule("it has files and folders alone, and none leads out", all((m.isfile() or m.isdir()) and ".." not in m.name for m, _ in inner))
rule("nobody but the owner may write to any of them", all(m.mode & 0o022 == 0 for m, _ in inner + outer))
rule("what is to be run can be run", all(m.mode & 0o111 for m, d in inner if d and d[:2] in (b"#!", b"\x7fE")))
rule("extractsize is what is unpacked, in KiB", 0 <= int(info["extractsize"]) - sum(len(d) for _, d in inner if d) // 1024 <= 1, info["extractsize"])
rule("the program in it is, byte for byte, the one that was packaged", target["lib/davbox/davbox"] == open(binary, "rb").read())
# CONFIG_ARM_PAGE_SIZE_32KB, in Synology's kernel for Annapurna's Alpine.
if arch == "armv7":
    rule("the program can be loaded where pages have 32 KiB", all(a % 32768 == 0 for a in alignments(target["lib/davbox/davbox"])))
rule("nothing is left to be filled in",
     not re.search(rb"@[A-Z]+@", b"".join(d for n, d in [*target.items(), *parts.items()] if d and not n.endswith((".tgz", "davbox/davbox")))))

# --- scripts ---
for name in ("preinst", "postinst", "preuninst", "postuninst", "preupgrade", "postupgrade", "start-stop-status"):
    script = parts.get(f"scripts/{name}", b"")
    rule(f"scripts/{name} is there, for /bin/sh, and executable", script.startswith(b"#!/bin/sh\n") and modes[f"scripts/{name}"] & 0o111 == 0o111)
status = parts["scripts/start-stop-status"].decode()
rule("start-stop-status knows start, stop and status", re.search(r"^start \| stop \| status\)", status, re.M))

# --- conf: Privilege Config, Resource List ---
privilege = json.loads(parts["conf/privilege"])
rule("the package runs as a user of its own, which DSM 7 insists on", privilege["defaults"] == {"run-as": "package"})
rule("nothing of it asks for root", "root" not in parts["conf/privilege"].decode())
resource = json.loads(parts["conf/resource"])
rule("the workers it asks for are among those there are", set(resource) <= {
    "usr-local-linker", "apache22", "data-share", "docker", "docker-project", "index-db", "mariadb10-db", "php", "port-config",
    "systemd-user-unit", "sysnotify", "syslog-config", "webservice"}, set(resource))
rule("the port configuration is where it says, in package.tgz", resource["port-config"]["protocol-file"] in target)
rule("what is linked into /usr/local/bin is there", all(f in target for f in resource["usr-local-linker"]["bin"]))

# --- Install Package Related Ports Information into DSM ---
sections, section = {}, None
for line in target[resource["port-config"]["protocol-file"]].decode().splitlines():
    if found := re.fullmatch(r"\[([A-Za-z0-9.\\-]+)\]", line):
        section = sections.setdefault(found[1], {})
    elif line:
        key, value = re.fullmatch(r'([a-z_.]+)="([^"]+)"', line).groups()
        section[key] = value
rule("the port configuration bears the package's name", resource["port-config"]["protocol-file"].endswith("/davbox.sc"))
rule("every service has a title, a description and ports", all({"title", "desc", "dst.ports"} <= set(s) for s in sections.values()), sections)
rule("their ports are numbers and protocols", all(re.fullmatch(r"\d+(:\d+)?(,\d+(:\d+)?)*/(tcp|udp)(,(tcp|udp))?", s["dst.ports"]) for s in sections.values()))
ports = {s["dst.ports"]: s["port_forward"] for s in sections.values()}
rule("both of davbox's ports are told to the firewall", set(ports) == {"5232/tcp", "8443/tcp"}, ports)
rule("the router is offered the one with TLS alone", ports == {"5232/tcp": "no", "8443/tcp": "yes"}, ports)

# --- Desktop Application, Application Config ---
config = json.loads(target[info["dsmuidir"] + "/config"])
rule("the desktop icon bears the name that INFO gives", list(config[".url"]) == [info["dsmappname"]])
icon = config[".url"][info["dsmappname"]]
rule("it is a link", icon["type"] == "url" and icon["title"] and icon["desc"] and icon["url"].startswith("/"))
rule("to the port that davbox listens on", (icon["protocol"], icon["port"]) == ("http", "5232"))
rule("with a picture", size_of_png(target[info["dsmuidir"] + "/" + icon["icon"]]) == (256, 256))

# --- WIZARD_UIFILES ---
def keys(wizard):
    return [sub["key"] for step in wizard for item in step["items"] for sub in item.get("subitems", [])]


asked = set()
for name in ("install", "upgrade", "uninstall"):
    pages = [json.loads(parts[f"WIZARD_UIFILES/{name}_uifile{language}"]) for language in ("", "_ger")]
    rule(f"the wizard to {name} has a title and items on every page", all(s["step_title"] and s["items"] for p in pages for s in p))
    rule("every item says something or asks for something", all("desc" in i or "subitems" in i for p in pages for s in p for i in s["items"]))
    rule("it asks the same in German", keys(pages[0]) == keys(pages[1]))
    rule("and says it differently", pages[0][0]["step_title"] != pages[1][0]["step_title"])
    rule("its kinds of items are those there are", all(i.get("type", "textfield") in ("textfield", "password", "multiselect", "singleselect", "combobox")
                                                       for p in pages for s in p for i in s["items"]))
    asked |= set(keys(pages[0]))
used = set(re.findall(r"\bwizard_[a-z_]+", "".join(d.decode() for n, d in parts.items() if n.startswith("scripts/") and d)))
rule("the scripts use what the wizards ask, and nothing else", asked == used, (asked, used))
delete = json.loads(parts["WIZARD_UIFILES/uninstall_uifile"])[0]["items"][0]["subitems"][0]
rule("data are not deleted unless somebody ticks the box", delete["defaultValue"] is False)
close_rules()
