// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the table of operations as JSON, so that the end-to-end tests loop
 * over the operations that exist, and not over a list of their own. Names and
 * help are not escaped, because they are plain words. A name that needs
 * escaping would make the JSON invalid, and the tests would fail.
 */
#include <stdio.h>

#include "fs/fileset.h"
#include "op/operation.h"

static const char *const object_name[] = {
	[OBJECT_ANY] = "ANY",         [OBJECT_NONE] = "NONE",
	[OBJECT_FILE] = "FILE",       [OBJECT_RENAMED] = "RENAMED",
	[OBJECT_SYMLINK] = "SYMLINK", [OBJECT_DIR] = "DIR",
	[OBJECT_SWIFT] = "SWIFT",     [OBJECT_STAMPED] = "STAMPED",
	[OBJECT_XATTRS] = "XATTRS",   [OBJECT_TREE] = "TREE",
	[OBJECT_LINK] = "LINK",       [OBJECT_COPY] = "COPY",
	[OBJECT_CUT] = "CUT",         [OBJECT_HOLE] = "HOLE",
};

static const char *name_of(enum object object)
{
	if (object < sizeof(object_name) / sizeof(*object_name) &&
	    object_name[object])
		return object_name[object];
	return "unknown to list-operations.c";
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

static void print_row(const struct operation *op, bool last)
{
	printf("  {\"name\": \"%s\", \"alias\": ", op->name);
	if (op->alias)
		printf("\"%s\"", op->alias);
	else
		printf("null");
	printf(", \"before\": \"%s\", \"after\": \"%s\", \"missing\": %d",
	       name_of(op->before), name_of(op->after), op->missing);
	printf(", \"unit\": \"%s\", \"reads\": %s, \"moves_data\": %s",
	       op->unit == UNIT_DIR ? "dir" : "file", boolean(op->reads),
	       boolean(op->moves_data));
	printf(", \"finishes\": %s, \"makes_dirs\": %s, \"removes_dirs\": %s",
	       boolean(op->finishes), boolean(op->makes_dirs),
	       boolean(op->removes_dirs));
	printf(", \"async\": %s, \"lists\": %s", boolean(op->async),
	       boolean(op->lists));
	printf(", \"src\": %s, \"dst\": %s, \"restores\": %s}%s\n",
	       boolean(op->trees & 1u << TREE_SRC),
	       boolean(op->trees & 1u << TREE_DST), boolean(op->restore),
	       last ? "" : ",");
}

int main(void)
{
	puts("[");
	for (unsigned int i = 0; i < operation_count; i++)
		print_row(&operations[i], i + 1 == operation_count);
	puts("]");
	return 0;
}
