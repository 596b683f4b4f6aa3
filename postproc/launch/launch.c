// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/launch.h"
#include "util/number.h"

#define RATE_MAX      1000000000 /* fio's own numbers have 32 bits */
#define SWEEP_SECONDS 10
/* Where a job file has a comment, and what fio replaces. */
#define NOT_IN_JOB_FILE ";#$\" "

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
		.fio = SMALLFIO_FIO,
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
			 "there are more than %d operations",
			 LAUNCH_PHASES_MAX);
		return -EINVAL;
	}
	snprintf(text, sizeof(text), "%.*s", (int)length, name);
	phase->operation = operation_find(text);
	if (!phase->operation || length >= sizeof(text)) {
		snprintf(error, LAUNCH_ERROR_MAX,
			 "no operation is called \"%.*s\": expected one or "
			 "several, as create,read; --help has all",
			 (int)(length < 40 ? length : 40), name);
		return -EINVAL;
	}
	name_phase(l, phase);
	l->phases++;
	return 0;
}

int launch_set_operations(struct launch *l, const char *p,
			  char error[LAUNCH_ERROR_MAX])
{
	int ret = 0;

	l->phases = 0;
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
			 "expected operations with commas between");
		ret = -EINVAL;
	}
	return ret;
}

/* A name stands in one line of the job file. */
static int check_text(const char *option, const char *text, const char *refused,
		      char *error)
{
	/* fio replaces these by numbers, wherever they come from. */
	static const char *const words[] = { "$pagesize", "$mb_memory",
					     "$ncpus" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strstr(text, words[i]))
			continue;
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--%s: fio would put a number in place of %s in "
			 "\"%.80s\"",
			 option, words[i], text);
		return -EINVAL;
	}
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p >= ' ' && !strchr(refused, *p))
			continue;
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--%s: there is a character \"%c\" in \"%.80s\": %s "
			 "cannot hold it",
			 option, *p < ' ' ? '?' : *p, text,
			 *p == '/' ? "a file's name" : "a job file");
		return -EINVAL;
	}
	return 0;
}

static int check_texts(const struct launch *l, char *error)
{
	int ret = check_text("top", l->top, "", error);

	if (!ret)
		ret = check_text("prefix", l->prefix, "/", error);
	return ret ? ret : check_text("suffix", l->suffix, "/", error);
}

static int fail(char *error, const char *sentence)
{
	snprintf(error, LAUNCH_ERROR_MAX, "%s", sentence);
	return -EINVAL;
}

/*
 * Makes *path absolute, because fio works in the directory of the run. Splits
 * it at `between`, if that is not empty.
 */
static int make_absolute(struct launch *l, const char **path,
			 const char *between, char *error)
{
	char *here = getcwd(NULL, 0), *text = NULL;
	const char *begin = "";
	bool is_split = false;
	size_t length;
	FILE *out = here ? open_memstream(&text, &length) : NULL;

	for (const char *p = *path, *end; out && *p; p = end + !!*end) {
		end = p + strcspn(p, between);
		if (end == p)
			continue;
		fprintf(out, "%s%s%s%.*s", begin, *p == '/' ? "" : here,
			*p == '/' ? "" : "/", (int)(end - p), p);
		begin = between;
		is_split |= *p != '/' && strpbrk(here, between);
	}
	free(here);
	if (!out || fclose(out))
		return fail(error, "there is no working directory, or no "
				   "memory");
	*path = launch_keep(l, text, length);
	free(text);
	if (is_split)
		return fail(error, "--top: the working directory has a comma "
				   "in its name, which stands between "
				   "directories: expected paths from / on");
	return *path ? 0 : fail(error, "out of memory");
}

static int make_paths_absolute(struct launch *l, char *error)
{
	int ret = make_absolute(l, &l->top, ",", error);

	if (!ret && !*l->top)
		return fail(error, "--top: expected a directory");
	if (!ret && l->network_sync_dir)
		ret = make_absolute(l, &l->network_sync_dir, "", error);
	if (!ret && strchr(l->fio, '/'))
		ret = make_absolute(l, &l->fio, "", error);
	return ret;
}

