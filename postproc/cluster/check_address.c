// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cluster/check_address.h"

static enum check_reach reach_of_v4(uint32_t a)
{
	static const struct {
		uint32_t net, mask;
		enum check_reach reach;
	} nets[] = {
		{ 0x7f000000, 0xff000000, REACH_HOST },
		{ 0x0a000000, 0xff000000, REACH_PRIVATE },
		{ 0xac100000, 0xfff00000, REACH_PRIVATE },
		{ 0xc0a80000, 0xffff0000, REACH_PRIVATE },
		{ 0xa9fe0000, 0xffff0000, REACH_PRIVATE },
		{ 0x64400000, 0xffc00000, REACH_PRIVATE },
	};

	if (!a)
		return REACH_ALL;
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++)
		if ((a & nets[i].mask) == nets[i].net)
			return nets[i].reach;
	return REACH_PUBLIC;
}

static enum check_reach reach_of_v6(const struct in6_addr *a)
{
	uint32_t v4;

	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(&v4, &a->s6_addr[12], sizeof(v4));
		return reach_of_v4(ntohl(v4));
	}
	if (IN6_IS_ADDR_UNSPECIFIED(a))
		return REACH_ALL;
	if (IN6_IS_ADDR_LOOPBACK(a))
		return REACH_HOST;
	if (IN6_IS_ADDR_LINKLOCAL(a) || (a->s6_addr[0] & 0xfe) == 0xfc)
		return REACH_PRIVATE;
	return REACH_PUBLIC;
}

enum check_reach check_reach(const char *address)
{
	char plain[INET6_ADDRSTRLEN + 1];
	struct in6_addr six;
	struct in_addr four;

	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(address, "%"),
		 address);
	if (inet_pton(AF_INET, plain, &four) == 1)
		return reach_of_v4(ntohl(four.s_addr));
	if (inet_pton(AF_INET6, plain, &six) == 1)
		return reach_of_v6(&six);
	return REACH_UNKNOWN;
}
