/* Names of hosts: the hosts file first, then the map of fake addresses, or a proxy. */
#include "shim/names/names.h"

#include <errno.h>
#include <nss.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "client/names/hosts.h"
#include "client/routes/prefix.h"
#include "client/word.h"
#include "shim/names/host_name.h"
#include "shim/names/names_answer.h"

struct gathering {
    struct s5a_names_answer *answer;
    int family;
    bool known;       /* some line has the name */
    bool v6_loopback; /* … with ::1 */
};

bool s5a_names_are_local(const struct s5a_names *names)
{
    const struct s5a_config *config = names->config();
    return config != NULL && config->dns_mode == S5A_DNS_LOCAL;
}

bool s5a_names_are_asked(const struct s5a_names *names)
{
    const struct s5a_config *config = names->config();
    return config != NULL && config->dns_mode == S5A_DNS_RESOLVE;
}

void s5a_names_cut_nss(void)
{
    int saved = errno;
    (void)__nss_configure_lookup("hosts", "files");
    errno = saved;
}

static bool is_v6_loopback(const struct s5a_address *address)
{
    static const uint8_t loopback[16] = { [15] = 1 };
    return address->type == S5A_ATYP_IPV6 && memcmp(address->ip, loopback, 16) == 0;
}

static bool has_address(const struct s5a_names_answer *answer, const struct s5a_address *address)
{
    for (unsigned i = 0; i < answer->count; i++)
        if (s5a_address_equal(&answer->list[i], address))
            return true;
    return false;
}

static void add_address(struct s5a_names_answer *answer, const struct s5a_address *address)
{
    if (answer->count < S5A_NAMES_MAX && !has_address(answer, address))
        answer->list[answer->count++] = *address;
}

/* The first line names the host, the other lines' names are aliases (host.conf: multi on). */
static void add_names(struct s5a_names_answer *answer, const struct s5a_hosts_entry *entry)
{
    s5a_names_add(answer, entry->canonical);
    for (size_t i = 0; entry->aliases[i] != NULL; i++)
        s5a_names_add_alias(answer, entry->aliases[i]);
}

static bool gather(const struct s5a_hosts_entry *entry, void *context)
{
    struct gathering *gathering = context;
    struct s5a_address address = s5a_address_unmapped(&entry->address);
    int family = address.type == S5A_ATYP_IPV4 ? AF_INET : AF_INET6;
    gathering->known = true;
    gathering->v6_loopback |= is_v6_loopback(&address);
    if (gathering->family == AF_UNSPEC || gathering->family == family) {
        add_address(gathering->answer, &address);
        add_names(gathering->answer, entry);
    }
    return true;
}

/* True where the hosts file knows the name, with addresses of the family or not. As in libc, ::1
 * stands for 127.0.0.1 too where IPv4 is asked for. */
static bool find_in_hosts(const char *file, const char *name, int family,
                          struct s5a_names_answer *out)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct gathering gathering = { .answer = out, .family = family };
    (void)s5a_hosts_by_name(file, name, gather, &gathering);
    if (out->count == 0 && family == AF_INET && gathering.v6_loopback) {
        out->list[out->count++] = s5a_address_ipv4(loopback);
        strcpy(out->canonical, name);
    }
    return gathering.known;
}

static enum s5a_names_outcome find_fake(const struct s5a_names *names, const char *name, int family,
                                        struct s5a_names_answer *out)
{
    struct s5a_fake fake;
    uint8_t v4[4];
    struct s5a_fakemap *map = names->map();
    if (map == NULL || !s5a_fakemap_put(map, s5a_word(name), &fake)) {
        s5a_log(S5A_LOG_WARNING, "name %s: no fake address left", name);
        return S5A_NAMES_FULL;
    }
    memcpy(v4, &fake.v4, sizeof(v4));
    out->is_fake = true;
    out->count = 1;
    out->list[0] = family == AF_INET6 ? s5a_address_ipv6(fake.v6.s6_addr) : s5a_address_ipv4(v4);
    strcpy(out->canonical, name);
    return S5A_NAMES_FOUND;
}

static enum s5a_names_outcome find(const struct s5a_names *names, const char *name, int family,
                                   struct s5a_names_answer *out)
{
    char trimmed[S5A_NAME_MAX + 1];
    const struct s5a_config *config = names->config();
    if (!s5a_host_name_trim(name, trimmed))
        return S5A_NAMES_ABSENT;
    if (config != NULL && find_in_hosts(config->hosts_file, trimmed, family, out))
        return out->count > 0 ? S5A_NAMES_FOUND : S5A_NAMES_NO_DATA;
    if (!s5a_is_host_name(trimmed))
        return S5A_NAMES_ABSENT;
    if (config == NULL || config->dns_mode == S5A_DNS_DENY) {
        s5a_log(S5A_LOG_INFO, "name %s: denied, %s", trimmed,
                config == NULL ? "the configuration has an error" : "dns = deny");
        return S5A_NAMES_DENIED;
    }
    if (config->dns_mode == S5A_DNS_RESOLVE)
        return names->ask(config, trimmed, family, out);
    return find_fake(names, trimmed, family, out);
}

static void clear(struct s5a_names_answer *answer)
{
    answer->is_fake = false;
    answer->canonical[0] = '\0';
    answer->aliases_len = 0;
    answer->count = 0;
}

enum s5a_names_outcome s5a_names_find(const struct s5a_names *names, const char *name, int family,
                                      struct s5a_names_answer *out)
{
    int saved = errno;
    int cancel_state;
    clear(out);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    enum s5a_names_outcome outcome = find(names, name, family, out);
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved;
    return outcome;
}

static bool gather_first(const struct s5a_hosts_entry *entry, void *context)
{
    struct s5a_names_answer *answer = context;
    if (strlen(entry->canonical) > S5A_NAME_MAX)
        return true;
    add_names(answer, entry);
    return false;
}

static enum s5a_names_outcome find_address(const struct s5a_names *names,
                                           const struct s5a_address *address,
                                           struct s5a_names_answer *out)
{
    const struct s5a_config *config = names->config();
    if (config == NULL)
        return S5A_NAMES_ABSENT;
    if (s5a_fake_contains(config, address)) {
        struct s5a_fakemap *map = names->map();
        out->is_fake = map != NULL && s5a_fakemap_name(map, address, out->canonical) > 0;
    } else {
        (void)s5a_hosts_by_address(config->hosts_file, address, gather_first, out);
        if (out->canonical[0] == '\0' && config->dns_mode == S5A_DNS_RESOLVE)
            return names->ask_address(config, address, out);
    }
    return out->canonical[0] != '\0' ? S5A_NAMES_FOUND : S5A_NAMES_ABSENT;
}

enum s5a_names_outcome s5a_names_find_address(const struct s5a_names *names,
                                              const struct s5a_address *address,
                                              struct s5a_names_answer *out)
{
    int saved = errno;
    int cancel_state;
    clear(out);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    enum s5a_names_outcome outcome = find_address(names, address, out);
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved;
    if (outcome == S5A_NAMES_FOUND) {
        out->list[0] = *address;
        out->count = 1;
    }
    return outcome;
}
