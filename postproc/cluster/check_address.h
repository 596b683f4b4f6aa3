/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who can reach an address. This matters because fio's server runs what anyone
 * sends to it.
 */
#ifndef SMALLFIO_CHECK_ADDRESS_H
#define SMALLFIO_CHECK_ADDRESS_H

enum check_reach {
	REACH_UNKNOWN, /* not an address */
	REACH_HOST,    /* loopback: only programs of the host itself */
	REACH_PRIVATE, /* RFC 1918, 6598, 4193 and link-local addresses */
	REACH_PUBLIC,
	REACH_ALL, /* 0.0.0.0 or ::, which is every address of the host */
};

/* The reach of a numeric IPv4 or IPv6 address. A zone (%eth0) may follow. */
enum check_reach check_reach(const char *address);

#endif
