/* Attempts at a proxy that the test plays itself, one step at a time. */
#pragma once

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/sockets/attempt.h"
#include "tests/unit/span.h"

enum { LONG = 20000 }; /* ms */

static const uint8_t lab_asked[] = { 5, 1, 0, 5, 1, 0, 3, 4, 'h', 'o', 's', 't', 0, 80 };
static const uint8_t lab_says[] = { 5, 0, 5, 0, 0, 1, 10, 0, 0, 1, 1, 2 };

static char lab_where[64];
static struct s5a_config lab_config = { .connect_timeout = LONG };
static struct s5a_proxy lab_proxy = { .name = lab_where, .where = lab_where };

/* Listens at that address, on a port of the kernel's choice, or on the one of the proxy. */
static inline int lab_listen_at(const char *address, const char *host)
{
    struct sockaddr_storage at = { .ss_family = AF_INET };
    socklen_t len = sizeof(struct sockaddr_in);
    if (inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&at)->sin6_addr) == 1) {
        at.ss_family = AF_INET6;
        len = sizeof(struct sockaddr_in6);
    } else {
        inet_pton(AF_INET, address, &((struct sockaddr_in *)&at)->sin_addr);
    }
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(fd, 16), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(lab_where, sizeof lab_where, "%s:%u", host,
             ntohs(((struct sockaddr_in *)&at)->sin_port));
    cr_assert_eq(s5a_endpoint_parse(&lab_proxy.at, span(lab_where)), S5A_OK);
    return fd;
}

static inline void lab_init(struct s5a_attempt *a, int family)
{
    struct s5a_socket_kind kind = { family, SOCK_STREAM, IPPROTO_TCP };
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    s5a_attempt_init(a, fd, &kind, &lab_config, &lab_proxy);
    a->named = (struct s5a_named_target){ .name = "host" };
    a->named.target.port = 80;
    a->named.target.address =
        (struct s5a_address){ .type = S5A_ATYP_NAME, .text = span(a->named.name) };
}

/* The next step, once there is what it waits for. */
static inline int lab_step(struct s5a_attempt *a)
{
    struct pollfd one = { .fd = s5a_attempt_socket(a), .events = s5a_attempt_events(a) };
    bool ready = one.events != 0 && poll(&one, 1, LONG) == 1;
    return s5a_attempt_step(a, ready);
}

static inline int lab_accept(int listener)
{
    struct pollfd one = { .fd = listener, .events = POLLIN };
    cr_assert_eq(poll(&one, 1, LONG), 1);
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static inline void lab_hear(int fd, size_t len)
{
    uint8_t heard[sizeof lab_asked];
    cr_assert_leq(len, sizeof heard);
    cr_assert_eq(recv(fd, heard, len, MSG_WAITALL), (ssize_t)len);
    cr_assert_arr_eq(heard, lab_asked, len);
}
