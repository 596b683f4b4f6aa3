// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "op.h"
#include "sys.h"

const char *op_xattr_name(const char *stem, uint32_t j, char *out)
{
	size_t n = strlen(stem);

	memcpy(out, stem, n);
	n += fileset_decimal(j, out + n);
	out[n] = 0;
	return out;
}

const uint8_t *op_xattr_values(const struct worker *w, struct request *r)
{
	return content_record(&w->content, r->values, r->file, 0,
			      w->options.xattr_size_bytes +
				      w->options.xattr_count);
}

int op_setxattr(struct worker *w, struct request *r)
{
	const uint8_t *values = op_xattr_values(w, r);
	char name[OP_XATTR_NAME_MAX];
	int fd, ret = 0;

	fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return request_fail(r, "open");
	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		op_xattr_name(OP_XATTR, j, name);
		if (fsetxattr(fd, name, values + j, w->options.xattr_size_bytes,
			      0))
			ret = request_fail(r, "fsetxattr");
	}
	return op_close(w, r, fd, ret);
}

static int check_value(const struct worker *w, struct request *r,
		       const char *name, const uint8_t *expected,
		       const uint8_t *found, ssize_t length)
{
	size_t size = w->options.xattr_size_bytes;

	if (length < 0)
		return request_fail(r, "getxattr");
	if (!w->options.verify_read)
		return 0;
	if ((size_t)length != size)
		return request_fail_text(r, EILSEQ, "verify",
					 "%s has %zd bytes, expected %zu", name,
					 length, size);
	if (!memcmp(found, expected, size))
		return 0;
	for (size_t i = 0; i < size; i++)
		if (found[i] != expected[i])
			return request_fail_text(
				r, EILSEQ, "verify",
				"%s, byte %zu: found 0x%02x, expected 0x%02x",
				name, i, found[i], expected[i]);
	return 0;
}

int op_xattr_verify(struct worker *w, struct request *r, const char *stem,
		    int fd)
{
	const uint8_t *values = op_xattr_values(w, r);
	uint8_t *found = r->values + w->options.xattr_size_bytes +
			 w->options.xattr_count;
	char name[OP_XATTR_NAME_MAX];
	int ret = 0;

	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		ssize_t n;

		op_xattr_name(stem, j, name);
		n = fd < 0 ? getxattr(r->full.path, name, found,
				      WORKER_XATTR_SIZE_MAX)
			   : fgetxattr(fd, name, found, WORKER_XATTR_SIZE_MAX);
		ret = check_value(w, r, name, values + j, found, n);
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
