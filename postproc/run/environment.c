// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <jansson.h>
#include <mntent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "run/environment.h"
#include "util/json_out.h"

const char *const environment_fact_names[ENVIRONMENT_FACTS] = {
	"kernel", "machine", "cpu", "cpus", "filesystem", "mount_options",
};

static void set_fact(struct environment *environment,
		     enum environment_fact fact, const char *text)
{
	char *out = environment->fact[fact];
	size_t n;

	snprintf(out, ENVIRONMENT_FACT_MAX, "%s", text);
	/* Cuts off half a character of UTF-8, which JSON does not take. */
	for (n = strlen(out); n && (text[n] & 0xc0) == 0x80; n--)
		;
	out[n] = '\0';
}

static void set_cpu(struct environment *environment)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t capacity = 0;

	while (file && getline(&line, &capacity, file) >= 0) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		colon += strspn(colon, ": ");
		colon[strcspn(colon, "\n")] = '\0';
		set_fact(environment, FACT_CPU, colon);
		break;
	}
	free(line);
	if (file)
		fclose(file);
}

static void set_cpus(struct environment *environment)
{
	cpu_set_t set;
	char text[16];

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	snprintf(text, sizeof(text), "%d", CPU_COUNT(&set));
	set_fact(environment, FACT_CPUS, text);
}

/* Returns the length of `mount` if `path` is there or below, else 0. */
static size_t covers(const char *mount, const char *path)
{
	size_t length = strlen(mount);

	if (strncmp(path, mount, length) != 0)
		return 0;
	if (length == 1 || path[length] == '/' || !path[length])
		return length;
	return 0;
}

/* Takes the last of the longest mount points, which covers the others. */
static void set_filesystem(struct environment *environment, const char *path)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	size_t best = 0;

	while (table && (entry = getmntent(table))) {
		size_t length = covers(entry->mnt_dir, path);

		if (!length || length < best)
			continue;
		best = length;
		set_fact(environment, FACT_FILESYSTEM, entry->mnt_type);
		set_fact(environment, FACT_MOUNT, entry->mnt_opts);
	}
	if (table)
		endmntent(table);
}

int environment_here(struct environment *environment, const char *directory)
{
	struct utsname name;
	char *real;

	memset(environment, 0, sizeof(*environment));
	if (!uname(&name)) {
		set_fact(environment, FACT_KERNEL, name.release);
		set_fact(environment, FACT_MACHINE, name.machine);
	}
	set_cpu(environment);
	set_cpus(environment);
	if (!directory)
		return 0;
	real = realpath(directory, NULL);
	if (!real)
		return -errno;
	set_filesystem(environment, real);
	free(real);
	return 0;
}

void environment_write(const struct environment *environment, FILE *out)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", ENVIRONMENT_SCHEMA);
	for (int i = 0; i < ENVIRONMENT_FACTS; i++)
		if (environment->fact[i][0])
			json_out_string(&json, environment_fact_names[i],
					environment->fact[i]);
	json_out_close(&json, '}');
	fputc('\n', out);
}

static int read_facts(struct environment *environment, const json_t *root,
		      struct input_error *error)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	char found[INPUT_FOUND_MAX] = "none";
	int i;

	if (schema)
		input_error_found(found, schema, schema + strlen(schema));
	if (!schema || strcmp(schema, ENVIRONMENT_SCHEMA) != 0)
		return input_error_set(
			error, INPUT_MEMBER, 0, 0,
			"expected \"schema\": \"" ENVIRONMENT_SCHEMA
			"\", found %s; this is no environment of a run, or "
			"of a newer smallfio",
			found);
	for (i = 0; i < ENVIRONMENT_FACTS; i++) {
		const json_t *value =
			json_object_get(root, environment_fact_names[i]);

		if (!value)
			continue;
		if (!json_is_string(value))
			return input_error_set(error, INPUT_MEMBER, 0, 0,
					       "expected a string in \"%s\"",
					       environment_fact_names[i]);
		set_fact(environment, i, json_string_value(value));
	}
	return 0;
}

int environment_read(struct environment *environment, const char *path,
		     struct input_error *error)
{
	FILE *file = fopen(path, "re");
	json_error_t at;
	json_t *root;
	int ret;

	memset(environment, 0, sizeof(*environment));
	if (!file && errno == ENOENT)
		return -ENOENT;
	error->path = path;
	if (!file)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s", strerror(errno));
	root = json_loadf(file, 0, &at);
	fclose(file);
	if (!root)
		return input_error_set(error, INPUT_JSON, (uint64_t)at.line,
				       (unsigned int)at.column,
				       "expected JSON: %s", at.text);
	ret = read_facts(environment, root, error);
	json_decref(root);
	return ret;
}
