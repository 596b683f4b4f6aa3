// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "util/number.h"
#include "util/terminal.h"

#define HELP_COLUMN    28
#define LABEL_MAX      80
#define NAME_MAX_BYTES 64 /* of a mistyped option that is looked at */
#define ROWS_MAX       64
/*
 * The value that getopt_long() returns for row i. No letter has it, and no sign
 * such as ':' or '?'.
 */
#define ROW_VALUE(i) (256 + (i))

/* Returns the name that a row of a table of choices begins with. */
static const char *choice_name(const void *row)
{
	return *(const char *const *)row;
}

static const struct option_row help_option = { "help", 'h', NULL, "print this",
					       .type = OPTION_FLAG };

__attribute__((format(printf, 2, 3))) static int fail(char *error,
						      const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(error, OPTIONS_ERROR_MAX, format, list);
	va_end(list);
	return -EINVAL;
}

/*
 * Reads digits, between which there may be '_' as in 1_000. Returns the end of
 * the number, or NULL where there is none or it is too large.
 */
static const char *read_whole(const char *p, uint64_t *number)
{
	*number = 0;
	if (!isdigit((unsigned char)*p))
		return NULL;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *p - '0', number))
			return NULL;
		p += p[1] == '_' && isdigit((unsigned char)p[2]);
	}
	return p;
}

static int set_whole(const struct option_row *row, uint64_t *member,
		     const char *value, char *error)
{
	uint64_t number;
	const char *end = read_whole(value, &number);

	if (!end || *end || number < row->least || number > row->most)
		return fail(error,
			    "expected a number, %llu to %llu, found \"%.40s\"",
			    (unsigned long long)row->least,
			    (unsigned long long)row->most, value);
	*member = number;
	return 0;
}

static int set_percent(const struct option_row *row, double *member,
		       const char *value, char *error)
{
	char *end;
	double percent = strtod(value, &end);

	if (*end == '%')
		end++;
	if (*value < '0' || *value > '9' || *end ||
	    !(percent >= (double)row->least && percent <= (double)row->most))
		return fail(error,
			    "expected percent, %llu to %llu, found \"%.40s\"",
			    (unsigned long long)row->least,
			    (unsigned long long)row->most, value);
	*member = percent;
	return 0;
}

static int set_seconds(const struct option_row *row, uint64_t *member,
		       const char *value, char *error)
{
	const char *p = value;
	uint64_t ns;

	if (number_seconds(&p, &ns) || *p || ns < row->least)
		return fail(error,
			    "expected seconds, %g or more, found \"%.40s\"",
			    (double)row->least * 1e-9, value);
	*member = ns;
	return 0;
}

static int set_yes_no(bool *member, const char *value, char *error)
{
	static const char *const yes[] = { "y", "yes", "t", "true", "on", "1" };
	static const char *const no[] = { "n", "no", "f", "false", "off", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (strcasecmp(value, yes[i]) && strcasecmp(value, no[i]))
			continue;
		*member = !strcasecmp(value, yes[i]);
		return 0;
	}
	return fail(error, "expected Y or N, found \"%.40s\"", value);
}

static int set_kib(const struct option_row *row, uint64_t *member,
		   const char *value, char *error)
{
	static const char units[] = "bkmgt";
	const char *unit = "k";
	uint64_t number;
	const char *behind = read_whole(value, &number);

	if (behind && *behind) {
		unit = strchr(units, tolower((unsigned char)*behind++));
		behind += strcasecmp(behind, "ib") ? 0 : 2;
	}
	if (!behind || !unit || *behind ||
	    number > row->most >> 10 * (strchr(units, *unit) - units))
		return fail(error,
			    "expected a size in KiB, or with a unit as in 4k "
			    "or 1m, at most %lluk, found \"%.40s\"",
			    (unsigned long long)row->most >> 10, value);
	*member = number << 10 * (strchr(units, *unit) - units);
	return 0;
}

/* Writes the choices into `error`, as "expected text, csv or json". */
static int fail_choice(const struct option_row *row, const char *value,
		       char *error)
{
	const char *at = row->choice, *next, *between = "expected ";
	size_t used = 0;

	for (; choice_name(at) && used < OPTIONS_ERROR_MAX; at = next) {
		used += (size_t)snprintf(error + used, OPTIONS_ERROR_MAX - used,
					 "%s%s", between, choice_name(at));
		next = at + row->choice_bytes;
		between = choice_name(next) &&
					  choice_name(next + row->choice_bytes)
				  ? ", "
				  : " or ";
	}
	if (used < OPTIONS_ERROR_MAX)
		snprintf(error + used, OPTIONS_ERROR_MAX - used,
			 ", found \"%.40s\"", value);
	return -EINVAL;
}

