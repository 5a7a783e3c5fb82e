/* Attempts: address after address, once more without early bytes, and every move in between. */
#include "shim/sockets/attempt.h"

#include "tests/unit/attempt_lab.h"

#include "client/session/pipeline.h"
#include "shim/real.h"

TestSuite(attempt);

/* ---- the proxy's addresses ---- */

static const char *names_first, *names_second;

static struct addrinfo *numeric(const char *address, const char *service,
                                const struct addrinfo *hints)
{
    struct addrinfo own = *hints, *found = NULL;
    own.ai_flags = AI_NUMERICHOST;
    cr_assert_eq(getaddrinfo(address, service, &own, &found), 0);
    return found;
}

static int two_addresses(const char *node, const char *service, const struct addrinfo *hints,
                         struct addrinfo **out)
{
    (void)node;
    *out = numeric(names_first, service, hints);
    (*out)->ai_next = numeric(names_second, service, hints);
    return 0;
}

static void name_means(const char *first, const char *second)
{
    names_first = first;
    names_second = second;
    s5a_real.getaddrinfo = two_addresses;
}

static int last_step(struct s5a_attempt *a)
{
    int result;
    while ((result = lab_step(a)) == -EINPROGRESS)
        continue;
    return result;
}

static void serve(int listener)
{
    int fd = lab_accept(listener);
    cr_assert_eq(send(fd, lab_says, sizeof lab_says, MSG_NOSIGNAL), sizeof lab_says);
}

Test(attempt, address_that_refuses_is_followed_by_the_next)
{
    struct s5a_attempt a;
    int listener = lab_listen_at("127.0.0.1", "proxy.test");
    name_means("127.0.0.2", "127.0.0.1");
    lab_init(&a, AF_INET);
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_eq(a.dials, 1);
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_eq(a.next, 1);
    serve(listener);
    cr_assert_eq(last_step(&a), 0);
    cr_assert_eq(a.dials, 2);
}

Test(attempt, last_address_that_refuses_ends_it)
{
    struct s5a_attempt a;
    close(lab_listen_at("127.0.0.1", "proxy.test"));
    name_means("127.0.0.2", "127.0.0.1");
    lab_init(&a, AF_INET);
    cr_assert_eq(last_step(&a), -ECONNREFUSED);
    cr_assert_eq(a.dials, 2);
    cr_assert_not(a.is_dialled);
}

Test(attempt, ipv6_sockets_try_ipv6_first)
{
    struct s5a_attempt six, four;
    int listener = lab_listen_at("::1", "proxy.test");
    name_means("127.0.0.1", "::1");
    lab_init(&six, AF_INET6);
    cr_assert_eq(lab_step(&six), -EINPROGRESS);
    cr_assert_eq(six.where.list[0].at.ss_family, AF_INET6);
    cr_assert_eq(six.where.list[1].at.ss_family, AF_INET);
    serve(listener);
    cr_assert_eq(last_step(&six), 0);
    lab_init(&four, AF_INET);
    cr_assert_eq(lab_step(&four), -EINPROGRESS);
    cr_assert_eq(four.where.list[0].at.ss_family, AF_INET);
}

Test(attempt, name_is_looked_up_once)
{
    struct s5a_attempt a;
    (void)lab_listen_at("127.0.0.1", "proxy.test");
    name_means("127.0.0.2", "127.0.0.1");
    lab_init(&a, AF_INET);
    cr_assert(s5a_attempt_may_block(&a));
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_not(s5a_attempt_may_block(&a));
    s5a_real.getaddrinfo = NULL;
    lab_init(&a, AF_INET);
    cr_assert_not(s5a_attempt_may_block(&a));
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_eq(a.where.count, 2);
}

Test(attempt, its_time_is_bounded)
{
    struct s5a_attempt a;
    (void)lab_listen_at("127.0.0.1", "127.0.0.1");
    lab_init(&a, AF_INET);
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_gt(s5a_attempt_limit(&a), s5a_now());
    a.deadline = 0;
    cr_assert_eq(s5a_attempt_step(&a, false), -ETIMEDOUT);
    cr_assert_eq(connect(a.own, (struct sockaddr *)&a.where.list[0].at, a.where.list[0].len), -1);
    cr_assert_eq(errno, EINPROGRESS); /* as new: neither EALREADY nor EISCONN */
}

/* ---- once more ---- */

