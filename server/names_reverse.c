/* Reverse look-ups: the hosts file, then DNS. c-ares's own would read /etc/hosts where another file
 * is configured. */
#include "server/names_channel.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER_CAP = 2 * 32 + sizeof "ip6.arpa" };

/* "1.2.0.192.in-addr.arpa", or a nibble a label under ip6.arpa (RFC 1035, 3.5; RFC 3596, 2.5). */
static void format_pointer(char out[static POINTER_CAP], const struct s5ad_sockaddr *of)
{
    size_t len, at = 0;
    const uint8_t *ip = s5ad_sockaddr_ip(of, &len);
    for (size_t i = len; i-- > 0;) {
        if (len == 4)
            at += (size_t)snprintf(out + at, POINTER_CAP - at, "%u.", ip[i]);
        else
            at += (size_t)snprintf(out + at, POINTER_CAP - at, "%x.%x.", ip[i] & 15u, ip[i] >> 4);
    }
    snprintf(out + at, POINTER_CAP - at, "%s", len == 4 ? "in-addr.arpa" : "ip6.arpa");
}

static bool line_is_of(char *line, int family, const uint8_t *ip, size_t len, char **name)
{
    uint8_t found[16];
    char *rest = NULL;
    line[strcspn(line, "#\n")] = '\0';
    const char *address = strtok_r(line, " \t", &rest);
    *name = strtok_r(NULL, " \t", &rest);
    return address && *name && inet_pton(family, address, found) == 1 && !memcmp(found, ip, len);
}

static bool find_in_file(const char *path, const struct s5ad_sockaddr *of,
                         char out[static S5A_NAME_MAX + 1])
{
    char line[1024], *name;
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(of, &len);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = line_is_of(line, of->any.sa_family, ip, len, &name) && strlen(name) <= S5A_NAME_MAX;
    if (found)
        strcpy(out, name);
    if (file)
        fclose(file);
    return found;
}

static int take_name(struct s5ad_lookup *lookup, const struct hostent *host)
{
    size_t len = host->h_name ? strlen(host->h_name) : 0;
    if (len == 0 || len > S5A_NAME_MAX)
        return ARES_ENODATA;
    memcpy(lookup->answer.name, host->h_name, len + 1);
    return ARES_SUCCESS;
}

static void on_pointer(void *data, int status, int timeouts, unsigned char *bytes, int len)
{
    (void)timeouts;
    struct s5ad_lookup *lookup = data;
    struct hostent *host = NULL;
    if (status == ARES_SUCCESS)
        status = ares_parse_ptr_reply(bytes, len, NULL, 0, AF_INET, &host);
    if (status == ARES_SUCCESS)
        status = take_name(lookup, host);
    if (host)
        ares_free_hostent(host);
    s5ad_lookup_end(lookup, status);
}

struct s5ad_lookup *s5ad_names_reverse(struct s5ad_names *names, const struct s5ad_sockaddr *of,
                                       s5ad_found_fn *found, void *owner)
{
    char pointer[POINTER_CAP];
    struct s5ad_lookup *lookup = s5ad_lookup_new(names, found, owner);
    if (!lookup)
        return NULL;
    if (find_in_file(names->hosts, of, lookup->answer.name)) {
        s5ad_lookup_end(lookup, ARES_SUCCESS);
        return lookup;
    }
    format_pointer(pointer, of);
    ares_query(names->channel, pointer, ns_c_in, ns_t_ptr, on_pointer, lookup);
    s5ad_names_set_timer(names);
    return lookup;
}