static int set_choice(const struct option_row *row, const void **member,
		      const char *value, char *error)
{
	const char *at = row->choice;

	for (; choice_name(at); at += row->choice_bytes) {
		if (strcmp(choice_name(at), value))
			continue;
		*member = at;
		return 0;
	}
	return fail_choice(row, value, error);
}

static int store(const struct option_row *row, void *context, const char *value,
		 char *error)
{
	void *member = (char *)context + row->offset;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)member = value;
		return *value ? 0
			      : fail(error, "expected %s, found nothing",
				     row->argument);
	case OPTION_WHOLE:
		return set_whole(row, member, value, error);
	case OPTION_PERCENT:
		return set_percent(row, member, value, error);
	case OPTION_SECONDS:
		return set_seconds(row, member, value, error);
	case OPTION_CHOICE:
		return set_choice(row, member, value, error);
	case OPTION_YES_NO:
		return set_yes_no(member, value, error);
	case OPTION_KIB:
		return set_kib(row, member, value, error);
	case OPTION_SET:
		break;
	}
	return row->set(context, value, error);
}

static bool takes_many(const struct option_row *row)
{
	size_t length = row->argument ? strlen(row->argument) : 0;

	return length > 3 && !strcmp(row->argument + length - 3, "...");
}

/*
 * Stores the value of an option. An argument "NAME..." also takes the words
 * that follow, up to the next option.
 */
static int store_all(const struct option_row *row, void *context, int argc,
		     char **argv, char *error)
{
	char reason[OPTIONS_ERROR_MAX] = "";
	int ret = store(row, context, optarg, reason);

	while (!ret && takes_many(row) && optind < argc &&
	       argv[optind][0] != '-')
		ret = store(row, context, argv[optind++], reason);
	if (!ret)
		return 0;
	return row->name ? fail(error, "--%s: %.200s", row->name, reason)
			 : fail(error, "-%c: %.200s", row->letter, reason);
}

/* The table of options in the form that getopt_long() needs. */
struct table {
	struct option option[ROWS_MAX + 2];
	char letters[2 * ROWS_MAX + 8];
	const struct option_row *of_letter[256];
	const struct option_row *row[ROWS_MAX + 1];
};

static void add_row(struct table *t, const struct option_row *row, size_t i,
		    size_t *names)
{
	char *end = t->letters + strlen(t->letters);

	t->row[i] = row;
	if (row->letter) {
		t->of_letter[(unsigned char)row->letter] = row;
		*end++ = row->letter;
		if (row->argument)
			*end++ = ':';
	}
	if (row->name)
		t->option[(*names)++] =
			(struct option){ row->name,
					 row->argument ? required_argument
						       : no_argument,
					 NULL, ROW_VALUE((int)i) };
}

/*
 * With "-", getopt_long() returns arguments in their order. With ":", it tells
 * a missing value from an unknown option.
 */
static void make_table(struct table *t, const struct option_row *rows)
{
	size_t i, names = 0;

	*t = (struct table){ .letters = "-:" };
	for (i = 0; rows[i].help && i < ROWS_MAX; i++)
		add_row(t, &rows[i], i, &names);
	add_row(t, &help_option, i, &names);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many characters have to be added, removed or replaced to make `name` of
 * `word` (Levenshtein, 1966). `word` is shorter than NAME_MAX_BYTES.
 */
static size_t distance(const char *word, const char *name)
{
	size_t row[NAME_MAX_BYTES], n = strlen(word);

	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t j = 1; name[j - 1]; j++) {
		size_t before = row[0];

		row[0] = j;
		for (size_t i = 1; i <= n; i++) {
			size_t change = before + (word[i - 1] != name[j - 1]);

			before = row[i];
			row[i] = least(change, least(row[i - 1], before) + 1);
		}
	}
	return row[n];
}

const char *options_closest(const char *word,
			    const char *(*name)(const void *names, size_t i),
			    const void *names)
{
	size_t best = strlen(word) / 3 + 2;
	const char *found = NULL, *other;

	for (size_t i = 0;
	     strlen(word) < NAME_MAX_BYTES && (other = name(names, i)); i++) {
		if (!*other || distance(word, other) >= best)
			continue;
		best = distance(word, other);
		found = other;
	}
	return found;
}

