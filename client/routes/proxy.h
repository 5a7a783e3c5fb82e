/* One proxy as configured: where it is, how to log in, and the proxy that it is reached through. */
#pragma once

#include "client/login/login.h"
#include "client/routes/endpoint.h"
#include "client/routes/tol_policy.h"
#include "protocol/secret.h"

enum s5a_method_policy {
    S5A_METHODS_AUTO, /* as EAF where there is a log-in by it; else 00; with credentials 02 and 00 */
    S5A_METHODS_NONE,     /* 00 alone */
    S5A_METHODS_PASSWORD, /* 02 alone */
    S5A_METHODS_EAF,      /* 81 alone, or 80 alone where `tol` is off */
    S5A_METHODS_CHAIN,    /* 81 alone with several steps, or 82 alone */
};

/* Greeting and request in one write (architecture, section 3). */
enum s5a_pipeline {
    S5A_PIPELINE_AUTO, /* tried once for each proxy and remembered */
    S5A_PIPELINE_ON,
    S5A_PIPELINE_OFF,
};

struct s5a_proxy {
    struct s5a_proxy *next; /* in the order of the configuration */
    char *name;
    char *where; /* as configured, for people: no user, no password */
    struct s5a_endpoint at;
    enum s5a_method_policy methods;
    enum s5a_pipeline pipeline;
    unsigned pool; /* sessions kept waiting */
    char *pool_target_text;
    struct s5a_endpoint pool_target; /* that they wait connected to; port 0: none */
    bool is_tor; /* speaks Tor's RESOLVE and RESOLVE_PTR, where it is no SOCKS5a */
    char *user;  /* NULL: no credentials */
    struct s5a_secret password;
    struct s5a_login *login; /* owned; NULL: none by EAF */
    struct s5a_tol_policy tol;
    char *via_name;              /* as configured; NULL: dialled directly */
    const struct s5a_proxy *via; /* resolved; the chain has no circle and at most S5A_HOPS_MAX */
};

enum { S5A_HOPS_MAX = 8, S5A_POOL_MAX = 16 };

/* A proxy with the defaults and a copy of `name`; NULL where memory is out. */
struct s5a_proxy *s5a_proxy_new(const char *name);
/* Wipes and frees; NULL is fine. Does not follow `next`. */
void s5a_proxy_free(struct s5a_proxy *proxy);
/* The EAF method on offer, 80, 81 or 82; -1 where it is none (profile, section 1: nothing weaker beside
 * one of them). */
int s5a_proxy_eaf_method(const struct s5a_proxy *proxy);
/* True where the way through the proxy leads through records: it or one before it is asked for 81. */
bool s5a_proxy_has_records(const struct s5a_proxy *proxy);
/* True where a log-in may have several steps: under 82, and under 81 where both sides say so. */
bool s5a_proxy_is_chaining(const struct s5a_proxy *proxy);
/* Takes an endpoint or a URL, whose credentials replace those of the proxy. MALFORMED with
 * nothing changed; the text is copied. */
S5A_MUST_USE enum s5a_status s5a_proxy_set_where(struct s5a_proxy *proxy, const char *text);
