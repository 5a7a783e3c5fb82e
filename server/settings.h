/* What the server is told to do: one table of settings, each a key of the INI file and an option of
 * the command line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/eaf/server.h"
#include "server/acl.h"
#include "server/inifile.h"
#include "server/log.h"
#include "server/tol/config.h"
#include "server/quota.h"
#include "server/rate.h"
#include "server/unix_list.h"

enum { S5AD_LISTEN_MAX = 16 };

/* Both 0: any. */
struct s5ad_ports {
    uint16_t low, high;
};

struct s5ad_settings {
    char *listen[S5AD_LISTEN_MAX]; /* "HOST:PORT", "unix:/path" */
    unsigned listen_count;
    char *users;      /* path; NULL: nobody logs in */
    bool anonymous;   /* method 00 beside users; without users it is offered anyway */
    unsigned methods; /* enum s5ad_offer; 0: by what else is set */
    char *server_keys[S5A_EAF_STATICS_MAX]; /* paths, the newer first; NULL: none */
    char *network_key, *ticket_key;         /* paths; NULL: none */
    unsigned ticket_lifetime;               /* s; 0: no tickets */
    char *nameservers;                      /* NULL: resolv.conf */
    char *hosts;                            /* path; NULL: /etc/hosts */
    uint64_t handshake_ms, connect_ms, drain_ms;
    unsigned max_sessions;          /* 0: as many as descriptors allow */
    unsigned max_sessions_per_user; /* 0: any number */
    unsigned max_handshakes;        /* of one source: half */
    enum s5ad_log_level log_level;
    char *metrics; /* path; NULL: nobody watches */
    int ready_fd;  /* -1: nobody is told */
    struct s5ad_acl acl;
    bool udp, bind, pool;    /* of users whose section says nothing else */
    struct s5ad_ports ports; /* of sockets that clients or targets come to */
    struct s5ad_sockaddr
        told[2]; /* the IPv4, the IPv6 address that clients are told; AF_UNSPEC: none */
    struct s5ad_sockaddr bind_at[2]; /* the same, where BIND listens for anybody */
    unsigned udp_idle, udp_idle_max; /* s: of who does not wish, the most that may be wished for */
    unsigned udp_largest;            /* bytes */
    struct s5ad_quota_limit max_waiting, max_udp, max_pool, max_bind;
    struct s5ad_rate_limit rate; /* of requests */
    unsigned pool_lifetime;      /* s */
    uint64_t bind_ms;
    struct s5ad_unix_list sockets;
    struct s5ad_tol_config tol;
};

void s5ad_settings_init(struct s5ad_settings *settings);
void s5ad_settings_wipe(struct s5ad_settings *settings);
/* Reads the file's keys into `settings`. */
S5A_MUST_USE bool s5ad_settings_read(struct s5ad_settings *settings, const char *path,
                                     struct s5ad_problem *problem);
/* Sets what the option `name` (without dashes) stands for; `value` is NULL where none was given. */
S5A_MUST_USE bool s5ad_settings_option(struct s5ad_settings *settings, const char *name,
                                       const char *value, struct s5ad_problem *problem);
/* Whether an option wants a value, has none, or does not exist. */
enum s5ad_option_kind { S5AD_OPTION_UNKNOWN, S5AD_OPTION_SWITCH, S5AD_OPTION_VALUE };
enum s5ad_option_kind s5ad_settings_kind(const char *name);
/* The help lines of all options, to stdout. */
void s5ad_settings_help(void);
/* What clients are told where a socket for them is bound to `bound`. */
struct s5a_address s5ad_settings_told(const struct s5ad_settings *settings,
                                      const struct s5ad_sockaddr *bound);
/* True where clients without credentials are let in. */
bool s5ad_settings_is_open(const struct s5ad_settings *settings);
/* Methods that may be selected, enum s5ad_offer. */
unsigned s5ad_settings_offers(const struct s5ad_settings *settings);
/* What settings say together; false and `problem` where that cannot be. */
S5A_MUST_USE bool s5ad_settings_check(const struct s5ad_settings *settings,
                                      struct s5ad_problem *problem);
/* Moves what may change while the server runs: all about users and keys, and the access list. */
void s5ad_settings_adopt(struct s5ad_settings *settings, struct s5ad_settings *fresh);
