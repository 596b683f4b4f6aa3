/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files soak*.c share. */
#ifndef SMALLFIO_SOAK_PARTS_H
#define SMALLFIO_SOAK_PARTS_H

/* The words of enum heartbeat_state in the database and in JSON. */
#define SOAK_STATES (HEARTBEAT_SILENT + 1)
extern const char *const soak_states[SOAK_STATES];

#endif
