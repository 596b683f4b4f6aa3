// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/run/run_json.h"
#include "util/json_out.h"

/* The version of smallfile whose format this is. */
#define SMALLFILE_VERSION "3.2"
/* smallfile's numbers where nobody gave another. */
#define DIRS_PER_SEC 50
#define TIMEOUT_S    40

static void yes_no(struct json_out *json, const char *key, bool value)
{
	json_out_string(json, key, value ? "Y" : "N");
}

/* smallfile writes several numbers as texts. */
static void number_text(struct json_out *json, const char *key, uint64_t value,
			const char *end)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value, end);
	json_out_string(json, key, text);
}

/* Returns 0 or -ENOMEM. */
static int write_hosts(struct json_out *json, const struct servers *servers)
{
	char *text = NULL;
	size_t length;
	FILE *list = open_memstream(&text, &length);

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < servers->count; i++)
		fprintf(list, "%s%s", i ? "," : "", servers->server[i].name);
	if (fclose(list)) {
		free(text);
		return -ENOMEM;
	}
	json_out_string(json, "host_set", servers->count ? text : "localhost");
	free(text);
	return 0;
}

static void write_tree(struct json_out *json, const struct launch *l)
{
	json_out_int(json, "files_per_thread", (int64_t)l->files);
	json_out_int(json, "threads", (int64_t)l->threads);
	json_out_int(json, "file_size", (int64_t)(l->file_size >> 10));
	json_out_int(json, "file_size_distr",
		     l->distribution->value == LAUNCH_FIXED ? -1 : 0);
	json_out_int(json, "files_per_dir", (int64_t)l->files_per_dir);
	yes_no(json, "share_dir", l->same_dir);
	json_out_string(json, "fname_prefix", l->prefix);
	json_out_string(json, "fname_suffix", l->suffix);
	yes_no(json, "hash_to_dir", l->hash_into_dirs);
}

static void write_ways(struct json_out *json, const struct launch *l)
{
	yes_no(json, "fsync_after_modify", l->fsync);
	number_text(json, "pause_between_files", l->pause_us, ".0");
	yes_no(json, "auto_pause", false);
	number_text(json, "cleanup_delay_usec_per_file", 0, "");
	yes_no(json, "finish_all_requests", l->finish);
	yes_no(json, "stonewall", l->stonewall);
	yes_no(json, "verify_read", l->verify_read);
	number_text(json, "xattr_size", l->xattr_size, "");
	number_text(json, "xattr_count", l->xattr_count, "");
	yes_no(json, "permute_host_dirs", l->permute_host_dirs);
	json_out_string(json, "network_sync_dir", l->sync_dir);
	json_out_int(json, "min_directories_per_sec", DIRS_PER_SEC);
	json_out_int(json, "total_hosts",
		     l->servers.count ? (int64_t)l->servers.count : 1);
	json_out_int(json, "startup_timeout", TIMEOUT_S);
	json_out_int(json, "host_timeout", TIMEOUT_S);
}

int run_json_write(FILE *out, const struct launch *l, const struct phase *phase,
		   const struct result_page *page)
{
	struct json_out json = { .out = out };
	int ret;

	json_out_open(&json, NULL, '{');
	json_out_open(&json, "params", '{');
	ret = write_hosts(&json, &l->servers);
	yes_no(&json, "launch_by_daemon", false);
	json_out_string(&json, "version", SMALLFILE_VERSION);
	json_out_string(&json, "top", l->top);
	json_out_string(&json, "operation", phase->operation);
	write_tree(&json, l);
	write_ways(&json, l);
	json_out_close(&json, '}');
	result_smallfile_results(&json, phase, page);
	json_out_close(&json, '}');
	fputc('\n', out);
	return ret;
}
