/* SPDX-License-Identifier: GPL-2.0-only */
/* Who can reach an address: fio's server runs what anyone sends it. */
#ifndef SMALLFIO_CHECK_ADDRESS_H
#define SMALLFIO_CHECK_ADDRESS_H

enum check_reach {
	REACH_UNKNOWN, /* no address */
	REACH_HOST,    /* loopback: programs of the host itself */
	REACH_PRIVATE, /* RFC 1918, 6598, 4193 and link-local addresses */
	REACH_PUBLIC,
	REACH_ALL, /* listens on every address that the host has */
};

/* Of a numeric IPv4 or IPv6 address, a zone (%eth0) allowed. */
enum check_reach check_reach(const char *address);

#endif
