/* The table of settings, for the INI file and the command line alike. */
#include "server/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "server/eaf/realm.h"
#include "server/value.h"

enum kind {
    LISTEN,
    TEXT,
    SWITCH,
    METHODS,
    KEY,
    ALLOW,
    DENY,
    DURATION,
    COUNT,
    DESCRIPTOR,
    LEVEL,
    PORTS,
    TOLD,
    SOCKET,
    TOL
};

/* An option is its key with "-" for "_"; a switch without a value means "yes". */
static const struct setting {
    const char *section, *key; /* section NULL: no key of the file */
    enum kind kind;
    size_t offset; /* in the settings, where the kind says no more */
    const char *help;
} table[] = {
/* clang-format off */
#define AT(member) offsetof(struct s5ad_settings, member)
    { "server", "listen", LISTEN, 0,
      "IPv4:PORT, [IPv6]:PORT or unix:/path; may be repeated (127.0.0.1:1080)" },
    { "server", "users", TEXT, AT(users),
      "FILE with [user NAME] and credentials; then clients must log in" },
    { "server", "anonymous", SWITCH, AT(anonymous),
      "with users: serve clients without a log-in too" },
    { "server", "methods", METHODS, 0,
      "tol, eaf, chain, password, none: all that may be used (what the other keys allow)" },
    { "server", "server_key", KEY, 0,
      "FILE of socks5a-keygen server, for tol, eaf and chain; twice during a change, the newer first" },
    { "server", "network_key", TEXT, AT(network_key),
      "FILE of socks5a-keygen network: these three for those alone who have it too" },
    { "server", "ticket_key", TEXT, AT(ticket_key),
      "FILE of socks5a-keygen ticket, shared by servers (drawn anew at each start)" },
    { "server", "ticket_lifetime", COUNT, AT(ticket_lifetime),
      "seconds that a log-in can be taken up again, at most 86400; 0: never (28800)" },
    { "tol", "tol", TOL, 0,
      "the least that a session must have: off, bare, padding, jitter, masking, full (off)" },
    { "tol", "tol_mode", TOL, 0,
      "the least that records must be: sealed, plain (sealed)" },
    { "tol", "tol_type", TOL, 0,
      "what clients are asked to use, and get unless they ask: bare, padding, ... (padding)" },
    { "tol", "tol_padding", TOL, 0,
      "most bytes of padding for payloads of up to 128 bytes, up to 512, and more (255 512 1024)" },
    { "tol", "tol_jitter", TOL, 0,
      "delays of jitter and full in ms: MIN-MAX uniform, normal or exponential (1-20 uniform)" },
    { "tol", "tol_delay_max", TOL, 0,
      "the most that a client's jitter makes the server's, in ms (100)" },
    { "tol", "tol_dummies", TOL, 0,
      "mean ms between dummies in idle time, sent and asked of clients; 0: none (0)" },
    { "tol", "tol_budget", TOL, 0,
      "percent that dummies of masking and full add to bulk (20)" },
    { "acl", "allow", ALLOW, 0,
      "CIDR that clients may reach; the first rule that fits decides" },
    { "acl", "deny", DENY, 0,
      "CIDR that clients may not reach" },
    { "acl", "allow_loopback", SWITCH, AT(acl.allow_loopback),
      "let clients reach 127.0.0.0/8 and ::1" },
    { "acl", "unix", SOCKET, 0,
      "/path or @name of a Unix socket that clients may reach" },
    { "commands", "udp", SWITCH, AT(udp),
      "UDP_ASSOCIATE and UDP_ASSOCIATE_EXT (yes)" },
    { "commands", "bind", SWITCH, AT(bind),
      "BIND: clients may be connected to (no)" },
    { "commands", "pool", SWITCH, AT(pool),
      "POOL_NEW and POOL_GET, for users (yes)" },
    { "commands", "pool_lifetime", COUNT, AT(pool_lifetime),
      "seconds that a connection of POOL_NEW waits (60)" },
    { "commands", "bind_timeout", DURATION, AT(bind_ms),
      "seconds, or NNNms, that BIND waits for its peer (60)" },
    { "commands", "relay_address", TOLD, 0,
      "IP that clients are told for UDP and BIND, one IPv4 and one IPv6 (where they came to)" },
    { "commands", "relay_ports", PORTS, AT(ports),
      "LOW-HIGH of the sockets for UDP and BIND (any)" },
    { "commands", "udp_idle", COUNT, AT(udp_idle),
      "seconds without a datagram that end an association (300)" },
    { "commands", "udp_largest", COUNT, AT(udp_largest),
      "bytes of a datagram at most, of 65507 (65507)" },
    { "names", "nameserver", TEXT, AT(nameservers),
      "IP[:PORT],... in place of /etc/resolv.conf" },
    { "names", "hosts", TEXT, AT(hosts),
      "FILE in place of /etc/hosts" },
    { "limits", "max_sessions", COUNT, AT(max_sessions),
      "sessions at once; more wait (as many as descriptors allow)" },
    { "limits", "max_handshakes", COUNT, AT(max_handshakes),
      "of these, before they are relayed; half of them for one source (8192)" },
    { "limits", "max_waiting", COUNT, AT(max_waiting.all),
      "sessions that stay open between requests (16384)" },
    { "limits", "max_waiting_per_user", COUNT, AT(max_waiting.each),
      "the same of one user, or of one source without a log-in (1024)" },
    { "limits", "max_udp", COUNT, AT(max_udp.all),
      "UDP associations at once (4096)" },
    { "limits", "max_udp_per_user", COUNT, AT(max_udp.each),
      "the same of one user, or of one source without a log-in (256)" },
    { "limits", "max_pool", COUNT, AT(max_pool.all),
      "connections of POOL_NEW that wait (1024)" },
    { "limits", "max_pool_per_user", COUNT, AT(max_pool.each),
      "the same of one user (32)" },
    { "limits", "max_bind", COUNT, AT(max_bind.all),
      "clients of BIND, waiting or served (1024)" },
    { "limits", "max_bind_per_user", COUNT, AT(max_bind.each),
      "the same of one user, or of one source without a log-in (32)" },
    { "limits", "handshake_timeout", DURATION, AT(handshake_ms),
      "seconds, or NNNms, from accept to request (10)" },
    { "limits", "connect_timeout", DURATION, AT(connect_ms),
      "the same for look-up and connect (30)" },
    { "limits", "drain_timeout", DURATION, AT(drain_ms),
      "the same for relays to end after SIGTERM (10)" },
    { "log", "log_level", LEVEL, AT(log_level),
      "error, warning, info or debug (warning)" },
    { NULL, "ready_fd", DESCRIPTOR, AT(ready_fd),
      "write the bound addresses to this descriptor, a line each, and close it" },
#undef AT
    /* clang-format on */
};

