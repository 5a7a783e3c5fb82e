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

/* ---- the hosts file ---- */

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

/* ---- DNS ---- */

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= S5A_NAME_MAX;
}

/* c-ares has all names as aliases, the last one as the name too. */
static int take_names(struct s5ad_lookup *lookup, char *const *names)
{
    struct s5ad_found *answer = &lookup->answer;
    size_t len = 0, at = 0;
    for (size_t i = 0; names[i]; i++)
        len += strlen(names[i]) + 1;
    answer->names = lookup->text = malloc(len + 1);
    if (!lookup->text)
        return ARES_ENOMEM;
    for (; *names && answer->count < S5AD_FOUND_MAX; names++) {
        if (!is_name(*names))
            continue;
        strcpy(lookup->text + at, *names);
        at += strlen(*names) + 1;
        answer->count++;
    }
    return answer->count > 0 ? ARES_SUCCESS : ARES_ENODATA;
}

static void on_pointer(void *data, int status, int timeouts, unsigned char *bytes, int len)
{
    (void)timeouts;
    struct s5ad_lookup *lookup = data;
    struct hostent *host = NULL;
    if (status == ARES_SUCCESS)
        status = ares_parse_ptr_reply(bytes, len, NULL, 0, AF_INET, &host);
    if (status == ARES_SUCCESS)
        status = take_names(lookup, host->h_aliases);
    if (host)
        ares_free_hostent(host);
    s5ad_lookup_end(lookup, status);
}

struct s5ad_lookup *s5ad_names_reverse(struct s5ad_names *names, const struct s5ad_sockaddr *of,
                                       s5ad_found_fn *found, void *owner)
{
    char pointer[POINTER_CAP], name[S5A_NAME_MAX + 1];
    struct s5ad_lookup *lookup = s5ad_lookup_new(names, false, found, owner);
    if (!lookup)
        return NULL;
    if (find_in_file(names->hosts, of, name)) {
        s5ad_lookup_end(lookup, take_names(lookup, (char *[]){ name, NULL }));
        return lookup;
    }
    format_pointer(pointer, of);
    ares_query(names->channel, pointer, ns_c_in, ns_t_ptr, on_pointer, lookup);
    s5ad_names_set_timer(names);
    return lookup;
}
