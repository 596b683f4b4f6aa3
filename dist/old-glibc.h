/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For scripts/build-tarball: the functions whose newest version in glibc came
 * after 2.28, in their version before.
 */
#ifdef __x86_64__
__asm__(".symver exp,exp@GLIBC_2.2.5");
__asm__(".symver exp2,exp2@GLIBC_2.2.5");
__asm__(".symver log,log@GLIBC_2.2.5");
__asm__(".symver log2,log2@GLIBC_2.2.5");
__asm__(".symver pow,pow@GLIBC_2.2.5");
#endif
