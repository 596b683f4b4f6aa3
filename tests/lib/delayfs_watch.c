// SPDX-License-Identifier: GPL-2.0-only
/*
 * An independent witness of how long an operation was with the file system. It
 * notes each request about a file of a tree, with the times at which the
 * request came and was answered. It does so while the file to write to exists.
 * Only such requests take long, and only then. So preparations take no time.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "delayfs.h"

/* What the present request is about: "DIRECTORY/NAME", or "" if no file. */
static char about[2 * NAME_MAX + 2];
static uint32_t kind; /* its opcode */

/* Returns where the name is in a request of that kind, or -1 without a name. */
static int name_offset(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_LOOKUP:
	case FUSE_UNLINK:
	case FUSE_RMDIR:
	case FUSE_SYMLINK:
		return 0;
	case FUSE_MKDIR:
		return sizeof(struct fuse_mkdir_in);
	case FUSE_CREATE:
		return sizeof(struct fuse_create_in);
	case FUSE_RENAME:
		return sizeof(struct fuse_rename_in);
	case FUSE_RENAME2:
		return sizeof(struct fuse_rename2_in);
	}
	return -1;
}

/* Names of files begin with "_". What is in NAME.d belongs to NAME. */
static bool is_of_file(const char *dir, const char *name)
{
	return *dir == '_' || *name == '_';
}

void watch_request(const struct fuse_in_header *in)
{
	int offset = name_offset(in->opcode);
	const struct node *n;
	const char *dir, *name;

	about[0] = 0;
	kind = in->opcode;
	if (!in->nodeid || !settings.watch || access(settings.watch, F_OK))
		return;
	n = node_of(in->nodeid);
	dir = n->parent && n->parent->name ? n->parent->name : "";
	name = n->name ? n->name : "";
	if (offset >= 0) {
		dir = name;
		name = (const char *)(in + 1) + offset;
	}
	if (is_of_file(dir, name))
		snprintf(about, sizeof(about), "%s/%s", dir, name);
}

bool watch_is_slow(void)
{
	FILE *file = settings.only ? fopen(settings.only, "r") : NULL;
	unsigned int slow = 0;

	if (file) {
		if (fscanf(file, "%u", &slow) != 1)
			slow = 0;
		fclose(file);
	}
	return !settings.only || kind == slow;
}

const char *watch_about(void)
{
	return about;
}

void watch_answered(const char *what, int64_t asked_ns, int64_t answered_ns)
{
	FILE *out = fopen(settings.watch, "r+");

	if (!out)
		return;
	fseek(out, 0, SEEK_END);
	fprintf(out, "%lld %lld %s\n", (long long)asked_ns,
		(long long)answered_ns, what);
	fclose(out);
}
