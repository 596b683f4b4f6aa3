# SPDX-License-Identifier: GPL-2.0-only
"""Servers that do not behave as fio's client expects, and tunnels to one that
does. They run in threads of the test.

As a program it is a tunnel, for a host of its own:

    python3 impostor.py ADDRESS PORT TO_ADDRESS TO_PORT
"""
import contextlib
import socket
import struct
import sys
import threading

VERSION = 9999  # no release of fio has this version
TEXT = 8


def crc16(data):
    """Returns fio's checksum of the head of a message: a CRC with the
    reflected polynomial 0x8005 and 0 as its first value."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return crc


def another_version(connection):
    """Sends a message of a protocol version that the client does not know."""
    head = struct.pack("<HHIQI", VERSION, TEXT, 0, 0, 0)
    connection.sendall(head + struct.pack("<HH", crc16(head), 0))
    connection.recv(1)


def closes(connection):
    """Closes the connection after the first message. A fio server does so when
    the message is of another protocol version."""
    connection.recv(4096)


def mute(connection):
    """Reads everything and never answers."""
    while connection.recv(65536):
        pass


def _hand_on(source, to):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


def tunnel(address, port):
    """Hands on what comes, in both directions, as ssh -L does."""
    def behave(connection):
        with socket.create_connection((address, port)) as far:
            back = threading.Thread(target=_hand_on, args=[far, connection])
            back.start()
            _hand_on(connection, far)
            back.join()
    return behave


class Impostor:
    """Listens on `address`, at `self.port`, and lets `behave` do the rest."""

    def __init__(self, behave, address, port=0):
        self.listener = socket.create_server((address, port))
        self.port = self.listener.getsockname()[1]
        self.behave = behave
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._one, args=[connection],
                             daemon=True).start()

    def _one(self, connection):
        with connection:
            try:
                self.behave(connection)
            except OSError:
                pass


if __name__ == "__main__":
    Impostor(tunnel(sys.argv[3], int(sys.argv[4])), sys.argv[1],
             int(sys.argv[2]))
    threading.Event().wait()
