// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/launch.h"

const struct launch_distribution_name launch_distributions[] = {
	{ "fixed", LAUNCH_FIXED },
	{ "exponential", LAUNCH_EXPONENTIAL },
	/* smallfile's own default value. */
	{ "-1", LAUNCH_FIXED },
	{ 0 },
};

/* What takes the place of an option, in the order of the options' table. */
static const struct {
	const char *name;
	const char *instead;
} gone[LAUNCH_GONE] = {
	{ "min-dirs-per-sec", "threads wait for each other as long as they "
			      "need to make their directories" },
	{ "auto-pause", "fio's rates do that: -- --rate_iops=N" },
	{ "cleanup-delay-usec-per-file",
	  "the next phase begins when all files are really gone" },
	{ "remote-pgm-dir", "hosts run their own fio, from their PATH" },
	{ "launch-by-daemon", "ssh starts fio's servers" },
	{ "host-count", "--host-set says how many hosts there are" },
	{ "log-to-stderr", "messages are always on standard error" },
	{ "verbose", "fio has its own: -- --debug=LIST" },
	{ "log-level", "fio has its own: -- --debug=LIST" },
};

void launch_defaults(struct launch *l)
{
	*l = (struct launch){
		.operations = "create",
		.top = "/var/tmp/smf",
		.files = 200,
		.threads = 2,
		.file_size = 64 << 10,
		.distribution = &launch_distributions[0],
		.files_per_dir = 100,
		.dirs_per_dir = 10,
		.prefix = "",
		.suffix = "",
		.verify_read = true,
		.stonewall = true,
		.samples = 1,
		.fio = "fio",
		.ssh = "ssh",
	};
}

const char *launch_keep(struct launch *l, const char *text, size_t length)
{
	size_t before = l->kept.count;

	notes_add(&l->kept, "%.*s", (int)length, text);
	return l->kept.count > before ? l->kept.text[before] : NULL;
}

void launch_note_gone(const struct launch *l, struct notes *notes)
{
	for (size_t i = 0; i < LAUNCH_GONE; i++)
		if (l->gone[i])
			notes_add(notes, "--%s has no effect: %s", gone[i].name,
				  gone[i].instead);
}

/* Writes the names of all operations behind a sentence. */
static int fail_operation(const char *name, size_t length, char *error)
{
	size_t used = (size_t)snprintf(error, LAUNCH_ERROR_MAX,
				       "--operation: no operation is called "
				       "\"%.*s\"; there are",
				       (int)(length < 40 ? length : 40), name);

	for (unsigned int i = 0; i < operation_count && used < LAUNCH_ERROR_MAX;
	     i++)
		used += (size_t)snprintf(error + used, LAUNCH_ERROR_MAX - used,
					 " %s", operations[i].name);
	return -EINVAL;
}

static bool is_named(const struct launch *l, const char *name)
{
	for (size_t i = 0; i < l->phases; i++)
		if (!strcmp(l->phase[i].name, name))
			return true;
	return false;
}

static void name_phase(const struct launch *l, struct launch_phase *phase)
{
	int n = 1;

	snprintf(phase->name, sizeof(phase->name), "%s",
		 phase->operation->name);
	while (is_named(l, phase->name))
		snprintf(phase->name, sizeof(phase->name), "%s-%d",
			 phase->operation->name, ++n);
}

static int add_phase(struct launch *l, const char *name, size_t length,
		     char *error)
{
	struct launch_phase *phase = &l->phase[l->phases];
	char text[LAUNCH_NAME_MAX];

	if (l->phases == LAUNCH_PHASES_MAX) {
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--operation: there are more than %d operations",
			 LAUNCH_PHASES_MAX);
		return -EINVAL;
	}
	snprintf(text, sizeof(text), "%.*s", (int)length, name);
	phase->operation = operation_find(text);
	if (!phase->operation || length >= sizeof(text))
		return fail_operation(name, length, error);
	name_phase(l, phase);
	/* What finds nothing on disk cannot find it in a cache. */
	phase->drops_caches = l->drop_caches &&
			      phase->operation->before != OBJECT_NONE &&
			      phase->operation->before != OBJECT_ANY;
	l->phases++;
	return 0;
}

static int split_operations(struct launch *l, char *error)
{
	const char *p = l->operations;
	int ret = 0;

	while (!ret) {
		size_t length;

		p += strspn(p, ", ");
		length = strcspn(p, ", ");
		if (!length)
			break;
		ret = add_phase(l, p, length, error);
		p += length;
	}
	if (!ret && !l->phases) {
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--operation: expected a list of operations");
		ret = -EINVAL;
	}
	return ret;
}

/* Characters that mean something in fio's job files. */
static int check_text(const char *name, const char *text, const char *refused,
		      char *error)
{
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p >= ' ' && !strchr(refused, *p))
			continue;
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--%s: %s \"%c\" in \"%.80s\": fio's job files cannot "
			 "hold it",
			 name, "there is a character", *p < ' ' ? '?' : *p,
			 text);
		return -EINVAL;
	}
	return 0;
}

static int check_texts(const struct launch *l, char *error)
{
	int ret = check_text("top", l->top, ";#$\"", error);

	if (!ret)
		ret = check_text("prefix", l->prefix, ";#$\"", error);
	return ret ? ret : check_text("suffix", l->suffix, ";#$\"", error);
}

static int fail(char *error, const char *sentence)
{
	snprintf(error, LAUNCH_ERROR_MAX, "%s", sentence);
	return -EINVAL;
}

/* smallfile's hosts meet below the first top directory by default. */
static int plan_hosts(struct launch *l, char *error)
{
	char *place;
	int ret = servers_list(&l->servers, l->host_set, error);

	l->servers.given = l->use_servers;

	if (ret == -ENOMEM)
		return fail(error, "out of memory");
	if (ret)
		return ret;
	l->sync_dir = l->network_sync_dir;
	if (!l->sync_dir) {
		if (asprintf(&place, "%.*s/network_shared",
			     (int)strcspn(l->top, ","), l->top) < 0)
			return fail(error, "out of memory");
		l->sync_dir = launch_keep(l, place, strlen(place));
		free(place);
	}
	return l->sync_dir ? check_text("network-sync-dir", l->sync_dir,
					";#$\",", error)
			   : fail(error, "out of memory");
}

int launch_plan(struct launch *l, char error[LAUNCH_ERROR_MAX])
{
	const struct operation *first;
	int ret = check_texts(l, error);

	if (!ret)
		ret = split_operations(l, error);
	if (ret)
		return ret;
	first = l->phase[0].operation;
	l->response_times |= l->rsptimes_csv;
	l->makes_tree = first->makes_dirs && first->before != OBJECT_FILE;
	ret = l->host_set ? plan_hosts(l, error) : 0;
	if (ret)
		return ret;
	if (l->seconds_ns && !l->makes_tree)
		return fail(error, "--seconds chooses the number of files, so "
				   "the first operation must be one that makes "
				   "them, such as create");
	if (l->file_size && l->record_size > l->file_size &&
	    l->distribution->value == LAUNCH_FIXED)
		return fail(error, "--record-size is larger than --file-size");
	return 0;
}

void launch_free(struct launch *l)
{
	servers_stop(&l->servers);
	notes_free(&l->kept);
}
