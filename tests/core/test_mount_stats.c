// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/self/mountstats. The text is made up, after fs/nfs/super.c (show_stats)
 * and net/sunrpc/stats.c (rpc_clnt_show_stats) of Linux, which write it, and
 * include/linux/nfs_iostat.h, which says what the numbers of "bytes:" are. The
 * numbers are powers of two, so that a sum tells what is in it.
 */
#include "fs/mount_stats.h"
#include "test.h"

#define NFS(call)                                                              \
	"\topts:\trw,vers=4.2,rsize=1048576,proto=tcp,sec=sys\n"               \
	"\tage:\t77\n"                                                         \
	"\tsec:\tflavor=1,pseudoflavor=1\n"                                    \
	"\tevents:\t9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n"   \
	"\tbytes:\t1 2 4 8 16 32 9 9 \n"                                       \
	"\tRPC iostats version: 1.1  p/v: 100003/4 (nfs)\n"                    \
	"\txprt:\ttcp 9 9 9 9 9 9 9 9 9 9 9 9 9\n"                             \
	"\tper-op statistics\n"                                                \
	"\t        NULL: 1 9 9 9 9 9 9 9 9\n"                                  \
	"\t        READ: 2 9 9 9 9 9 9 9 9\n"                                  \
	"\t     GETATTR: " call " 9 9 9 9 9 9 9 9\n\n"

static const char text[] =
	"device rootfs mounted on / with fstype rootfs\n"
	"device server:/a\\040b mounted on /mnt/a\\040b with fstype nfs4 "
	"statvers=1.1\n" NFS(
		"4") "device server:/ mounted on /mnt/a\\040b/below with fstype nfs "
		     "statvers=1.1\n" NFS(
			     "1024") "device tmpfs mounted on /mnt/local with fstype tmpfs\n"
				     "device server:/ mounted on /mnt/old with fstype nfs statvers=2.0\n" NFS(
					     "64") "device server:/ mounted on /mnt/hidden with fstype nfs4 "
						   "statvers=1.1\n" NFS(
							   "64") "device tmpfs mounted on /mnt/hidden with fstype tmpfs\n"
								 "device server:/ mounted on /mnt/cut with fstype nfs4 statvers=1.1\n"
								 "\tbytes:\t1 2 4 8 16\n"
								 "\tper-op statistics\n"
								 "\t        NULL: 1 9\n";

/* What is known of the mounts of up to two paths, as text. */
static const char *known(const char *of, const char *path, const char *other)
{
	char *paths[] = { (char *)path, (char *)other };
	struct mount_stats m;

	if (!mount_stats_sum(&m, of, paths, other ? 2 : 1))
		return "not known";
	return printed("%llu trips, read %llu, written %llu, fetched %llu, "
		       "sent %llu",
		       (unsigned long long)m.n[MOUNT_TRIPS],
		       (unsigned long long)m.n[MOUNT_READ],
		       (unsigned long long)m.n[MOUNT_WRITTEN],
		       (unsigned long long)m.n[MOUNT_FETCHED],
		       (unsigned long long)m.n[MOUNT_SENT]);
}

#define ONE "7 trips, read 5, written 10, fetched 16, sent 32"

TEST(counters_of_a_mount)
{
	assert_string_equal(known(text, "/mnt/a b", NULL), ONE);
	assert_string_equal(known(text, "/mnt/a b/dir", NULL), ONE);
	assert_string_equal(known(text, "/mnt/a b/belowed", NULL), ONE);
	assert_string_equal(known(text, "/mnt/a b/below/x", NULL),
			    "1027 trips, read 5, written 10, fetched 16, "
			    "sent 32");
}

TEST(sums_of_mounts)
{
	assert_string_equal(known(text, "/mnt/a b", "/mnt/a b/below"),
			    "1034 trips, read 10, written 20, fetched 32, "
			    "sent 64");
	/* One mount counts once. */
	assert_string_equal(known(text, "/mnt/a b/x", "/mnt/a b/y"), ONE);
	assert_string_equal(known(text, "/mnt/a b/x", "/mnt/local"),
			    "not known");
	assert_string_equal(known(text, "/mnt/local", "/mnt/a b/x"),
			    "not known");
}

/* Not 0: no counters, those of another version, and damaged ones. */
TEST(what_is_not_known)
{
	static const char *const paths[] = { "/",        "/home",
					     "/mnt/a",   "/mnt/a bc",
					     "/mnt/old", "/mnt/hidden/x",
					     "/mnt/cut", "/mnt/local" };

	for_each_in (path, paths)
		assert_string_equal(known(text, *path, NULL), "not known");
	assert_string_equal(known("", "/mnt/a b", NULL), "not known");
	assert_string_equal(known("device x mounted on /m", "/m", NULL),
			    "not known");
}

/* This machine's own file. No file system of memory has counters. */
TEST(this_machine)
{
	char proc[] = "/proc", *path[] = { proc };
	struct mount_stats m;

	assert_false(mount_stats_read(&m, path, 1));
}