static bool add_listen(struct s5ad_settings *settings, const char *value,
                       struct s5ad_problem *problem)
{
    struct s5ad_sockaddr at;
    size_t path_max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    bool is_unix = strncmp(value, "unix:/", 6) == 0 && strlen(value + 5) <= path_max;
    if (!is_unix && !s5ad_sockaddr_parse(&at, value))
        return s5ad_value_wrong(problem, value, "IPv4:PORT, [IPv6]:PORT or unix:/path");
    if (settings->listen_count == S5AD_LISTEN_MAX)
        return s5ad_problem_set(problem, "at most %d listeners", S5AD_LISTEN_MAX);
    return s5ad_value_text(&settings->listen[settings->listen_count++], value, problem);
}

static bool add_key(struct s5ad_settings *settings, const char *value, struct s5ad_problem *problem)
{
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        if (!settings->server_keys[i])
            return s5ad_value_text(&settings->server_keys[i], value, problem);
    return s5ad_problem_set(problem, "at most %d server keys", S5A_EAF_STATICS_MAX);
}

static bool add_told(struct s5ad_settings *settings, const char *value,
                     struct s5ad_problem *problem)
{
    struct s5a_address address;
    struct s5a_span text = { (const uint8_t *)value, strlen(value) };
    bool is_ip = s5a_address_parse(&address, text) == S5A_OK &&
                 (address.type == S5A_ATYP_IPV4 || address.type == S5A_ATYP_IPV6);
    if (!is_ip)
        return s5ad_value_wrong(problem, value, "an IPv4 or IPv6 address");
    settings->told[address.type == S5A_ATYP_IPV6] = s5ad_sockaddr_of(&address, 0);
    return true;
}

