/* A legacy proxy in a thread of the test that speaks Tor's RESOLVE and RESOLVE_PTR, and connects to a
 * name server of its own, whatever the target; and a configuration that leads to it. */
#pragma once

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tests/unit/names_lab.h"

static int lab_listener;
static atomic_uint lab_accepted; /* connections so far */
static pthread_t lab_thread;
static pthread_mutex_t lab_gate = PTHREAD_MUTEX_INITIALIZER; /* held: it does not answer */
static struct s5a_proxy lab_tor = { .methods = S5A_METHODS_NONE, .is_tor = true };

static inline bool lab_take(int fd, void *bytes, size_t len)
{
    return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static inline void lab_say(int fd, const void *bytes, size_t len)
{
    (void)!send(fd, bytes, len, MSG_NOSIGNAL);
}

/* A name with "six" in it has an IPv6 address, one with "loop" 127.0.0.1, one with "none" no address;
 * "later" is not known now, "forbidden" is not told. */
static inline void lab_resolve(int fd, const char *name)
{
    uint8_t reply[22] = { 5, 0, 0, 1, 192, 0, 2, 9 };
    size_t len = 10;
    if (strstr(name, "six")) {
        memcpy(reply + 3, (const uint8_t[]){ 4, 0x20, 1, 0xd, 0xb8 }, 5);
        reply[19] = 5;
        len = 22;
    } else if (strstr(name, "loop")) {
        memcpy(reply + 4, (const uint8_t[]){ 127, 0, 0, 1 }, 4);
    } else if (strstr(name, "none")) {
        reply[1] = 4;
    } else if (strstr(name, "forbidden")) {
        reply[1] = 2;
    } else if (strstr(name, "later")) {
        reply[1] = 1;
    }
    lab_say(fd, reply, len);
}

/* A query whose length has come by itself is none: some servers give up on it (RFC 7766, section 8). */
static inline bool lab_take_query(int fd, uint8_t length[static 2], uint8_t *message, size_t *len)
{
    struct iovec parts[] = { { length, 2 }, { message, 512 } };
    ssize_t got = readv(fd, parts, 2);
    *len = (size_t)length[0] << 8 | length[1];
    return got > 2 && (size_t)got == 2 + *len;
}

/* One query over TCP, answered with one record of 4 bytes, or of 2000 or 6000 where the name begins so
 * ("big", "bigger"), with another id ("wrong"), or not at all ("dumb"). */
static inline void lab_name_server(int fd)
{
    uint8_t length[2], message[8192] = { 0 };
    size_t len;
    if (!lab_take_query(fd, length, message, &len))
        return;
    size_t data = memcmp(message + 13, "big", 3) == 0 ? 2000 : 4;
    if (memcmp(message + 13, "bigger", 6) == 0)
        data = 6000;
    if (memcmp(message + 13, "dumb", 4) == 0)
        return;
    if (memcmp(message + 13, "wrong", 5) == 0)
        message[0] ^= 1;
    message[2] |= 0x80;
    message[7] = 1;
    memcpy(message + len, (const uint8_t[]){ 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60 }, 10);
    message[len + 10] = (uint8_t)(data >> 8);
    message[len + 11] = (uint8_t)data;
    len += 12 + data;
    length[0] = (uint8_t)(len >> 8);
    length[1] = (uint8_t)len;
    lab_say(fd, length, 2);
    lab_say(fd, message, len);
}

static inline void lab_talk(int fd)
{
    uint8_t head[4], length = 4, address[256] = { 0 }, port[2];
    static const uint8_t done[10] = { 5, 0, 0, 1 };
    static const uint8_t name[] = { 5, 0, 0, 3, 4, 'b', 'a', 'c', 'k', 0, 0 };
    static const uint8_t hostile[] = { 5, 0, 0, 3, 4, '\x1b', '[', '2', 'J', 0, 0 };
    if (!lab_take(fd, head, 3) || head[2] != 0)
        return;
    lab_say(fd, (const uint8_t[]){ 5, 0 }, 2);
    if (!lab_take(fd, head, 4) || (head[3] == 3 && !lab_take(fd, &length, 1)))
        return;
    if (!lab_take(fd, address, head[3] == 4 ? 16 : length) || !lab_take(fd, port, 2))
        return;
    if (head[1] == 0xf0)
        lab_resolve(fd, (const char *)address);
    if (head[1] == 0xf1)
        lab_say(fd, address[3] == 66 ? hostile : name, sizeof name);
    if (head[1] != 1)
        return;
    lab_say(fd, done, sizeof done);
    lab_name_server(fd);
}

static inline void *lab_run(void *unused)
{
    int fd;
    while ((fd = accept(lab_listener, NULL, NULL)) >= 0) {
        lab_accepted++;
        pthread_mutex_lock(&lab_gate);
        pthread_mutex_unlock(&lab_gate);
        lab_talk(fd);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return unused;
}

static inline void lab_rule(struct s5a_route route, const char *matches)
{
    struct s5a_span wrong;
    if (lab_config.rules == NULL)
        lab_config.rules = s5a_rules_new();
    cr_assert_eq(s5a_rules_add(lab_config.rules, route, matches, &wrong), S5A_OK);
}

static inline void lab_start_resolver(void)
{
    static char where[32];
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    lab_set_up();
    lab_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(lab_listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(lab_listener, 64), 0);
    cr_assert_eq(getsockname(lab_listener, (struct sockaddr *)&at, &len), 0);
    snprintf(where, sizeof where, "127.0.0.1:%u", ntohs(at.sin_port));
    lab_tor.name = lab_tor.where = where;
    cr_assert_eq(s5a_endpoint_parse(&lab_tor.at, span(where)), S5A_OK);
    lab_config.proxies = &lab_tor;
    lab_config.default_proxy = &lab_tor;
    lab_config.connect_timeout = 20000;
    cr_assert_eq(pthread_create(&lab_thread, NULL, lab_run, NULL), 0);
}

static inline void lab_stop_resolver(void)
{
    shutdown(lab_listener, SHUT_RDWR);
    pthread_join(lab_thread, NULL);
    close(lab_listener);
    s5a_rules_free(lab_config.rules);
    lab_tear_down();
}