Test(attempt, trial_that_is_closed_is_made_again_without_early_bytes)
{
    struct s5a_attempt a;
    char directory[] = "/tmp/s5a-attempt-XXXXXX", command[64];
    cr_assert_not_null(mkdtemp(directory));
    lab_config.state_dir = directory;
    lab_proxy.pipeline = S5A_PIPELINE_AUTO;
    int listener = lab_listen_at("127.0.0.1", "127.0.0.1");
    lab_init(&a, AF_INET);
    while (a.stage != S5A_ATTEMPT_TALK)
        cr_assert_eq(lab_step(&a), -EINPROGRESS);
    int first = lab_accept(listener);
    lab_hear(first, sizeof lab_asked);
    close(first);
    cr_assert_eq(lab_step(&a), -EINPROGRESS);
    cr_assert_eq(a.dials, 2);
    while (a.stage != S5A_ATTEMPT_TALK)
        cr_assert_eq(lab_step(&a), -EINPROGRESS);
    int second = lab_accept(listener);
    lab_hear(second, 3);
    cr_assert_eq(recv(second, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
    cr_assert_eq(send(second, lab_says, sizeof lab_says, MSG_NOSIGNAL), sizeof lab_says);
    cr_assert_eq(last_step(&a), 0);
    cr_assert(a.is_retried);
    snprintf(command, sizeof command, "rm -r %s", directory);
    cr_assert_eq(system(command), 0);
}

/* ---- moves ---- */

/* Moves to another place, and the socket to another number; nothing may look at the old ones. */
static void move(struct s5a_attempt **a, int *moves)
{
    struct s5a_attempt *to = malloc(sizeof *to);
    int own = fcntl((*a)->own, F_DUPFD_CLOEXEC, 0);
    cr_assert_not_null(to);
    s5a_attempt_move(to, *a, own);
    close((*a)->own);
    memset(*a, 0xa5, sizeof **a);
    free(*a);
    *a = to;
    ++*moves;
}

/* The attempt from its first step, with the proxy's answer byte by byte; moved before the steps whose
 * bits are set, the last bit before all that follow. The number of steps. */
static int run_moved(int listener, uint64_t moved, uint8_t rep, int expected)
{
    struct s5a_attempt *a = malloc(sizeof *a);
    uint8_t says[sizeof lab_says];
    size_t said = 0;
    int peer = -1, steps = 0, moves = 0, result;
    memcpy(says, lab_says, sizeof says);
    says[3] = rep;
    cr_assert_not_null(a);
    lab_init(a, AF_INET);
    for (;; steps++) {
        if ((moved >> (steps < 63 ? steps : 63) & 1) != 0)
            move(&a, &moves);
        result = lab_step(a);
        if (result != -EINPROGRESS)
            break;
        if (peer < 0 && a->stage == S5A_ATTEMPT_TALK)
            peer = lab_accept(listener);
        if (peer >= 0 && said < sizeof says)
            cr_assert_eq(send(peer, &says[said++], 1, MSG_NOSIGNAL), 1);
        cr_assert_lt(steps, 10000);
    }
    cr_assert_eq(result, expected);
    cr_assert_eq(said, sizeof says);
    lab_hear(peer, sizeof lab_asked);
    cr_assert_eq(recv(peer, &(char){ 0 }, 1, MSG_DONTWAIT) <= 0, true);
    cr_assert_eq(moved == 0, moves == 0);
    s5a_attempt_drop(a);
    close(a->own);
    close(peer);
    free(a);
    return steps;
}

static void moves_between_any_steps(uint8_t rep, int expected)
{
    int listener = lab_listen_at("127.0.0.1", "127.0.0.1");
    int steps = run_moved(listener, 0, rep, expected);
    cr_assert_geq(steps, (int)sizeof lab_says);
    for (int i = 0; i <= (steps < 40 ? steps : 40); i++)
        (void)run_moved(listener, UINT64_C(1) << i, rep, expected);
    (void)run_moved(listener, ~UINT64_C(0), rep, expected);
    close(listener);
}

Test(attempt, moved_between_any_steps_it_ends_the_same)
{
    moves_between_any_steps(0, 0);
    moves_between_any_steps(5, -ECONNREFUSED);
}

Test(attempt, moved_one_owns_the_stand_in)
{
    struct s5a_attempt from, to;
    (void)lab_listen_at("::1", "[::1]"); /* out of an IPv4 socket's reach */
    lab_init(&from, AF_INET);
    cr_assert_eq(lab_step(&from), -EINPROGRESS);
    int standin = from.standin;
    cr_assert_geq(standin, 0);
    s5a_attempt_move(&to, &from, from.own);
    cr_assert_eq(to.standin, standin);
    s5a_attempt_drop(&from);
    cr_assert_neq(fcntl(standin, F_GETFD), -1);
    s5a_attempt_drop(&to);
    cr_assert_eq(fcntl(standin, F_GETFD), -1);
}