/* smallfile's hosts meet below the first top directory by default. */
static int plan_sync_dir(struct launch *l, char *error)
{
	char *place;

	l->sync_dir = l->network_sync_dir;
	if (!l->sync_dir) {
		if (asprintf(&place, "%.*s/network_shared",
			     (int)strcspn(l->top, ","), l->top) < 0)
			return fail(error, "out of memory");
		l->sync_dir = launch_keep(l, place, strlen(place));
		free(place);
	}
	l->meet = l->sync_dir;
	return l->sync_dir
		       ? check_text("network-sync-dir", l->sync_dir, ",", error)
		       : fail(error, "out of memory");
}

static int plan_hosts(struct launch *l, char *error)
{
	int ret = servers_list(&l->servers, l->host_set, error);

	l->servers.given = l->use_servers;
	return ret == -ENOMEM ? fail(error, "out of memory") : ret;
}

/* fio has ':' between directories, where smallfile has ','. */
static int plan_directory(struct launch *l, char *error)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	for (const char *p = l->top; out && *p; p++)
		fprintf(out, "%s%c", *p == ':' ? "\\" : "",
			*p == ',' ? ':' : *p);
	if (out && !fclose(out))
		l->directory = launch_keep(l, text, length);
	free(text);
	return l->directory ? 0 : fail(error, "out of memory");
}

/*
 * A tree of one directory is the same with any number. With more of them
 * smallfile does not come to an end, so nobody can have such a tree.
 */
static int check_dirs_per_dir(const struct launch *l, char *error)
{
	if (l->dirs_per_dir > 1 ||
	    (l->files < l->files_per_dir && !l->seconds_ns))
		return 0;
	return fail(error, "--dirs-per-dir: with 1, all files have to be in "
			   "one directory: expected 2 or more, or --files "
			   "below --files-per-dir");
}

/* Whether an operation takes away what it found. */
static bool takes_away(const struct operation *o)
{
	return o->after == OBJECT_NONE || o->after == OBJECT_RENAMED ||
	       o->after == OBJECT_SYMLINK;
}

static int add_rate(struct launch *l, uint64_t rate, char *error)
{
	if (l->rates && rate <= l->rate[l->rates - 1]) {
		snprintf(error, LAUNCH_ERROR_MAX,
			 "%llu comes after %llu: expected rates that ascend",
			 (unsigned long long)rate,
			 (unsigned long long)l->rate[l->rates - 1]);
		return -EINVAL;
	}
	if (l->rates == LAUNCH_RATES_MAX) {
		snprintf(error, LAUNCH_ERROR_MAX,
			 "there are more than %d rates", LAUNCH_RATES_MAX);
		return -EINVAL;
	}
	l->rate[l->rates++] = rate;
	return 0;
}

int launch_set_rates(struct launch *l, const char *list,
		     char error[LAUNCH_ERROR_MAX])
{
	const char *p = list;
	uint64_t from, to;
	int ret = 0;

	l->rates = 0;
	do {
		if (number_u63(&p, &from))
			from = 0;
		to = from;
		if (*p == '-' && (p++, number_u63(&p, &to)))
			to = 0;
		if (!from || to < from || to > RATE_MAX || (*p && *p != ','))
			return snprintf(error, LAUNCH_ERROR_MAX,
					"expected operations a second of each "
					"thread, as in 100,150,200 or "
					"100-1600, which doubles; found "
					"\"%.40s\"",
					list),
			       -EINVAL;
		for (; from < to && !ret; from *= 2)
			ret = add_rate(l, from, error);
		if (!ret)
			ret = add_rate(l, to, error);
	} while (!ret && *p++);
	return ret;
}

/*
 * Each sample has to find what the one before it found. Operations that begin
 * with making files do not care.
 */
static int check_samples(const struct launch *l, char *error)
{
	bool needs = false, repeats = l->samples > 1 || l->rates > 1;

	for (size_t i = 0; i < l->phases && repeats; i++) {
		const struct operation *o = l->phase[i].operation;

		needs |= o->before != OBJECT_NONE && o->before != OBJECT_ANY;
		if (!needs && o->after != OBJECT_NONE)
			break;
		if (!needs || !takes_away(o))
			continue;
		snprintf(error, LAUNCH_ERROR_MAX,
			 "--%s repeats the operations, and after %s the next "
			 "%s does not find its files: begin with create, or "
			 "with cleanup,create",
			 l->rates ? "rate-sweep" : "samples", o->name,
			 l->rates ? "rate" : "sample");
		return -EINVAL;
	}
	return 0;
}

