// SPDX-License-Identifier: GPL-2.0-only
/* Options of smallfio run from a YAML file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "cli/run/run_options.h"
#include "util/shown.h"

#define VALUE_MAX 4096

/* A file that is being read. */
struct yaml {
	struct launch *launch;
	const char *path;
	yaml_document_t document;
	char *error;
};

static int fail(struct yaml *y, size_t line, const char *what)
{
	snprintf(y->error, OPTIONS_ERROR_MAX, "%.80s:%zu: %.160s",
		 shown(y->path), line + 1, what);
	return -EINVAL;
}

static const char *text_of(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE
		       ? (const char *)node->data.scalar.value
		       : NULL;
}

/* Appends the items of a list to `value`, with commas between. */
static int join(struct yaml *y, const yaml_node_t *node, char *value)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t used = 0;

	for (; item < node->data.sequence.items.top; item++) {
		const char *text =
			text_of(yaml_document_get_node(&y->document, *item));

		if (!text)
			return fail(y, node->start_mark.line,
				    "expected a list of texts");
		used += (size_t)snprintf(value + used, VALUE_MAX - used, "%s%s",
					 used ? "," : "", text);
		if (used >= VALUE_MAX)
			return fail(y, node->start_mark.line,
				    "this list is too long");
	}
	return 0;
}

static int read_value(struct yaml *y, const yaml_node_t *node, char *value)
{
	*value = 0;
	if (node->type == YAML_SEQUENCE_NODE)
		return join(y, node, value);
	if (!text_of(node) || strlen(text_of(node)) >= VALUE_MAX)
		return fail(y, node->start_mark.line,
			    "expected a value, or a list of values");
	strcpy(value, text_of(node));
	return 0;
}

/* Stores one line: the name of an option and its value. */
static int take_pair(struct yaml *y, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key =
		yaml_document_get_node(&y->document, pair->key);
	const yaml_node_t *node =
		yaml_document_get_node(&y->document, pair->value);
	char value[VALUE_MAX], reason[OPTIONS_ERROR_MAX];
	const char *name = text_of(key), *kept;
	int ret;

	if (!name)
		return fail(y, key->start_mark.line,
			    "expected the name of an option");
	if (!strcmp(name, "yaml-input-file"))
		return fail(y, key->start_mark.line,
			    "yaml-input-file is for the command line alone");
	ret = read_value(y, node, value);
	if (ret)
		return ret;
	/* The options keep pointers to their values. */
	kept = launch_keep(y->launch, value, strlen(value));
	if (!kept)
		return fail(y, key->start_mark.line, "out of memory");
	if (options_set(run_option_rows, y->launch, name, kept, reason))
		return fail(y, key->start_mark.line, reason);
	return 0;
}

static int take_document(struct yaml *y)
{
	const yaml_node_t *root = yaml_document_get_root_node(&y->document);
	const yaml_node_pair_t *pair;
	int ret = 0;

	if (!root)
		return 0; /* an empty file */
	if (root->type != YAML_MAPPING_NODE)
		return fail(y, root->start_mark.line,
			    "expected lines such as \"operation: create\"");
	for (pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top && !ret; pair++)
		ret = take_pair(y, pair);
	return ret;
}

static int load(struct yaml *y, yaml_parser_t *parser)
{
	if (yaml_parser_load(parser, &y->document))
		return 0;
	return fail(y, parser->problem_mark.line,
		    parser->problem ? parser->problem : "no YAML");
}

/* Reads the only document of the file. */
static int read_document(struct yaml *y, yaml_parser_t *parser)
{
	int ret = load(y, parser);

	if (ret)
		return ret;
	ret = take_document(y);
	yaml_document_delete(&y->document);
	if (!ret)
		ret = load(y, parser);
	if (ret)
		return ret;
	if (yaml_document_get_root_node(&y->document))
		ret = fail(y, y->document.start_mark.line,
			   "a second document begins here, but only one is "
			   "read: \"operation\" may be a list");
	yaml_document_delete(&y->document);
	return ret;
}

int run_options_read_yaml(struct launch *launch, const char *path, char *error)
{
	struct yaml y = { .launch = launch, .path = path, .error = error };
	yaml_parser_t parser;
	FILE *file = fopen(path, "re");
	int ret;

	if (!file) {
		snprintf(error, OPTIONS_ERROR_MAX, "%.120s: %s", shown(path),
			 strerror(errno));
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&parser)) {
		fclose(file);
		return fail(&y, 0, "out of memory");
	}
	yaml_parser_set_input_file(&parser, file);
	ret = read_document(&y, &parser);
	yaml_parser_delete(&parser);
	fclose(file);
	return ret;
}
