/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_EXIT_CODE_H
#define SMALLFIO_EXIT_CODE_H

/* Exit codes of every subcommand; scripts rely on them. */
enum exit_code {
	EXIT_GOOD = 0,
	EXIT_GATE = 1,       /* regression, or a limit is broken */
	EXIT_USAGE = 2,      /* wrong options or arguments */
	EXIT_INPUT = 3,      /* input missing, unreadable or invalid */
	EXIT_TOO_LITTLE = 4, /* too little data for the answer asked */
};

#endif
