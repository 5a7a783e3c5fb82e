/* Addresses of requests, replies and datagrams (profile, section 7; RFC 1928, section 5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"
#include "protocol/status.h"

enum s5a_atyp {
    S5A_ATYP_NONE = 0x00, /* command 04 only */
    S5A_ATYP_IPV4 = 0x01,
    S5A_ATYP_NAME = 0x03,
    S5A_ATYP_IPV6 = 0x04,
    S5A_ATYP_UNIX = 0x05,     /* path, absolute */
    S5A_ATYP_ABSTRACT = 0x06, /* without the leading NUL */
    S5A_ATYP_URL = 0x07,
};

/* Sets of address types: bit n stands for ATYP n. */
#define S5A_ATYP_BIT(atyp) (1u << (atyp))
enum {
    S5A_ATYPS_RFC1928 = 1u << S5A_ATYP_IPV4 | 1u << S5A_ATYP_NAME | 1u << S5A_ATYP_IPV6,
    S5A_ATYPS_EXTENDED =
        S5A_ATYPS_RFC1928 | 1u << S5A_ATYP_UNIX | 1u << S5A_ATYP_ABSTRACT | 1u << S5A_ATYP_URL,
    S5A_NAME_MAX = 255,
    S5A_URL_MAX = 4096,
    /* Longest encoding without its port: ATYP, VER, ULEN, URL. */
    S5A_ADDRESS_MAX = 1 + 1 + 2 + S5A_URL_MAX,
    /* Enough for s5a_address_format of every type but URLs, NUL included: 255 bytes, each
     * escaped to four, and a prefix. */
    S5A_ADDRESS_TEXT_CAP = 4 * S5A_NAME_MAX + 16,
};

/* An address. IPs are held by value; names, paths and URLs are views: `text` lives as long as
 * the bytes it was decoded or made from. */
struct s5a_address {
    enum s5a_atyp type;
    uint8_t ip[16];       /* network order: 4 bytes of IPV4, 16 of IPV6; else zeros */
    struct s5a_span text; /* NAME, UNIX, ABSTRACT, URL; else empty */
};

struct s5a_address s5a_address_none(void);
struct s5a_address s5a_address_ipv4(const uint8_t ip[static 4]);
struct s5a_address s5a_address_ipv6(const uint8_t ip[static 16]);

/* True where its text is what its type wants (section 7): length, no NUL, an absolute path, a URL.
 * Types without a text are always valid. */
bool s5a_address_is_valid(const struct s5a_address *address);

/* Reads "192.0.2.1", "2001:db8::1" (brackets allowed) as IPV4 or IPV6, "unix:/path" and
 * "unix:@name" as UNIX and ABSTRACT, anything else as NAME; views into `text`. MALFORMED where
 * that address could not be sent (length, NUL, relative path) or brackets hold no IPv6. */
S5A_MUST_USE enum s5a_status s5a_address_parse(struct s5a_address *out, struct s5a_span text);
/* Writes what a person reads (IPv6 without brackets, "none" for NONE), NUL-terminated, control and
 * non-ASCII bytes and the backslash as \xNN; cut where `cap` is too small. Returns the length
 * written, without NUL. */
size_t s5a_address_format(const struct s5a_address *address, char *out, size_t cap);
/* A NAME that is an IP literal counts as that address (section 7): converts it in place. */
void s5a_address_resolve_literal(struct s5a_address *address);
/* Same type and same bytes: names that differ in case differ. */
bool s5a_address_equal(const struct s5a_address *a, const struct s5a_address *b);

/* ATYP and address. `allowed` is the set of types for the place. Stream decoder: the reader moves
 * only on OK. INCOMPLETE, MALFORMED (length, NUL, relative path, bad URL), UNSUPPORTED_ADDRESS. */
S5A_MUST_USE enum s5a_status s5a_address_decode(struct s5a_reader *r, unsigned allowed,
                                                struct s5a_address *out);
/* Writes ATYP and address; the writer goes bad where the content is not encodable. */
void s5a_address_encode(struct s5a_writer *w, const struct s5a_address *address);
