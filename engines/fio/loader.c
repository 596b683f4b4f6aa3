// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio calls get_ioengine() first, in each of the engines. The function finds
 * the glue that was compiled for this version of fio, and refuses any other
 * version. So it uses none of fio's structures itself. fio's own check, the
 * interface number, lets through versions whose structures differ. A patch
 * release, or a commit after a release, gets the glue of its release if this
 * finds its structures unchanged.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "glue_use.h"

extern const char fio_version_string[] __attribute__((visibility("default")));
extern void log_err(const char *format, ...)
	__attribute__((format(printf, 1, 2), visibility("default")));

#define GLUE(n, version) struct ioengine_ops *glue##n##_ops(enum glue_use use);
GLUE_LIST
#undef GLUE

static const struct {
	const char *version;
	struct ioengine_ops *(*ops)(enum glue_use use);
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

/*
 * How the glue for `version` can be used here: for fio-3.42 in fio-3.42.1 and
 * fio-3.42-135-g0123456 after a look.
 */
static enum glue_use use_of(const char *version)
{
	size_t length = strlen(version);

	if (strncmp(version, fio_version_string, length))
		return GLUE_UNUSABLE;
	if (!fio_version_string[length])
		return GLUE_EXACT;
	return strchr(".-+~", fio_version_string[length]) ? GLUE_NEAR
							  : GLUE_UNUSABLE;
}

/* Returns NULL if there is no glue of this use. */
static struct ioengine_ops *find_glue(enum glue_use use)
{
	struct ioengine_ops *ops = NULL;

	for (size_t i = 0; !ops && i < sizeof(glues) / sizeof(*glues); i++)
		if (use_of(glues[i].version) == use)
			ops = glues[i].ops(use);
	return ops;
}

void get_ioengine(struct ioengine_ops **ops)
{
	*ops = find_glue(GLUE_EXACT);
	if (!*ops)
		*ops = find_glue(GLUE_NEAR);
	if (*ops)
		return;
	log_err(ENGINE_NAME
		": this is %s, but the engine was built for%s: "
		"rebuild it for this fio (run ./quickstart again)\n",
		fio_version_string, built_for);
	*ops = glues[0].ops(GLUE_UNUSABLE);
}
