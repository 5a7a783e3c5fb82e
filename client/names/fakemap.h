/* Fake addresses: each name gets one IPv4 address of one range and one IPv6 address of another,
 * and the address leads back to the name — in every thread and process of the user, over fork and
 * exec (architecture, section 7).
 *
 * One shared mapping of a file in the state directory, or an anonymous one (which fork shares and
 * exec loses) where no file can be made. Lock-free: slots are claimed by compare-and-swap and
 * immutable once published until they have not been used for S5A_FAKEMAP_TTL. */
#pragma once

#include <netinet/in.h>

#include "client/config/config.h"

struct s5a_fakemap;

enum { S5A_FAKEMAP_TTL = 24 * 3600 }; /* s */

struct s5a_fake {
    struct in_addr v4;
    struct in6_addr v6;
};

/* Opens or makes the map for the ranges of `config`; each pair of ranges has a file of its own. A
 * damaged file is replaced. Where no file can be had (no directory, full disk) the map is
 * anonymous: shared with the children forked from here on, lost at exec. Waits for others that
 * make the file at the same time, a second at most. NULL only where memory is out.
 *
 * Nothing in the file can make this process fail, loop or read outside, whoever wrote it: what is
 * not consistent counts as not there. Truncating the file under it is the one thing that kills. */
struct s5a_fakemap *s5a_fakemap_open(const struct s5a_config *config);
void s5a_fakemap_close(struct s5a_fakemap *map);
/* The addresses of `name` (1–255 bytes, case kept out), the same ones each time it is asked.
 * false where the name is not acceptable, the range is full of names in use, or the file cannot
 * grow. Threads and processes at once; waits only where another is just writing the same name. */
S5A_MUST_USE bool s5a_fakemap_put(struct s5a_fakemap *map, struct s5a_span name,
                                  struct s5a_fake *out);
/* The name of a fake address, copied to `name` with NUL, and its length; 0 where the address is
 * inside the ranges but given to no name. Marks it used. */
size_t s5a_fakemap_name(struct s5a_fakemap *map, const struct s5a_address *address,
                        char name[static S5A_NAME_MAX + 1]);
/* True for IPV4 and IPV6 addresses (v4-mapped too) in the ranges. Pure. */
bool s5a_fake_contains(const struct s5a_config *config, const struct s5a_address *address);
