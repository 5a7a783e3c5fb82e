/* Chains one step at a time, and moved to another place between any two of them. */
#include "client/session/chain.h"

#include "tests/unit/chain_lab.h"

#include <fcntl.h>

TestSuite(chain_move, .init = lab_set_up, .fini = lab_tear_down);

static struct s5a_target target;

static struct s5a_chain_goal goal_of(const struct s5a_proxy *proxy)
{
    cr_assert_eq(s5a_address_parse(&target.address, span("host")), S5A_OK);
    target.port = 80;
    return (struct s5a_chain_goal){ &s5a_io_libc, NULL, proxy, &target, &lab_report };
}

static bool holds(const void *memory, size_t len, const char *text)
{
    return memmem(memory, len, text, strlen(text)) != NULL;
}

/* Says the script byte by byte, and moves the chain before the step of that number; -1: before
 * each. */
static void run_moved(struct lab_script *script, const struct s5a_proxy *proxy, int when)
{
    struct s5a_chain_goal goal = goal_of(proxy);
    struct s5a_chain *c = malloc(sizeof *c);
    int ends[2], step = 0, result;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    s5a_chain_begin(c, &goal, ends[0], s5a_now() + LONG, false);
    while ((result = s5a_chain_step(c, step > 0)) == -EINPROGRESS) {
        cr_assert_lt((size_t)step, script->len);
        if (when < 0 || when == step) {
            struct s5a_chain_goal other = goal_of(proxy);
            struct s5a_chain *to = malloc(sizeof *to);
            int fd = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
            s5a_chain_move(to, c, &other, fd);
            cr_assert_not(holds(&c->session, sizeof c->session, "secret"));
            memset(c, 0xa5, sizeof *c);
            free(c);
            close(ends[0]);
            ends[0] = fd;
            c = to;
        }
        cr_assert_eq(s5a_chain_events(c), POLLIN);
        cr_assert_eq(send(ends[1], &script->says[step++], 1, 0), 1);
    }
    cr_assert_eq(result, 0);
    cr_assert_eq((size_t)step, script->len);
    ssize_t heard = recv(ends[1], script->heard, sizeof script->heard, MSG_DONTWAIT);
    script->heard_len = heard > 0 ? (size_t)heard : 0;
    close(ends[0]);
    close(ends[1]);
    free(c);
}

Test(chain_move, moved_before_any_byte_it_says_the_same)
{
    lab_second.via = &lab_first;
    for (int when = -1; when < 26; when++) {
        struct lab_script script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
        run_moved(&script, &lab_second, when);
        HEARD(script, GREETING, SECOND, GREETING, TARGET);
    }
}

Test(chain_move, password_moves_along_and_does_not_stay_behind)
{
    static char user[] = "me";
    lab_first.user = user;
    lab_first.methods = S5A_METHODS_PASSWORD;
    cr_assert(s5a_secret_set(&lab_first.password, span("secret")));
    for (int when = -1; when < 14; when++) {
        struct lab_script script = SAYS(5, 2, 1, 0, DONE);
        run_moved(&script, &lab_first, when);
        HEARD(script, 5, 1, 2, 1, 2, 'm', 'e', 6, 's', 'e', 'c', 'r', 'e', 't', TARGET);
    }
}

Test(chain_move, step_without_event_waits_and_at_its_limit_ends)
{
    struct s5a_chain_goal goal = goal_of(&lab_first);
    struct s5a_chain c;
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, false);
    cr_assert_eq(s5a_chain_step(&c, false), -EINPROGRESS);
    cr_assert_eq(s5a_chain_step(&c, true), -EINPROGRESS); /* nothing there */
    cr_assert_gt(s5a_chain_limit(&c), s5a_now());
    c.dial.limit = 0;
    cr_assert_eq(s5a_chain_step(&c, false), -ETIMEDOUT);
    close(ends[0]);
    close(ends[1]);
}

Test(chain_move, output_that_does_not_fit_is_waited_for)
{
    struct s5a_chain_goal goal = goal_of(&lab_first);
    struct s5a_chain c;
    int ends[2];
    char bytes[4096] = "";
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    while (send(ends[0], bytes, sizeof bytes, 0) > 0)
        continue;
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, false);
    cr_assert_eq(s5a_chain_step(&c, false), -EINPROGRESS);
    cr_assert_eq(s5a_chain_events(&c), POLLIN | POLLOUT);
    while (recv(ends[1], bytes, sizeof bytes, 0) > 0)
        continue;
    cr_assert_eq(s5a_chain_step(&c, true), -EINPROGRESS);
    cr_assert_eq(s5a_chain_events(&c), POLLIN);
    cr_assert_eq(recv(ends[1], bytes, sizeof bytes, 0), 3);
    s5a_chain_wipe(&c);
}
