# SPDX-License-Identifier: GPL-2.0-only
"""No latency at depth 1 contains work of the engine's own: of a build in which
making or comparing a record takes 20 ms, the latencies are as short as ever."""
import os

import fio
import mounts
import tap

mounts.enter_namespace()

OWN_NS = 20_000_000
FILES = 9
WRITERS = ("create", "append", "overwrite", "truncate-overwrite", "swift-put")
READERS = ("read", "swift-get")


def main():
    space = mounts.Workspace()

    def own_work(t):
        top = space.dir("own-work")
        os.environ["LD_LIBRARY_PATH"] = os.environ["SMALLFIO_SLOW_ENGINE"]
        os.environ["SLOW_ENGINE_NS"] = "0"
        for content in ("pattern", "incompressible"):
            common = dict(directory=top, files=FILES, filesize="12k", bs="4k",
                          content=content, host=content)
            for operation in WRITERS + READERS:
                for rand, burst in ((False, 128), (True, 128), (False, 1)):
                    label = (f"{operation}, {content}, burst={burst}"
                             f"{', random' * rand}")
                    os.environ["SLOW_OWN_NS"] = "0"
                    before = {"read": "create", "swift-get": "swift-put"}
                    fio.run([fio.section("cleanup")], **common)
                    if operation not in ("create", "swift-put"):
                        fio.run([fio.section(before.get(operation,
                                                        "create"))],
                                **common)
                    os.environ["SLOW_OWN_NS"] = str(OWN_NS)
                    done = fio.run([fio.section(operation, rand=rand,
                                                burst=burst)], **common)
                    clat = done.side(operation)[0]["clat_ns"]
                    p50 = clat["percentile"]["50.000000"]
                    t.ok(done.rc == 0 and p50 < OWN_NS / 4,
                         f"{label}: of the operation alone", clat, done)
                    if operation in READERS or content != "pattern":
                        t.ok(done.side(operation)[0]["runtime"] >
                             FILES * OWN_NS / 1e6,
                             f"{label}: the work was done", done)

    tap.main(own_work)


main()
