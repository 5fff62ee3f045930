"""Rules of a format: each a line `ok …` or `FAILED …`, and at the end `N passed, N failed`."""
import io, struct, tarfile

kept_and_broken = [0, 0]


def rule(sentence, kept, why=""):
    kept_and_broken[not kept] += 1
    print(("ok " if kept else "FAILED ") + sentence)
    if not kept and why != "":
        print("    |", why)


def close_rules():
    print("{} passed, {} failed".format(*kept_and_broken))


def members(data, mode="r:gz"):
    """The entries of a tar archive, each with its bytes."""
    with tarfile.open(fileobj=io.BytesIO(data), mode=mode) as archive:
        return [(m, archive.extractfile(m).read() if m.isfile() else None) for m in archive]


def has_bare_gzip_header(data):
    """No name in it and no time, which would differ from one making to the next (RFC 1952, 2.3)."""
    return data[:8] == b"\x1f\x8b\x08\x00\0\0\0\0"


def size_of_png(data):
    return struct.unpack(">II", data[16:24]) if data[:8] == b"\x89PNG\r\n\x1a\n" else None


def alignments(program):
    """Of all segments of an ELF file that are loaded (System V ABI, chapter 5)."""
    wide = program[4] == 2
    start, = struct.unpack_from("<Q" if wide else "<I", program, 32 if wide else 28)
    size, count = struct.unpack_from("<HH", program, 54 if wide else 42)
    return [struct.unpack_from("<Q" if wide else "<I", program, at + (48 if wide else 28))[0]
            for at in range(start, start + size * count, size) if struct.unpack_from("<I", program, at)[0] == 1]
