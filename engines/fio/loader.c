// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio calls get_ioengine() first, in each of the engines. The function finds
 * the glue that was compiled for this version of fio, and refuses any other
 * version. So it uses none of fio's structures itself. fio's own check, the
 * interface number, lets through versions whose structures differ. A patch
 * release, or a commit after a release, gets the glue of its release. No glue
 * is used that does not find its structures in the fio that runs: the version
 * that a fio says does not tell how it was patched.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

extern const char fio_version_string[] __attribute__((visibility("default")));
extern void log_err(const char *format, ...)
	__attribute__((format(printf, 1, 2), visibility("default")));

#define GLUE(n, version) struct ioengine_ops *glue##n##_ops(bool usable);
GLUE_LIST
#undef GLUE

static const struct {
	const char *version;
	struct ioengine_ops *(*ops)(bool usable);
} glues[] = {
#define GLUE(n, version) { version, glue##n##_ops },
	GLUE_LIST
#undef GLUE
};

#define GLUE(n, version) " " version
static const char built_for[] = GLUE_LIST;
#undef GLUE

__attribute__((visibility("default"))) void
get_ioengine(struct ioengine_ops **ops);

enum nearness {
	OTHER,
	NEAR, /* the release before, as fio-3.42 to fio-3.42-135-g0123456 */
	EXACT,
};

static enum nearness nearness_of(const char *version)
{
	size_t length = strlen(version);

	if (strncmp(version, fio_version_string, length))
		return OTHER;
	if (!fio_version_string[length])
		return EXACT;
	return strchr(".-+~", fio_version_string[length]) ? NEAR : OTHER;
}

/* Returns NULL if none of these fits. *known: there is one of these. */
static struct ioengine_ops *find_glue(enum nearness nearness, bool *known)
{
	struct ioengine_ops *ops = NULL;

	for (size_t i = 0; !ops && i < sizeof(glues) / sizeof(*glues); i++) {
		if (nearness_of(glues[i].version) != nearness)
			continue;
		*known = true;
		ops = glues[i].ops(true);
	}
	return ops;
}

void get_ioengine(struct ioengine_ops **ops)
{
	bool known = false;

	*ops = find_glue(EXACT, &known);
	if (!*ops)
		*ops = find_glue(NEAR, &known);
	if (*ops)
		return;
	log_err(ENGINE_NAME
		": this is %s%s, but the engine was built for%s: rebuild it for "
		"this fio, or run a fio that it was built for "
		"(docs/local-run.md)\n",
		fio_version_string, known ? " with other structures" : "",
		built_for);
	*ops = glues[0].ops(false);
}
