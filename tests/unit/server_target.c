/* server/target: REP codes, and which of several failures is told. */
#include "server/target_steps.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "protocol/rep.h"

Test(server_target, errno_becomes_the_true_rep)
{
    static const struct {
        int error;
        uint8_t rep;
    } table[] = {
        { 0, 0x00 },        { ECONNREFUSED, 0x05 }, { ENETUNREACH, 0x03 },
        { ENETDOWN, 0x03 }, { EHOSTUNREACH, 0x04 }, { ETIMEDOUT, 0x06 },
        { EACCES, 0x02 },   { EPERM, 0x02 },        { EAFNOSUPPORT, 0x08 },
        { EMFILE, 0x01 },   { ENFILE, 0x01 },       { ENOBUFS, 0x01 },
        { ENOMEM, 0x01 },   { 12345, 0x01 },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        cr_expect_eq(s5ad_rep_of_errno(table[i].error), table[i].rep, "errno %d", table[i].error);
}

Test(server_target, rep_gives_the_client_the_same_errno)
{
    static const int errors[] = { ECONNREFUSED, ENETUNREACH, EHOSTUNREACH,
                                  ETIMEDOUT,    EACCES,      EAFNOSUPPORT };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        cr_expect_eq(s5a_rep_errno(s5ad_rep_of_errno(errors[i])), errors[i], "%d", errors[i]);
}

/* A loop that ends when the target has been reached, or not. */
struct lab {
    struct s5ad_loop loop;
    struct s5ad_acl acl;
    struct s5ad_target target;
    bool over;
};

static void on_reached(struct s5ad_target *target)
{
    struct lab *lab = S5AD_OWNER(target, struct lab, target);
    lab->over = true;
    s5ad_loop_stop(&lab->loop);
}

static void reach(struct lab *lab, const char *ip, uint16_t port, bool loopback)
{
    struct s5a_address address;
    *lab = (struct lab){ .acl = { .allow_loopback = loopback } };
    struct s5a_span text = { (const uint8_t *)ip, strlen(ip) };
    cr_assert_eq(s5a_address_parse(&address, text), S5A_OK);
    cr_assert_eq(s5ad_loop_open(&lab->loop), 0);
    s5ad_target_init(&lab->target, &lab->loop, NULL, &lab->acl, NULL, on_reached);
    s5ad_target_open(&lab->target, &address, port, 5000);
    cr_expect_not(lab->over, "called back too early");
    cr_assert_eq(s5ad_loop_run(&lab->loop), 0);
}

static void leave(struct lab *lab)
{
    s5ad_target_close(&lab->target);
    s5ad_loop_close(&lab->loop);
}

static int listen_on(const char *where, uint16_t *port)
{
    struct s5ad_sockaddr at;
    socklen_t size = sizeof at;
    cr_assert(s5ad_sockaddr_parse(&at, where));
    int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(fd, &at.any, s5ad_sockaddr_len(&at)), 0);
    cr_assert_eq(listen(fd, 1), 0);
    cr_assert_eq(getsockname(fd, &at.any, &size), 0);
    *port = s5ad_sockaddr_port(&at);
    return fd;
}

Test(server_target, listener_is_reached)
{
    struct lab lab;
    uint16_t port;
    int listener = listen_on("127.0.0.1:0", &port);
    reach(&lab, "127.0.0.1", port, true);
    cr_expect_eq(lab.target.rep, S5A_REP_SUCCEEDED);
    cr_expect_geq(lab.target.watch.fd, 0);
    cr_expect_eq(s5ad_sockaddr_port(&lab.target.peer), port);
    leave(&lab);
    close(listener);
}

Test(server_target, closed_port_is_refused)
{
    struct lab lab;
    uint16_t port;
    int listener = listen_on("127.0.0.1:0", &port);
    close(listener);
    reach(&lab, "127.0.0.1", port, true);
    cr_expect_eq(lab.target.rep, S5A_REP_CONN_REFUSED);
    cr_expect_lt(lab.target.watch.fd, 0);
    leave(&lab);
}

Test(server_target, address_that_the_list_closes_is_not_connected_to)
{
    struct lab lab;
    uint16_t port;
    int listener = listen_on("127.0.0.1:0", &port);
    reach(&lab, "::ffff:127.0.0.1", port, false);
    cr_expect_eq(lab.target.rep, S5A_REP_NOT_ALLOWED);
    cr_expect_eq(accept(listener, NULL, NULL), -1);
    leave(&lab);
    close(listener);
}

Test(server_target, pauses_before_a_full_backlog_grow)
{
    struct s5ad_target target = { 0 };
    uint64_t last = 0;
    for (int i = 0; i < 10; i++) {
        uint64_t pause = s5ad_target_pause(&target);
        cr_expect(pause > last || pause == 250, "%d ms after %d", (int)pause, (int)last);
        last = pause;
    }
    cr_expect_eq(last, 250);
}
