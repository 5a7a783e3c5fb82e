/* Proxies that lead to each other, and a chain through them. */
#include "tests/unit/hops_lab.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/config_lab.h"

struct login_lab *hops[HOPS_MAX];
struct s5a_chain_report hops_report;
struct s5a_chain *hops_chain;
int hops_ends[2];
size_t hops_burst;

const uint8_t hops_two[2] = { S5A_METHOD_TOL, S5A_METHOD_TOL };
const uint8_t hops_three[3] = { S5A_METHOD_TOL, S5A_METHOD_TOL, S5A_METHOD_TOL };

void hops_begin(const uint8_t *methods, size_t count)
{
    static char where[HOPS_MAX][24];
    for (size_t i = 0; i < count; i++) {
        hops[i] = login_lab_new(methods[i]);
        struct s5a_proxy *proxy = &hops[i]->proxy;
        snprintf(where[i], sizeof where[i], "192.0.2.%zu:1080", i + 1);
        proxy->where = where[i];
        cr_assert_eq(s5a_endpoint_parse(&proxy->at, span(where[i])), S5A_OK);
        if (i == 0)
            continue;
        hops[i - 1]->beyond = hops[i];
        proxy->via = &hops[i - 1]->proxy;
    }
    hops_burst = SIZE_MAX;
    hops_report = (struct s5a_chain_report){ .rep = -1 };
    hops_chain = malloc(sizeof *hops_chain);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hops_ends), 0);
}

void hops_finish(void)
{
    s5a_chain_wipe(hops_chain);
    free(hops_chain);
    close(hops_ends[0]);
    close(hops_ends[1]);
    for (size_t i = 0; i < HOPS_MAX && hops[i] != NULL; i++)
        login_lab_free(hops[i]);
}

void hops_hear(void)
{
    static uint8_t bytes[20000];
    ssize_t got = recv(hops_ends[1], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0)
        login_lab_hear(hops[0], (struct s5a_span){ bytes, (size_t)got });
}

void hops_say(void)
{
    struct login_lab *first = hops[0];
    size_t left = first->out_len - first->out_from, len = left < hops_burst ? left : hops_burst;
    cr_assert_eq(send(hops_ends[1], first->out + first->out_from, len, MSG_NOSIGNAL), (ssize_t)len);
    first->out_from += len;
    if (first->out_from == first->out_len)
        first->out_from = first->out_len = 0;
}

void hops_serve(void)
{
    hops_hear();
    hops_say();
}

struct s5a_chain_goal hops_goal(const struct login_lab *last, const struct s5a_ask *ask)
{
    return (struct s5a_chain_goal){ &s5a_io_libc,  lab_dir,      &last->proxy,
                                    &last->target, &hops_report, ask };
}

void hops_move(const struct login_lab *last)
{
    struct s5a_chain_goal goal = hops_goal(last, NULL);
    struct s5a_chain *to = malloc(sizeof *to);
    s5a_chain_move(to, hops_chain, &goal, hops_ends[0]);
    free(hops_chain);
    hops_chain = to;
}

int hops_go_on(void)
{
    int result;
    for (bool ready = false; (result = s5a_chain_step(hops_chain, ready)) == -EINPROGRESS;
         ready = true)
        hops_serve();
    return result;
}

int hops_run(size_t count)
{
    struct s5a_chain_goal goal = hops_goal(hops[count - 1], NULL);
    s5a_chain_begin(hops_chain, &goal, hops_ends[0], s5a_now() + 60000, false);
    return hops_go_on();
}

void hops_says(struct s5a_wire *wire, const char *text)
{
    struct s5a_span bytes = span(text);
    cr_assert_eq(s5a_wires_put(wire, bytes), bytes.len);
    struct s5a_span out = s5a_wires_output(wire);
    login_lab_hear(hops[0], out);
    s5a_wires_sent(wire, out.len);
    cr_assert_eq(s5a_wires_output(wire).len, 0);
}

void hops_last_heard(size_t count, const char *text)
{
    const struct login_lab *last = hops[count - 1];
    cr_assert(s5a_span_equal((struct s5a_span){ last->in, last->in_len }, span(text)), "%.*s",
              (int)last->in_len, last->in);
}

unsigned hops_wires(const struct s5a_wire *wire)
{
    unsigned count = 0;
    for (; wire != NULL; wire = wire->below)
        count++;
    return count;
}
