// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "cluster/check_table.h"
#include "util/shown.h"

#define FIELD_MAX 64

enum host_column {
	HOST,
	NAME,
	FIO,
	ENGINE,
	LISTENS,
	CLOCK,
	DIRECTORY,
	FREE,
	NEEDS,
	INODES,
	NEEDS_INODES,
	VERDICT,
	COLUMNS,
};

static const char *const titles[COLUMNS] = {
	[HOST] = "host",
	[NAME] = "name",
	[FIO] = "fio",
	[ENGINE] = "engine",
	[LISTENS] = "listens on",
	[CLOCK] = "clock ahead, s",
	[DIRECTORY] = "directory",
	[FREE] = "free",
	[NEEDS] = "needs",
	[INODES] = "inodes",
	[NEEDS_INODES] = "needs",
	[VERDICT] = "verdict",
};

struct host_row {
	char cell[COLUMNS][FIELD_MAX];
};

static void say(struct host_row *row, enum host_column column, const char *text)
{
	size_t length;

	text = shown(text);
	length = strlen(text);
	/* Keeps the end of a text that is too long: a path's end tells more. */
	if (length >= FIELD_MAX)
		snprintf(row->cell[column], FIELD_MAX, "...%s",
			 text + length - FIELD_MAX + 4);
	else
		strcpy(row->cell[column], *text ? text : "-");
}

static void say_bytes(struct host_row *row, enum host_column column,
		      uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t i = 0;

	while (value >= 1024 && i + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		i++;
	}
	snprintf(row->cell[column], FIELD_MAX, i ? "%.1f %s" : "%.0f %s", value,
		 units[i]);
}

static void say_host(struct host_row *row, const struct check_host *h)
{
	say(row, HOST, h->typed);
	say(row, NAME, *h->name ? h->name : h->answers);
	say(row, FIO, h->fio);
	say(row, ENGINE, h->loads ? "loads" : "");
	say(row, LISTENS, h->listens);
	if (h->loads)
		snprintf(row->cell[CLOCK], FIELD_MAX, "%+.3f to %+.3f",
			 (double)h->ahead_min_ns * 1e-9,
			 (double)h->ahead_max_ns * 1e-9);
	else
		say(row, CLOCK, "");
	say(row, VERDICT,
	    h->problems.count   ? "cannot run"
	    : h->warnings.count ? "good, but see below"
				: "good");
}

static void say_directory(struct host_row *row, const struct check_directory *d)
{
	say(row, DIRECTORY, d->path);
	say_bytes(row, FREE, d->free_bytes);
	say_bytes(row, NEEDS, d->need_bytes);
	snprintf(row->cell[INODES], FIELD_MAX, "%" PRIu64, d->free_inodes);
	if (!d->total_inodes)
		say(row, INODES, "");
	snprintf(row->cell[NEEDS_INODES], FIELD_MAX, "%" PRIu64,
		 d->need_inodes);
}

/*
 * Makes row `i` of a host. A host has a row for each directory, and at least
 * one. False: the host has no such row.
 */
static bool make_row(const struct check_host *h, unsigned int i,
		     struct host_row *row)
{
	memset(row, 0, sizeof(*row));
	if (i && i >= h->directories)
		return false;
	if (!i)
		say_host(row, h);
	if (i < h->directories)
		say_directory(row, &h->directory[i]);
	return true;
}

static bool is_number(enum host_column column)
{
	return column >= FREE && column <= NEEDS_INODES;
}

static void print_row(FILE *out, const struct host_row *row, const int *width)
{
	int pending = 0; /* blanks are held back, so that no line ends in one */

	for (enum host_column c = HOST; c < COLUMNS; c++) {
		const char *cell = row->cell[c];
		int pad = width[c] - (int)strlen(cell);

		if (!*cell) {
			pending += width[c] + 2;
			continue;
		}
		if (is_number(c))
			pending += pad;
		fprintf(out, "%*s%s", pending, "", cell);
		pending = 2 + (is_number(c) ? 0 : pad);
	}
	fputc('\n', out);
}

static void print_notes(FILE *out, const struct check_host *h,
			const struct notes *notes, const char *kind)
{
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, "%s: %s%s\n", shown(h->typed), kind,
			shown(notes->text[i]));
}

void check_table_print(FILE *out, const struct check_host *hosts, size_t count)
{
	int width[COLUMNS];
	struct host_row row;

	for (enum host_column c = HOST; c < COLUMNS; c++) {
		strcpy(row.cell[c], titles[c]);
		width[c] = (int)strlen(titles[c]);
		for (size_t i = 0; i < count; i++) {
			struct host_row other;

			for (unsigned int j = 0; make_row(&hosts[i], j, &other);
			     j++)
				if ((int)strlen(other.cell[c]) > width[c])
					width[c] = (int)strlen(other.cell[c]);
		}
	}
	print_row(out, &row, width);
	for (size_t i = 0; i < count; i++)
		for (unsigned int j = 0; make_row(&hosts[i], j, &row); j++)
			print_row(out, &row, width);
	for (size_t i = 0; i < count; i++)
		print_notes(out, &hosts[i], &hosts[i].problems, "");
	for (size_t i = 0; i < count; i++)
		print_notes(out, &hosts[i], &hosts[i].warnings, "warning: ");
}
