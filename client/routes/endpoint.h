/* Where a proxy is: `host:port`, `[v6]:port`, `unix:/path`, `unix:@name`, and the URL form
 * `socks5://user:password@host:port` with its percent-escapes (RFC 3986). */
#pragma once

#include "protocol/address.h"

struct s5a_endpoint {
    struct s5a_address address; /* IPV4, IPV6, NAME, UNIX or ABSTRACT; views into the text parsed */
    uint16_t port;              /* 0 for UNIX and ABSTRACT */
};

enum { S5A_PORT_SOCKS = 1080 }; /* where a text names none */

/* Is it `[v6%scope]:port`, on one of this machine's links? Its address is a NAME then. */
bool s5a_endpoint_is_scoped(const struct s5a_endpoint *endpoint);

/* Pure. MALFORMED where the text is none of the forms; texts are views into `text`. */
S5A_MUST_USE enum s5a_status s5a_endpoint_parse(struct s5a_endpoint *out, struct s5a_span text);

/* The parts of a proxy URL, still percent-escaped; views into the text. Schemes socks5, socks5h,
 * socks5a, socks. `user.at` is NULL where the URL has no user info. */
struct s5a_proxy_url {
    struct s5a_span user;
    struct s5a_span password;
    struct s5a_span endpoint;
};
S5A_MUST_USE enum s5a_status s5a_proxy_url_parse(struct s5a_proxy_url *out, struct s5a_span text);
/* True where the text begins with a scheme and "://". */
bool s5a_is_url(struct s5a_span text);
/* Undoes percent-escapes in place of a writer; MALFORMED for a wrong escape or an escaped NUL. */
S5A_MUST_USE enum s5a_status s5a_percent_decode(struct s5a_writer *out, struct s5a_span text);
