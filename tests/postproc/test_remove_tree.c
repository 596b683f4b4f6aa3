// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "turns/remove_tree.h"

static int shell(const char *top, const char *what)
{
	char command[400];

	snprintf(command, sizeof(command), "cd %s && %s", top, what);
	return system(command);
}

/* What a link leads to stays. */
TEST(all_but_what_links_lead_to)
{
	char top[] = "/tmp/remove-tree-XXXXXX", path[64];

	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/t", top);
	assert_ok(shell(top,
			"mkdir -p t/a/b/c t/empty outside/d && "
			"touch t/x t/a/y t/a/b/z outside/d/f && "
			"ln -s ../outside t/link && ln -s nowhere t/a/gone && "
			"mkfifo t/a/b/c/fifo && chmod 0 t/x && "
			"cd t/a/b && seq -f file-%g 3000 | xargs touch"));
	assert_ok(remove_tree(path));
	assert_int_equal(access(path, F_OK), -1);
	assert_ok(shell(top, "test -f outside/d/f && ln -s outside t"));
	assert_int_equal(remove_tree(path), -1);
	assert_ok(shell(top, "test -f outside/d/f && rm t"));
	assert_int_equal(remove_tree(path), -1);
	assert_int_equal(errno, ENOENT);
	assert_ok(remove_tree(top));
}

/* Another file system in the tree stays, with what is in it. */
TEST(another_file_system)
{
	char top[] = "/tmp/remove-tree-XXXXXX", path[64];

	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/t", top);
	assert_ok(shell(top, "mkdir -p t/other"));
	if (shell(top, "mount -t tmpfs none t/other 2>mount.err")) {
		assert_ok(remove_tree(top));
		print_message("# skipped: no file system can be mounted\n");
		skip();
	}
	assert_ok(shell(top, "touch t/other/f"));
	assert_int_equal(remove_tree(path), -1);
	assert_int_equal(errno, EXDEV);
	assert_ok(shell(top, "test -f t/other/f && umount t/other"));
	assert_ok(remove_tree(top));
}

/* What may not be removed stays. Root may do all, so another user tries. */
TEST(not_allowed)
{
	char top[] = "/tmp/remove-tree-XXXXXX", path[64];
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/t", top);
	assert_ok(shell(top, "mkdir -p t/a/b/c t/d/e && touch t/a/b/f t/d/g && "
			     "chmod 755 . && chmod -R a+rwX t && "
			     "chmod 555 t/a/b"));
	pid = fork();
	if (!pid) {
		if (!geteuid() && setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(remove_tree(path) == -1 && errno == EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_ok(shell(top, "test -f t/a/b/f && chmod 755 t/a/b"));
	assert_ok(remove_tree(top));
}
