/* A relay between a gate, whose outer end the test holds as a program would, and a proxy that the test
 * plays itself, record by record. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/engine/carry.h"
#include "shim/engine/gate.h"
#include "shim/engine/relay.h"
#include "tests/unit/span.h"

static struct s5a_pending p;
static int outer, far; /* the program's end, and the proxy's */
static struct s5a_tol_link far_link;
static uint8_t far_wire[1 << 20]; /* not opened yet */
static size_t far_len;
static bool far_ended;

static const uint8_t lab_greeting[] = { 5, 1, 0x81 };

static inline void lab_switch(struct s5a_tol_link *link)
{
    static const struct s5a_key ck = { { 7 } };
    static const struct s5a_digest t = { { 9 } };
    s5a_tol_link_agree(link, &ck, &t, true);
    s5a_tol_link_switch_out(link);
    s5a_tol_link_switch_in(link);
}

static inline struct s5a_wire *lab_new_wire(const struct s5a_tol_shape *shape)
{
    struct s5a_span greeting = { lab_greeting, sizeof lab_greeting };
    struct s5a_key seed = { { 1 } };
    struct s5a_wire *wire = s5a_wire_new(NULL, greeting, shape);
    cr_assert_not_null(wire);
    lab_switch(&wire->link);
    s5a_tol_link_init(&far_link, S5A_TOL_SERVER, NULL, greeting, &seed, NULL);
    lab_switch(&far_link);
    return wire;
}

/* Connected over loopback. */
static inline void lab_tcp_pair(int ends[2])
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    cr_assert_eq(connect(ends[0], (struct sockaddr *)&at, len), 0);
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
}

static inline void lab_begin(struct s5a_wire *wire)
{
    struct s5a_gate gate;
    int ends[2];
    lab_tcp_pair(ends);
    cr_assert_eq(s5a_gate_make(&gate), 0);
    outer = gate.outer;
    far = ends[1];
    far_len = 0;
    far_ended = false;
    p = (struct s5a_pending){ .state = S5A_PENDING_CONNECTING,
                              .gate = gate.cookie,
                              .number = outer,
                              .inner = gate.inner,
                              .own = ends[0],
                              .filler = gate.filler };
    p.attempt.named.as_given.family = AF_INET;
    p.attempt.kind.domain = AF_INET;
    p.relay = s5a_relay_new(wire);
    cr_assert_not_null(p.relay);
    s5a_carry_begin(&p);
}

/* As the engine, once both sides show something. */
static inline bool lab_carry(void)
{
    p.inner_shows = p.own_shows = true;
    p.inner_ends |= p.is_hung_up;
    return s5a_carry(&p);
}

static inline ssize_t lab_received(void)
{
    char byte;
    ssize_t got = recv(outer, &byte, 1, MSG_DONTWAIT);
    return got < 0 ? -errno : got == 0 ? 0 : byte;
}

static inline void lab_far_send(const void *bytes, size_t len)
{
    cr_assert_eq(send(far, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Record by record; "" is the end record. */
static inline void lab_far_says(const char *text)
{
    uint8_t room[1024];
    struct s5a_writer w;
    s5a_writer_init(&w, room, sizeof room);
    if (*text == '\0')
        s5a_tol_link_end(&far_link, &w);
    else
        s5a_tol_link_encode(&far_link, &w, span(text));
    lab_far_send(room, s5a_writer_len(&w));
}

static inline size_t lab_far_take_from(uint8_t *to, int flags)
{
    struct s5a_tol_record record;
    ssize_t got = recv(far, far_wire + far_len, sizeof far_wire - far_len, flags);
    size_t at = 0, len = 0;
    far_len += got > 0 ? (size_t)got : 0;
    while (s5a_tol_link_open(&far_link, far_wire + at, far_len - at, &record) == S5A_TOL_WHOLE) {
        memcpy(to + len, record.payload, record.payload_len);
        len += record.payload_len;
        far_ended |= record.is_end;
        at += record.len;
        if (at == far_len)
            break;
    }
    far_len -= at;
    memmove(far_wire, far_wire + at, far_len);
    return len;
}

static inline size_t lab_far_take(uint8_t *to)
{
    return lab_far_take_from(to, MSG_DONTWAIT);
}

static inline void lab_far_hears(const char *text)
{
    uint8_t heard[1024];
    size_t len = lab_far_take(heard);
    cr_assert_eq(len, strlen(text));
    cr_assert_arr_eq(heard, text, len);
}

static inline void lab_program_says(const char *text)
{
    cr_assert_eq(send(outer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static inline void lab_program_hears(const char *text)
{
    char heard[64] = "";
    cr_assert_eq(recv(outer, heard, strlen(text), MSG_DONTWAIT), (ssize_t)strlen(text));
    cr_assert_str_eq(heard, text);
}
