// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_value.h"
#include "util/sys.h"

const char *op_xattr_name(const char *stem, uint32_t j, char *out)
{
	size_t n = strlen(stem);

	memcpy(out, stem, n);
	n += fileset_decimal(j, out + n);
	out[n] = 0;
	return out;
}

int op_setxattr(struct worker *w, struct request *r)
{
	char name[OP_XATTR_NAME_MAX];
	int fd, ret = 0;

	fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return request_fail(r, "open");
	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		op_xattr_name(OP_XATTR, j, name);
		if (fsetxattr(fd, name, r->attributes + j,
			      w->options.xattr_size_bytes, 0))
			ret = request_fail(r, "fsetxattr");
	}
	return op_close(w, r, fd, ret);
}

int op_xattr_verify(struct worker *w, struct request *r, const char *stem,
		    int fd)
{
	uint8_t *found = value_found(w, r);
	char name[OP_XATTR_NAME_MAX];
	int ret = 0;

	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		ssize_t n;

		op_xattr_name(stem, j, name);
		n = fd < 0 ? getxattr(r->full.path, name, found,
				      WORKER_XATTR_SIZE_MAX)
			   : fgetxattr(fd, name, found, WORKER_XATTR_SIZE_MAX);
		ret = value_check(w, r, name, r->attributes + j, found, n);
	}
	return ret;
}

/*
 * By path from the root, as smallfile does: a descriptor would cost an open
 * and a close, and Linux has a getxattrat() only since 6.13.
 */
int op_getxattr(struct worker *w, struct request *r)
{
	return op_xattr_verify(w, r, OP_XATTR, -1);
}
