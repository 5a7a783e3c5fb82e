/* A configuration in the making: the file and the environment fill it through the same setters
 * (setters.h), and only a whole one leaves it. Private to the config files. */
#pragma once

#include "client/config/config.h"

/* A proxy that was defined, or only mentioned up to now. */
struct s5a_draft_proxy {
    struct s5a_draft_proxy *next;
    struct s5a_proxy *proxy; /* owned by the draft until it is defined, then by the configuration */
    bool is_defined;
    unsigned defined_line; /* 0: by the environment */
    unsigned mentioned_line;
    unsigned via_line;
    uint64_t seen; /* keys that the section had, bits */
};

struct s5a_draft {
    struct s5a_config *config;
    s5a_getenv_fn *getenv_fn;
    /* where we are, for errors */
    const char *file; /* NULL: none was read */
    unsigned line;    /* of `file`; 0: in the environment */
    const char *variable;
    const char *key; /* of the file */
    /* what the setters work on */
    struct s5a_draft_proxy *proxy;
    bool password_allowed; /* the file is private, or this is the environment */
    bool has_default;      /* the file says which */
    struct s5a_draft_proxy *proxies;
    /* the first error */
    bool failed;
    bool is_out_of_memory;
    char *error;
    size_t cap;
};

S5A_MUST_USE bool s5a_draft_init(struct s5a_draft *draft, s5a_getenv_fn *getenv_fn, char *error,
                                 size_t cap);
/* Drops what was not given away. */
void s5a_draft_wipe(struct s5a_draft *draft);
/* Resolves names and checks what lines cannot show alone; the configuration is whole then. */
S5A_MUST_USE bool s5a_draft_finish(struct s5a_draft *draft);

/* The proxy of this name, mentioned at the present line, made where it is new. NULL: failed. */
struct s5a_draft_proxy *s5a_draft_mention(struct s5a_draft *draft, struct s5a_span name);
/* Mentions and defines it; where it was defined before, its settings are dropped (the caller says
 * whether that is an error). NULL: failed. */
struct s5a_draft_proxy *s5a_draft_define(struct s5a_draft *draft, struct s5a_span name);
/* The draft of the default proxy; NULL where there is none. */
struct s5a_draft_proxy *s5a_draft_default(const struct s5a_draft *draft);

/* A variable that is set and not empty, else NULL. */
const char *s5a_draft_getenv(const struct s5a_draft *draft, const char *name);

/* All return false, having noted the error where it is the first one: at the present place, at
 * `line` of the file, for a value (shown) with what was expected of it. */
bool s5a_draft_fail(struct s5a_draft *draft, const char *format, ...) S5A_PRINTF(2, 3);
bool s5a_draft_fail_at(struct s5a_draft *draft, unsigned line, const char *format, ...)
    S5A_PRINTF(3, 4);
bool s5a_draft_fail_value(struct s5a_draft *draft, const char *value, const char *expected);
bool s5a_draft_fail_memory(struct s5a_draft *draft);
