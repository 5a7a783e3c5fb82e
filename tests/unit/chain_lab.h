/* Two proxies and what they say, for tests of chains. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/session/chain.h"
#include "tests/unit/span.h"

#define GREETING 5, 1, 0
#define CHOSEN 5, 0
#define TARGET 5, 1, 0, 3, 4, 'h', 'o', 's', 't', 0, 80
#define SECOND 5, 1, 0, 1, 192, 0, 2, 2, 4, 56
#define DONE 5, 0, 0, 1, 10, 0, 0, 1, 1, 2
#define REFUSED(rep) 5, rep, 0, 1, 0, 0, 0, 0, 0, 0

enum { LONG = 20000, SHORT = 60 }; /* ms */

static char lab_dir[64];
static struct s5a_proxy lab_first, lab_second;
static struct s5a_config lab_config;
static struct s5a_chain_report lab_report;

static inline void lab_set_proxy(struct s5a_proxy *proxy, char *where, enum s5a_pipeline pipeline)
{
    *proxy = (struct s5a_proxy){ .name = where, .where = where, .pipeline = pipeline };
    cr_assert_eq(s5a_endpoint_parse(&proxy->at, span(where)), S5A_OK);
}

static inline void lab_set_up(void)
{
    static char a[] = "192.0.2.1:1080", b[] = "192.0.2.2:1080";
    strcpy(lab_dir, "/tmp/s5a-chain-XXXXXX");
    cr_assert_not_null(mkdtemp(lab_dir));
    lab_config.state_dir = lab_dir;
    lab_set_proxy(&lab_first, a, S5A_PIPELINE_OFF);
    lab_set_proxy(&lab_second, b, S5A_PIPELINE_OFF);
    lab_report = (struct s5a_chain_report){ 0 };
}

static inline void lab_tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", lab_dir);
    cr_assert_eq(system(command), 0);
}

/* What the proxy says is there before the client asks: the client takes it in its turn. Then its
 * end of the stream closes, where `closes`. */
struct lab_script {
    uint8_t says[128];
    size_t len;
    bool closes;
    uint8_t heard[256]; /* out */
    size_t heard_len;
};

#define SAYS(...)                                                          \
    (struct lab_script)                                                    \
    {                                                                      \
        .says = { __VA_ARGS__ }, .len = sizeof((uint8_t[]){ __VA_ARGS__ }) \
    }
#define HEARD(lab_script, ...)                                           \
    do {                                                                 \
        const uint8_t expected[] = { __VA_ARGS__ };                      \
        cr_assert_eq((lab_script).heard_len, sizeof expected);           \
        cr_assert_arr_eq((lab_script).heard, expected, sizeof expected); \
    } while (0)

static inline int lab_run_within(struct lab_script *lab_script, const struct s5a_proxy *proxy,
                                 bool trial, uint64_t ms)
{
    int fds[2];
    struct s5a_target target = { .port = 80 };
    cr_assert_eq(s5a_address_parse(&target.address, span("host")), S5A_OK);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    cr_assert_eq(send(fds[1], lab_script->says, lab_script->len, 0), (ssize_t)lab_script->len);
    if (lab_script->closes)
        cr_assert_eq(shutdown(fds[1], SHUT_WR), 0);
    struct s5a_chain_goal goal = { &s5a_io_libc, lab_config.state_dir, proxy, &target,
                                   &lab_report };
    int result = s5a_chain_run(&goal, fds[0], s5a_now() + ms, trial);
    ssize_t heard = recv(fds[1], lab_script->heard, sizeof lab_script->heard, MSG_DONTWAIT);
    lab_script->heard_len = heard > 0 ? (size_t)heard : 0;
    close(fds[0]);
    close(fds[1]);
    return result;
}

static inline int lab_run(struct lab_script *lab_script, const struct s5a_proxy *proxy, bool trial)
{
    return lab_run_within(lab_script, proxy, trial, LONG);
}
