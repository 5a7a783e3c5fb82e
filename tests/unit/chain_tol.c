/* Chains whose last proxy has the session in records. */
#include "client/session/chain.h"

#include <errno.h>
#include <unistd.h>

#include "client/login/known_servers.h"
#include "client/login/tickets.h"
#include "tests/unit/config_lab.h"
#include "tests/unit/login_lab.h"

TestSuite(chain_tol, .init = lab_make_dir, .fini = lab_remove_dir);

static struct s5a_chain_report report;
static struct s5a_chain chain;

static const struct s5a_ask *asks; /* NULL: the target */

static int connect_once(struct login_lab *lab, const struct s5a_proxy *proxy)
{
    int fds[2], result;
    bool ready = false;
    uint8_t bytes[8192];
    struct s5a_chain_goal goal = { &s5a_io_libc, lab_dir, proxy, &lab->target, &report, asks };
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    login_lab_hang_up(lab);
    s5a_chain_begin(&chain, &goal, fds[0], s5a_now() + 60000, false);
    while ((result = s5a_chain_step(&chain, ready)) == -EINPROGRESS) {
        ssize_t got = recv(fds[1], bytes, sizeof bytes, MSG_DONTWAIT);
        login_lab_hear(lab, (struct s5a_span){ bytes, got > 0 ? (size_t)got : 0 });
        (void)!send(fds[1], lab->out, lab->out_len, MSG_NOSIGNAL);
        if (lab->server.ask >= S5A_EAF_ASK_REFUSED)
            shutdown(fds[1], SHUT_WR);
        lab->out_len = 0;
        ready = true;
    }
    close(fds[0]);
    close(fds[1]);
    return result;
}

static int run(struct login_lab *lab, unsigned *connections)
{
    int result;
    report = (struct s5a_chain_report){ .rep = -1 };
    *connections = 0;
    do
        result = connect_once(lab, &lab->proxy);
    while (++*connections < 20 && result == -EAGAIN);
    return result;
}

static void expect_wire(void)
{
    struct s5a_wire *wire = s5a_chain_take_wire(&chain);
    cr_assert_not_null(wire);
    cr_assert(wire->link.in_switched && wire->link.out_switched);
    cr_assert_null(s5a_chain_take_wire(&chain), "once");
    s5a_wire_free(wire);
}

Test(chain_tol, hands_on_what_the_stream_needs)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    unsigned connections;
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert_eq(connections, 1);
    cr_assert_eq(report.method, S5A_METHOD_TOL);
    cr_assert(report.login.tol.is_agreed && report.login.tol.is_sealed);
    expect_wire();
    login_lab_free(lab);
}

Test(chain_tol, key_is_fetched_kept_and_used)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    unsigned connections;
    uint8_t key[32];
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert_eq(connections, 2);
    cr_assert(s5a_known_find(lab_dir, lab->proxy.where, key));
    expect_wire();
    login_lab_free(lab);
}

Test(chain_tol, ticket_is_kept_and_shown_the_next_time)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    unsigned connections;
    uint64_t end;
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    lab->issues = SPAN("a ticket");
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    expect_wire();
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 1);
    lab->knows_ticket = true;
    lab->resumption = lab->issued;
    lab->issues = (struct s5a_span){ NULL, 0 };
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert(report.login.by_ticket && !report.login.ticket_refused);
    expect_wire();
    login_lab_free(lab);
}

Test(chain_tol, proxy_that_grants_less_is_left_and_the_reason_is_told)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    unsigned connections;
    lab->setup.capabilities &= ~S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(connections, 1, "nothing weaker is tried");
    cr_assert_str_eq(report.reason, "log-in: the proxy grants less of TOL than is required");
    cr_assert_eq(lab->requests, 0);
    cr_assert_null(s5a_chain_take_wire(&chain));
    login_lab_free(lab);
}

Test(chain_tol, proxy_without_the_method_is_told_from_a_wrong_key)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    unsigned connections;
    lab->selects = S5A_METHOD_REJECTED;
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(connections, 1, "nothing weaker is tried");
    cr_assert_not_null(strstr(report.reason, "set tol = off"), "%s", report.reason);
    login_lab_free(lab);
}

Test(chain_tol, datagrams_beside_the_session_are_refused_and_the_reason_is_told)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    struct s5a_ask ask = s5a_ask_nothing();
    unsigned connections;
    ask.request.command = S5A_CMD_UDP_ASSOCIATE;
    ask.request.address = s5a_address_ipv4((const uint8_t[4]){ 0 });
    asks = &ask;
    cr_assert_eq(run(lab, &connections), -EOPNOTSUPP);
    cr_assert_not_null(strstr(report.reason, "beside the records"), "%s", report.reason);
    cr_assert_eq(lab->requests, 0);
    login_lab_free(lab);
}