/* A row may have a letter only. */
static const char *row_name(const void *rows, size_t i)
{
	const struct option_row *row = (const struct option_row *)rows + i;

	return !row->help ? NULL : row->name ? row->name : "";
}

int options_set_color(void *context, const char *value, char *error)
{
	return terminal_set_color(value)
		       ? fail(error,
			      "expected auto, always or never, found "
			      "\"%.40s\"",
			      value)
		       : 0;
}

/* Says that a word is no option, and which one was probably meant. */
static int fail_unknown(const struct option_row *rows, const char *word,
			char *error)
{
	char name[NAME_MAX_BYTES];
	const char *meant;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	meant = options_closest(name + strspn(name, "-"), row_name, rows);
	return meant ? fail(error, "%.80s is no option; did you mean %s%s?",
			    word, *word == '-' ? "--" : "", meant)
		     : fail(error, "%.80s is no option%s", word,
			    *word == '-' ? ", or the beginning of several"
					 : "");
}

/* Says why getopt_long() refused `word`. `how` is what it returned. */
static int fail_word(const struct option_row *rows, int how, const char *word,
		     char *error)
{
	if (how == ':')
		return fail(error, "%.80s needs a value", word);
	if (optopt >= ROW_VALUE(0))
		return fail(error, "%.80s takes no value", word);
	if (optopt)
		return fail(error, "-%c is no option", optopt);
	return fail_unknown(rows, word, error);
}

int options_set(const struct option_row *rows, void *context, const char *name,
		const char *value, char *error)
{
	char reason[OPTIONS_ERROR_MAX] = "";
	const struct option_row *row = rows;

	while (row->help && (!row->name || strcmp(row->name, name) != 0))
		row++;
	if (!row->help)
		return fail_unknown(rows, name, error);
	if (!(row->type == OPTION_FLAG
		      ? set_yes_no((bool *)((char *)context + row->offset),
				   value, reason)
		      : store(row, context, value, reason)))
		return 0;
	return fail(error, "%s: %.200s", name, reason);
}

int options_parse(const struct option_row *rows, void *context, int argc,
		  char **argv, char *error)
{
	const struct option_row *row;
	struct table table;
	int c, kept = 1, ret;

	make_table(&table, rows);
	optind = 0; /* begin anew */
	opterr = 0;
	for (;;) {
		int at = optind ? optind : 1;

		c = getopt_long(argc, argv, table.letters, table.option, NULL);
		if (c == -1)
			break;
		if (c == 1) {
			argv[kept++] = optarg;
			continue;
		}
		if (c == '?' || c == ':')
			return fail_word(rows, c, argv[at], error);
		row = c >= ROW_VALUE(0) ? table.row[c - ROW_VALUE(0)]
					: table.of_letter[c];
		if (row == &help_option)
			return OPTIONS_HELP;
		ret = store_all(row, context, argc, argv, error);
		if (ret)
			return ret;
	}
	while (optind < argc)
		argv[kept++] = argv[optind++];
	argv[kept] = NULL;
	return kept;
}

static void help_row(FILE *out, const struct option_row *row)
{
	char label[LABEL_MAX];
	const char *text = row->help, *end;
	int used;

	if (row->letter)
		used = snprintf(label, sizeof(label), "  -%c%s%s", row->letter,
				row->name ? ", --" : "",
				row->name ? row->name : "");
	else
		used = snprintf(label, sizeof(label), "  --%s", row->name);
	used += snprintf(label + used, sizeof(label) - (size_t)used, " %s",
			 row->argument ? row->argument : "");
	fputs(label, out);
	if (used >= HELP_COLUMN) {
		fputc('\n', out);
		used = 0;
	}
	for (; *text; text = *end ? end + 1 : end, used = 0) {
		end = strchrnul(text, '\n');
		fprintf(out, "%*s%.*s\n", HELP_COLUMN - used, "",
			(int)(end - text), text);
	}
}

void options_help(FILE *out, const struct option_row *rows)
{
	for (; rows->help; rows++)
		help_row(out, rows);
	help_row(out, &help_option);
}

int options_parse_time(const char *value, int64_t *ms, char *error)
{
	static const char *const layouts[] = {
		"%Y-%m-%d",
		"%Y-%m-%d %H:%M",
		"%Y-%m-%d %H:%M:%S",
	};
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(value, layouts[i], &tm);

		if (end && !*end) {
			*ms = (int64_t)timegm(&tm) * 1000;
			return 0;
		}
	}
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected a time as 2026-01-31 or \"2026-01-31 23:59\", "
		 "found \"%.40s\"",
		 value);
	return -EINVAL;
}
