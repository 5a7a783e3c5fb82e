/* The configuration of a process: the INI file, then the environment over it (architecture,
 * section 10). Loaded once, immutable afterwards. */
#pragma once

#include "client/log.h"
#include "client/routes/forward.h"
#include "client/routes/prefix.h"
#include "client/routes/proxy.h"
#include "client/routes/rules.h"

enum s5a_dns_mode { S5A_DNS_FAKE, S5A_DNS_LOCAL, S5A_DNS_DENY, S5A_DNS_RESOLVE };
enum s5a_udp_mode { S5A_UDP_PROXY, S5A_UDP_BLOCK, S5A_UDP_DIRECT };
/* How datagrams reach a proxy, where its method leaves the choice. */
enum s5a_udp_transport { S5A_UDP_AUTO, S5A_UDP_DATAGRAMS, S5A_UDP_STREAM };
/* Whose word counts for where its relay is. */
enum s5a_udp_relay { S5A_RELAY_OF_REPLY, S5A_RELAY_OF_PROXY };
enum s5a_inbound_mode { S5A_INBOUND_ALLOW, S5A_INBOUND_LOCAL, S5A_INBOUND_BIND, S5A_INBOUND_DENY };
enum s5a_exec_policy { S5A_EXEC_DENY, S5A_EXEC_WARN, S5A_EXEC_ALLOW };

struct s5a_config {
    struct s5a_proxy *proxies;             /* owned list */
    const struct s5a_proxy *default_proxy; /* NULL: see default_direct */
    bool default_direct; /* what no rule names is direct, else denied; without default_proxy */
    struct s5a_rules *rules;
    struct s5a_forward *forwards; /* owned list */
    bool forward_waits;           /* connect() of these, though the socket does not block */
    enum s5a_dns_mode dns_mode;
    /* Asked through the proxy in place of name servers that no proxy leads to; NONE: nobody. */
    struct s5a_address dns_server;
    bool dns_any_answer; /* RESOLVE: also answers in ranges that lead to this machine or network */
    struct s5a_prefix fake4;    /* default 198.18.0.0/15 */
    struct s5a_prefix fake6;    /* default fd73:6f63:6b73:3561::/96 */
    char *hosts_file;           /* default /etc/hosts */
    uint32_t connect_timeout;   /* ms, > 0; default 60000 */
    enum s5a_udp_mode udp_mode; /* of what the rules send to a proxy */
    enum s5a_udp_transport udp_transport;
    enum s5a_udp_relay udp_relay;
    enum s5a_inbound_mode inbound_mode;
    const struct s5a_proxy *inbound_proxy; /* BIND: who listens; NULL: the default proxy */
    /* BIND: whom the proxy is to expect; NULL with `expects_last`: the program's last target */
    char *inbound_peer;
    bool inbound_expects_last; /* default */
    enum s5a_exec_policy exec_unshimmed;
    enum s5a_log_level log_level;
    char *log_file;  /* NULL: stderr */
    char *state_dir; /* absolute; NULL: none can be named, so nothing is remembered */
    char *source;    /* the file read, NULL: none */
};

/* Looks a variable up; NULL where it is not set. The library's callers decide whose environment. */
typedef const char *s5a_getenv_fn(const char *name);

/* File: $SOCKS5A_CONF (must then exist; empty: none), else $XDG_CONFIG_HOME/socks5a/socks5a.conf
 * ($HOME/.config/…), else /etc/socks5a.conf, else none. Over it SOCKS5A_PROXY, _USER, _PASSWORD,
 * _PASSWORD_FILE, _PIPELINE, _TOL, _REQUIRE, _DIRECT (comma list, before all rules), _DNS, _UDP,
 * _INBOUND, _TIMEOUT (s), _LOG
 * (error|warning|info|debug), _LOG_FILE, _STATE_DIR, _EXEC_UNSHIMMED; ALL_PROXY and all_proxy where
 * neither the file nor SOCKS5A_PROXY names a proxy.
 * OK and a new configuration, or BAD_CONFIG with `*out` NULL and one line in `error`:
 * "FILE:LINE: what was found, what was expected". Never half a configuration. Reads files,
 * allocates, blocks on the file system only; looks up no names. */
S5A_MUST_USE enum s5a_status s5a_config_load(struct s5a_config **out, s5a_getenv_fn *getenv_fn,
                                             char *error, size_t cap);
void s5a_config_free(struct s5a_config *config);
/* The rules' word on a target, with the default proxy (or denial) behind them. A target that is
 * the very endpoint of a configured proxy is direct, so that programs which speak SOCKS to it
 * themselves (ALL_PROXY) are not sent through it twice. */
struct s5a_route s5a_config_route(const struct s5a_config *config, const struct s5a_target *target,
                                  enum s5a_transport transport);
/* The same of an address that `name` is known to have led to (dns = resolve); empty: none is. */
struct s5a_route s5a_config_route_named(const struct s5a_config *config,
                                        const struct s5a_target *target, struct s5a_span name,
                                        enum s5a_transport transport);
/* True where this process itself may have to look names up: for a proxy given by name, a name that
 * is direct, or dns = local. */
bool s5a_config_needs_resolver(const struct s5a_config *config);
