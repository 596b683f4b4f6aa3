/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command has started and left behind. A process whose parent has ended
 * becomes a child of process 1, where nobody looks for it; here it becomes
 * ours.
 */
#ifndef SMALLFIO_OFFSPRING_H
#define SMALLFIO_OFFSPRING_H

/* From now on this process is the parent of what its children leave behind. */
void offspring_adopt(void);

/*
 * Ends all children of this process and theirs: SIGTERM, and SIGKILL for those
 * that are still there after three seconds. Gives up after ten seconds more: a
 * process that waits for a dead disk cannot be ended.
 */
void offspring_end(void);

#endif
