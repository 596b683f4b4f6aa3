# SPDX-License-Identifier: GPL-2.0-only
"""Tests fio servers that listen on 127.0.0.1 alone and are reached through a
real sshd: with ssh -L from the client, and with ssh -R from the hosts, as
docs/cluster-run.md describes."""
import os
import subprocess

import cluster
import fio
import mounts
import ssh
import tap

cluster.enter_namespaces()

CLIENT = f"{cluster.SUBNET}.255.254"


def here(argv):
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def run_through(t, label, space, place, addresses):
    hosts = os.path.join(space.path, f"hosts-{label}")
    with open(hosts, "w", encoding="ascii") as f:
        f.writelines(f"{address}\n" for address in addresses)
    t.ok(cluster.until(lambda: all(cluster.listens(a, cluster.PORT)
                                   for a in addresses)),
         f"{label}: the tunnels are open")
    top, gate = space.dir(f"top-{label}"), space.dir(f"gate-{label}")
    text = fio.job_text([fio.section("create", write_lat_log="create")],
                        directory=top, gate=gate, gate_hosts=2, numjobs=2,
                        files=50, filesize="4k", log_unix_epoch=1)
    job = os.path.join(space.path, f"{label}.fio")
    with open(job, "w", encoding="utf-8") as f:
        f.write(text)
    check = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "check", "--hosts",
                            hosts, job], capture_output=True, text=True)
    t.ok(check.returncode == 0 and "2 hosts can run" in check.stdout
         and "warning" not in check.stdout,
         f"{label}: smallfio check finds all good, and nothing public",
         check.stdout, check.stderr)
    logs = os.path.join(space.path, f"logs-{label}")
    result = place.run(text, logs, hosts_file=hosts)
    t.equal(result.rc, 0, f"{label}: fio succeeds", result)
    t.same_set(os.listdir(logs),
               [f"create_clat.{job}.log.{address}" for job in (1, 2)
                for address in addresses]
               + [f"create_{kind}.{job}.log.{address}" for job in (1, 2)
                  for address in addresses for kind in ("lat", "slat")],
               f"{label}: each host's logs came back by its own name")
    t.same_set(os.listdir(os.path.join(top, "file_srcdir")), ["h1", "h2"],
               f"{label}: each host worked in its own tree")


def tunnels(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path, serve=False)
    for host in place.hosts:
        host.serve(listen="127.0.0.1")
    t.ok(not any(cluster.listens(host.address, cluster.PORT)
                 for host in place.hosts), "no server can be reached directly")
    ssh_servers = ssh.Ssh(space.dir("ssh"))
    try:
        for i, host in enumerate(place.hosts, 1):
            ssh_servers.serve(host.address, lambda argv, host=host: host.popen(*argv))
            ssh_servers.tunnel(host.address, ["-L", f"127.0.1.{i}:{cluster.PORT}:"
                                      f"127.0.0.1:{cluster.PORT}"], here)
        run_through(t, "ssh -L", space, place, ["127.0.1.1", "127.0.1.2"])
        ssh_servers.serve(CLIENT, here)
        for i, host in enumerate(place.hosts, 1):
            ssh_servers.tunnel(CLIENT, ["-R", f"127.0.2.{i}:{cluster.PORT}:"
                                f"127.0.0.1:{cluster.PORT}"],
                       lambda argv, host=host: host.popen(*argv))
        run_through(t, "ssh -R", space, place, ["127.0.2.1", "127.0.2.2"])
    finally:
        ssh_servers.stop()
        place.stop()


tap.main(tunnels)
