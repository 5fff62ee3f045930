"""door.py PORT SECONDS WORD...: runs a command in a test machine, with this program's input, and ends
with its output and status; 255 where the machine did not answer. guest/door is the other end."""

import base64
import shlex
import shutil
import socket
import sys
import threading
import time

port, seconds, words = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
end = time.monotonic() + seconds


def send_input(door):
    try:
        shutil.copyfileobj(sys.stdin.buffer, door.makefile("wb", buffering=0))
        door.shutdown(socket.SHUT_WR)
    except OSError:
        # A command that does not want its input may end before it has all of it.
        pass


def converse():
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as door:
        door.sendall(base64.b64encode(shlex.join(words).encode()) + b"\n")
        threading.Thread(target=send_input, args=(door,), daemon=True).start()
        # The last four bytes are the status: they are held back until the connection ends.
        held = b""
        while more := door.recv(65536):
            held += more
            sys.stdout.buffer.write(held[:-4])
            held = held[-4:]
            door.settimeout(max(0.001, end - time.monotonic()))
    sys.stdout.buffer.flush()
    if len(held) < 4:
        raise OSError("closed before the command had ended")
    return int(held)


try:
    status = converse()
except OSError as error:
    print(f"the machine's door: {error} ({shlex.join(words)})", file=sys.stderr)
    status = 255
sys.exit(status)
