# SPDX-License-Identifier: GPL-2.0-only
"""Servers that are not what a fio client expects, in a thread of the test."""
import socket
import struct
import threading

VERSION = 9999  # no release of fio has this version
TEXT = 8


def crc16(data):
    """fio's checksum of the head of a message: reflected 0x8005, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return crc


def another_version(connection):
    """A message of a protocol version that the client does not have."""
    head = struct.pack("<HHIQI", VERSION, TEXT, 0, 0, 0)
    connection.sendall(head + struct.pack("<HH", crc16(head), 0))
    connection.recv(1)


def closes(connection):
    """Behaves as a fio that gets a message of another version."""
    connection.recv(4096)


def mute(connection):
    """Reads everything, and answers nothing."""
    while connection.recv(65536):
        pass


class Impostor:
    """Listens on `address`; `port` is where."""

    def __init__(self, behave, address):
        self.listener = socket.create_server((address, 0))
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
