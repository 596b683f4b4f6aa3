// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio calls get_ioengine() first, in each of the engines. The function finds
 * the glue that was compiled for exactly this version of fio, and refuses any
 * other version. So it uses none of fio's structures itself. fio's own check,
 * the interface number, lets through versions whose structures differ.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ioengine_ops;

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

void get_ioengine(struct ioengine_ops **ops)
{
	for (size_t i = 0; i < sizeof(glues) / sizeof(*glues); i++) {
		if (strcmp(glues[i].version, fio_version_string))
			continue;
		*ops = glues[i].ops(true);
		return;
	}
	log_err(ENGINE_NAME
		": this is %s, but the engine was built for%s: "
		"rebuild it for this fio (run ./quickstart again)\n",
		fio_version_string, built_for);
	*ops = glues[0].ops(false);
}