static bool set(const struct setting *setting, struct s5ad_settings *settings, const char *value,
                struct s5ad_problem *problem)
{
    void *at = (char *)settings + setting->offset;
    switch (setting->kind) {
    case LISTEN:
        return add_listen(settings, value, problem);
    case TEXT:
        return s5ad_value_text(at, value, problem);
    case SWITCH:
        return s5ad_value_switch(at, value, problem);
    case METHODS:
        return s5ad_value_methods(&settings->methods, value, problem);
    case KEY:
        return add_key(settings, value, problem);
    case ALLOW:
    case DENY:
        return s5ad_acl_add_text(&settings->acl, setting->kind == ALLOW, value, problem);
    case DURATION:
        return s5ad_value_duration(at, value, problem);
    case COUNT:
        return s5ad_value_count(at, value, problem);
    case DESCRIPTOR:
        return s5ad_value_descriptor(at, value, problem);
    case LEVEL:
        return s5ad_value_level(at, value, problem);
    case PORTS:
        return s5ad_value_ports(&settings->ports.low, &settings->ports.high, value, problem);
    case SOCKET:
        return s5ad_unix_list_add(&settings->sockets, value, problem);
    case TOLD:
        return add_told(settings, value, problem);
    case TOL:
        return s5ad_tol_config_set(&settings->tol, setting->key, value, problem);
    }
    return false;
}

void s5ad_settings_init(struct s5ad_settings *settings)
{
    *settings = (struct s5ad_settings){
        .max_handshakes = 8192,
        .handshake_ms = 10000,
        .connect_ms = 30000,
        .drain_ms = 10000,
        .ticket_lifetime = S5AD_TICKET_LIFETIME,
        .log_level = S5AD_LOG_WARNING,
        .udp = true,
        .udp_idle = 300,
        .udp_largest = 65507,
        .pool_lifetime = 60,
        .bind_ms = 60000,
        .max_pool = { .each = 32, .all = 1024 },
        .max_bind = { .each = 32, .all = 1024 },
        .max_waiting = { .each = 1024, .all = 16384 },
        .max_udp = { .each = 256, .all = 4096 },
        .pool = true,
        .ready_fd = -1,
    };
    s5ad_tol_config_init(&settings->tol);
}

void s5ad_settings_wipe(struct s5ad_settings *settings)
{
    for (unsigned i = 0; i < settings->listen_count; i++)
        free(settings->listen[i]);
    free(settings->users);
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        free(settings->server_keys[i]);
    free(settings->network_key);
    free(settings->ticket_key);
    free(settings->nameservers);
    free(settings->hosts);
    s5ad_acl_wipe(&settings->acl);
    s5ad_unix_list_wipe(&settings->sockets);
    s5ad_settings_init(settings);
}

static const struct setting *find_key(const char *section, const char *key)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].section && !strcmp(table[i].section, section) && !strcmp(table[i].key, key))
            return &table[i];
    return NULL;
}

static bool is_option_of(const char *name, const char *key)
{
    for (; *key && *name; key++, name++)
        if (*name != (*key == '_' ? '-' : *key))
            return false;
    return *key == *name;
}

static const struct setting *find_option(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (is_option_of(name, table[i].key))
            return &table[i];
    return NULL;
}

static bool set_key(void *data, const char *section, const char *name, const char *value,
                    struct s5ad_problem *problem)
{
    const struct setting *setting = find_key(section, name);
    if (!setting)
        return s5ad_problem_set(problem,
                                "found \"%.60s\" in [%.60s], expected a key of [server], [tol], "
                                "[acl], [commands], [names], [limits] or [log]",
                                name, section);
    return set(setting, data, value, problem);
}

bool s5ad_settings_read(struct s5ad_settings *settings, const char *path,
                        struct s5ad_problem *problem)
{
    return s5ad_inifile_read(path, set_key, settings, problem);
}

enum s5ad_option_kind s5ad_settings_kind(const char *name)
{
    const struct setting *setting = find_option(name);
    if (!setting)
        return S5AD_OPTION_UNKNOWN;
    return setting->kind == SWITCH ? S5AD_OPTION_SWITCH : S5AD_OPTION_VALUE;
}

bool s5ad_settings_option(struct s5ad_settings *settings, const char *name, const char *value,
                          struct s5ad_problem *problem)
{
    const struct setting *setting = find_option(name);
    if (!setting)
        return s5ad_problem_set(problem, "unknown option --%.100s", name);
    struct s5ad_problem inner = { "" };
    if (set(setting, settings, value ? value : "yes", &inner))
        return true;
    return s5ad_problem_set(problem, "--%.100s: %.300s", name, inner.text);
}

void s5ad_settings_help(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", table[i].key);
        for (char *at = name; *at; at++)
            if (*at == '_')
                *at = '-';
        printf("  %-22s %s\n", name, table[i].help);
    }
}