static void plan_drops(struct launch *l)
{
	for (size_t i = 0; i < l->phases; i++) {
		struct launch_phase *phase = &l->phase[i];

		/* What finds nothing on disk cannot find it in a cache. */
		phase->drops_caches = l->drop_caches &&
				      phase->operation->before != OBJECT_NONE &&
				      phase->operation->before != OBJECT_ANY;
	}
}

/* What a sweep over rates leaves no room for, and what needs one. */
static int check_sweep(const struct launch *l, char *error)
{
	const struct {
		bool given;
		const char *sentence;
	} refused[] = {
		{ !l->rates && l->limit, "--limit is for --rate-sweep; of a "
					 "run that is over, smallfio gate "
					 "--limit judges" },
		{ !l->rates && l->job, "--job is for --rate-sweep" },
		{ l->rates && l->samples > 1,
		  "--samples: --rate-sweep does the operations once at each "
		  "rate" },
		{ l->rates && l->output_json,
		  "--output-json: the figures of --rate-sweep are in "
		  "sweep.json, in the run's directory" },
		{ l->rates && l->pause_us,
		  "--pause: with --rate-sweep the rate says when an operation "
		  "begins" },
		{ l->job && (l->host_set || l->phases || l->cleanup ||
			     l->print_job),
		  "--job says itself what is done, on this machine: neither "
		  "--operation, --host-set, --cleanup nor --print-job go with "
		  "it" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (refused[i].given)
			return fail(error, refused[i].sentence);
	return 0;
}

static bool has_mix(const struct launch *l)
{
	for (size_t i = 0; i < l->phases; i++)
		if (l->phase[i].operation == &operation_mix)
			return true;
	return false;
}

/* A mix needs to know what it does, and no other operation asks for that. */
static int check_mix(const struct launch *l, char *error)
{
	int ret = 0;

	if (has_mix(l) && !l->mix)
		return fail(error, "--operation mix needs --mix, such as "
				   "--mix create:10,stat:55,read:20,delete:10");
	if (!has_mix(l) && (l->mix || l->population || l->mix_distribution))
		return fail(error, "--mix, --population and --mix-distribution "
				   "are for --operation mix");
	if (l->population >= l->files)
		return fail(error, "--population: a mix has room for --files "
				   "files, new ones among them: expected less "
				   "than that");
	if (l->mix)
		ret = check_text("mix", l->mix, NOT_IN_JOB_FILE, error);
	if (!ret && l->mix_distribution)
		ret = check_text("mix-distribution", l->mix_distribution,
				 NOT_IN_JOB_FILE, error);
	return ret;
}

int launch_plan(struct launch *l, char error[LAUNCH_ERROR_MAX])
{
	const struct operation *first;
	int ret = check_texts(l, error);

	if (!ret)
		ret = check_sweep(l, error);

	if (!ret && !l->phases)
		ret = launch_set_operations(l, "create", error);
	if (!ret)
		ret = make_paths_absolute(l, error);
	if (!ret)
		ret = plan_sync_dir(l, error);
	if (!ret)
		ret = plan_directory(l, error);
	if (!ret)
		ret = check_dirs_per_dir(l, error);
	if (!ret)
		ret = check_mix(l, error);
	if (!ret)
		ret = check_samples(l, error);
	if (ret)
		return ret;
	plan_drops(l);
	first = l->phase[0].operation;
	l->response_times |= l->rsptimes_csv;
	/* A mix also works on files that are there already. */
	l->makes_tree = !l->job && first->makes_dirs &&
			first->before != OBJECT_FILE && first != &operation_mix;
	ret = l->host_set ? plan_hosts(l, error) : 0;
	if (ret)
		return ret;
	if (l->rates && !l->seconds_ns)
		l->seconds_ns = SWEEP_SECONDS * UINT64_C(1000000000);
	if (l->seconds_ns && !l->makes_tree && !l->rates)
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
	servers_free(&l->servers);
	notes_free(&l->kept);
}
