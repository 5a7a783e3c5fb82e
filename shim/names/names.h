/* Names of hosts, answered without a packet to a name server (architecture, section 7): first from
 * the hosts file, then with a fake address from the map, or with dns = resolve by a proxy. The libc
 * functions are dressings around this.
 *
 * Everything takes the process's names as an argument, so that it can be tested without it. */
#pragma once

#include "client/config/config.h"
#include "client/names/fakemap.h"

struct s5a_names_answer;

enum s5a_names_outcome {
    S5A_NAMES_FOUND,
    S5A_NAMES_ABSENT,  /* no such name, or none that could be one */
    S5A_NAMES_NO_DATA, /* known with addresses of another family only */
    S5A_NAMES_DENIED,  /* dns = deny, or no configuration; logged */
    S5A_NAMES_FULL,    /* no fake address can be had now; logged */
    S5A_NAMES_AGAIN,   /* the proxy does not know now; logged */
};

/* Where configuration and map come from; both are asked only when a name needs them. The last two
 * answer with dns = resolve, after the hosts file, and block: all addresses of a name that are of the
 * family, the name of an address. */
struct s5a_names {
    const struct s5a_config *(*config)(void); /* NULL from it: an error; every name is denied */
    struct s5a_fakemap *(*map)(void);
    enum s5a_names_outcome (*ask)(const struct s5a_config *config, const char *name, int family,
                                  struct s5a_names_answer *out);
    enum s5a_names_outcome (*ask_address)(const struct s5a_config *config,
                                          const struct s5a_address *address,
                                          struct s5a_names_answer *out);
};

/* Those of this process. */
const struct s5a_names *s5a_names_of_process(void);

enum { S5A_NAMES_MAX = 32, S5A_NAMES_ALIASES_CAP = 1024 };

struct s5a_names_answer {
    bool is_fake;
    char canonical[S5A_NAME_MAX + 1];
    char aliases[S5A_NAMES_ALIASES_CAP]; /* one behind the other, each with its NUL */
    size_t aliases_len;
    unsigned count; /* FOUND: at least 1; more than S5A_NAMES_MAX are not seen */
    struct s5a_address list[S5A_NAMES_MAX];
};

/* dns = local: the real functions answer. */
bool s5a_names_are_local(const struct s5a_names *names);
/* dns = resolve: answers may take as long as a proxy does. */
bool s5a_names_are_asked(const struct s5a_names *names);
/* The addresses of a name that is no literal. AF_INET and AF_INET6 are answered in kind, AF_UNSPEC
 * with all that the hosts file has or with the fake IPv4 address alone, or with all that the proxy knows. Preserves errno; reads a
 * small file; the thread is not cancelled inside. */
enum s5a_names_outcome s5a_names_find(const struct s5a_names *names, const char *name, int family,
                                      struct s5a_names_answer *out);
/* The name of an IP: a fake one's, else the hosts file's first, else as the proxy knows it. FOUND,
 * ABSENT, DENIED or AGAIN. */
enum s5a_names_outcome s5a_names_find_address(const struct s5a_names *names,
                                              const struct s5a_address *address,
                                              struct s5a_names_answer *out);
/* Makes libc's own look-ups of hosts (those that no exported function stands before) ask files
 * alone; works at any time, also after the first look-up, and for the whole process.
 *
 * It binds the real getaddrinfo too, hence the resolution of proxies that are given by name and
 * of names that a rule makes direct. So: not with dns = local, not where a rule makes a name
 * direct, and not where a proxy of the configuration is a name which the hosts file lacks. What
 * it adds is small: the exported functions leave hardly a path to libc's resolver (NI_NOFQDN's
 * domain, rcmd, ruserok). */
void s5a_names_cut_nss(void);
