/* Names of hosts for tests: a hosts file and a map of their own, and lists of addresses as text. */
#pragma once

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/names/getaddrinfo.h"
#include "shim/names/names.h"
#include "tests/unit/span.h"

static char lab_hosts[64];
static struct s5a_config lab_config;
static struct s5a_fakemap *lab_map;
static const struct s5a_config *lab_given_config = &lab_config;
static bool lab_map_was_asked;

static inline const struct s5a_config *lab_get_config(void)
{
    return lab_given_config;
}

static inline struct s5a_fakemap *lab_get_map(void)
{
    lab_map_was_asked = true;
    return lab_map;
}

static const struct s5a_names lab_names = { lab_get_config, lab_get_map };

static inline void lab_write_hosts(const char *text)
{
    FILE *file = fopen(lab_hosts, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void lab_set_up(void)
{
    strcpy(lab_hosts, "/tmp/s5a-names-XXXXXX");
    int fd = mkstemp(lab_hosts);
    cr_assert_geq(fd, 0);
    close(fd);
    lab_write_hosts(
        "127.0.0.1 localhost\n::1 localhost\n192.0.2.1 v4.example four\n"
        "2001:db8::1 v6.example\n192.0.2.2 both.example b1\n2001:db8::2 both.example b2\n"
        "192.0.2.3 both.example\n");
    cr_assert_eq(s5a_prefix_parse(&lab_config.fake4, span("198.18.0.0/15")), S5A_OK);
    cr_assert_eq(s5a_prefix_parse(&lab_config.fake6, span("fd73:6f63:6b73:3561::/96")), S5A_OK);
    lab_config.hosts_file = lab_hosts;
    lab_map = s5a_fakemap_open(&lab_config); /* anonymous: no state directory */
    cr_assert_not_null(lab_map);
}

static inline void lab_tear_down(void)
{
    s5a_fakemap_close(lab_map);
    (void)unlink(lab_hosts);
}

static inline void lab_fake_text(const char *name, char v4[static INET_ADDRSTRLEN],
                                 char v6[static INET6_ADDRSTRLEN])
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(lab_map, span(name), &fake));
    inet_ntop(AF_INET, &fake.v4, v4, INET_ADDRSTRLEN);
    inet_ntop(AF_INET6, &fake.v6, v6, INET6_ADDRSTRLEN);
}

/* A list as text: "address/socktype/protocol/flags/canonical " for each. */
static inline void lab_format(const struct addrinfo *list, char *out, size_t cap)
{
    out[0] = '\0';
    for (; list != NULL; list = list->ai_next) {
        char host[64];
        char service[16];
        size_t len = strlen(out);
        cr_assert_eq(getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof(host), service,
                                 sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV),
                     0);
        cr_assert_eq(list->ai_addr->sa_family, list->ai_family);
        snprintf(out + len, cap - len, "%s:%s/%d/%d/%x/%s ", host, service, list->ai_socktype,
                 list->ai_protocol, (unsigned)list->ai_flags,
                 list->ai_canonname == NULL ? "" : list->ai_canonname);
    }
}

static inline void lab_expect_list(const char *node, const char *service, struct addrinfo hints,
                                   const char *text)
{
    char found[4096];
    struct addrinfo *list = NULL;
    cr_assert_eq(s5a_names_getaddrinfo(&lab_names, node, service, &hints, &list), 0, "%s", node);
    lab_format(list, found, sizeof(found));
    cr_assert_str_eq(found, text, "%s: %s", node, found);
    freeaddrinfo(list);
}

static inline int lab_code_for(const char *node, const char *service, int flags, int family)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_flags = flags, .ai_family = family, .ai_socktype = SOCK_STREAM };
    int code = s5a_names_getaddrinfo(&lab_names, node, service, &hints, &list);
    if (code == 0)
        freeaddrinfo(list);
    return code;
}
