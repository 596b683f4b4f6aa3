// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/run_json.h"
#include "util/field.h"

/* The version of smallfile whose format this is. */
#define SMALLFILE_VERSION "3.2"
/* smallfile's numbers where nobody gave another. */
#define DIRS_PER_SEC 50
#define TIMEOUT_S    40

static json_t *yes_no(bool value)
{
	return json_string(value ? "Y" : "N");
}

/* smallfile writes several numbers as texts. */
static json_t *text_of(uint64_t value)
{
	return json_sprintf("%llu", (unsigned long long)value);
}

static void put_tree(json_t **params, const struct launch *l)
{
	field_json_put(params, "files_per_thread",
		       json_integer((json_int_t)l->files));
	field_json_put(params, "threads", json_integer((json_int_t)l->threads));
	field_json_put(params, "file_size",
		       json_integer((json_int_t)(l->file_size >> 10)));
	field_json_put(
		params, "file_size_distr",
		json_integer(l->distribution->value == LAUNCH_FIXED ? -1 : 0));
	field_json_put(params, "files_per_dir",
		       json_integer((json_int_t)l->files_per_dir));
	field_json_put(params, "share_dir", yes_no(l->same_dir));
	field_json_put(params, "fname_prefix", field_json_string(l->prefix));
	field_json_put(params, "fname_suffix", field_json_string(l->suffix));
	field_json_put(params, "hash_to_dir", yes_no(l->hash_into_dirs));
}

static void put_ways(json_t **params, const struct launch *l)
{
	field_json_put(params, "fsync_after_modify", yes_no(l->fsync));
	field_json_put(params, "pause_between_files",
		       json_sprintf("%llu.0", (unsigned long long)l->pause_us));
	field_json_put(params, "auto_pause", yes_no(false));
	field_json_put(params, "cleanup_delay_usec_per_file", text_of(0));
	field_json_put(params, "finish_all_requests", yes_no(l->finish));
	field_json_put(params, "stonewall", yes_no(l->stonewall));
	field_json_put(params, "verify_read", yes_no(l->verify_read));
	field_json_put(params, "xattr_size", text_of(l->xattr_size));
	field_json_put(params, "xattr_count", text_of(l->xattr_count));
	field_json_put(params, "permute_host_dirs",
		       yes_no(l->permute_host_dirs));
	field_json_put(params, "network_sync_dir",
		       field_json_string(
			       l->network_sync_dir ? l->network_sync_dir : ""));
	field_json_put(params, "min_directories_per_sec",
		       json_integer(DIRS_PER_SEC));
	field_json_put(params, "total_hosts", json_integer(1));
	field_json_put(params, "startup_timeout", json_integer(TIMEOUT_S));
	field_json_put(params, "host_timeout", json_integer(TIMEOUT_S));
}

int run_json_write(FILE *out, const struct launch *l, const struct phase *phase,
		   const struct fio_result *run)
{
	json_t *params = json_object(), *root;

	field_json_put(&params, "host_set", json_string("localhost"));
	field_json_put(&params, "launch_by_daemon", yes_no(false));
	field_json_put(&params, "version", json_string(SMALLFILE_VERSION));
	field_json_put(&params, "top", field_json_string(l->top));
	field_json_put(&params, "operation",
		       field_json_string(phase->operation));
	put_tree(&params, l);
	put_ways(&params, l);
	root = json_pack("{s:o, s:o}", "params", params, "results",
			 result_smallfile_results(phase, run));
	return field_json_write(out, root,
				JSON_INDENT(4) | JSON_PRESERVE_ORDER);
}
