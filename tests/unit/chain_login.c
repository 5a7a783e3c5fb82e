/* Chains whose proxies want EAF: what they learn of keys and tickets, and try again for. */
#include "client/session/chain.h"

#include <errno.h>
#include <unistd.h>

#include "client/login/known_servers.h"
#include "tests/unit/config_lab.h"
#include "tests/unit/login_lab.h"

TestSuite(chain_login, .init = lab_make_dir, .fini = lab_remove_dir);

static struct s5a_chain_report report;

/* One connection: the chain at one end, the lab's server at the other. */
static int connect_once(struct login_lab *lab)
{
    int fds[2], result;
    bool ready = false;
    uint8_t bytes[8192];
    static struct s5a_chain chain;
    struct s5a_chain_goal goal = { &s5a_io_libc, lab_dir, &lab->proxy, &lab->target, &report };
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    login_lab_hang_up(lab);
    s5a_chain_begin(&chain, &goal, fds[0], s5a_now() + 60000, false);
    while ((result = s5a_chain_step(&chain, ready)) == -EINPROGRESS) {
        ssize_t got = recv(fds[1], bytes, sizeof bytes, MSG_DONTWAIT);
        login_lab_hear(lab, (struct s5a_span){ bytes, got > 0 ? (size_t)got : 0 });
        if (lab->forges && lab->out_len > 100)
            lab->out[100] ^= 1;
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
        result = connect_once(lab);
    while (++*connections < 20 && result == -EAGAIN);
    return result;
}

Test(chain_login, unknown_key_is_fetched_kept_and_used)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    uint8_t key[32];
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert_eq(connections, 2);
    cr_assert(s5a_known_find(lab_dir, lab->proxy.where, key));
    cr_assert_arr_eq(key, lab->statics.public, 32);
    cr_assert_eq(run(lab, &connections), 0);
    cr_assert_eq(connections, 1);
    login_lab_free(lab);
}

Test(chain_login, secrets_wait_for_the_next_run_unless_configured)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(lab->used, 0);
    cr_assert_not_null(strstr(report.reason, "accepted in this run"), "%s", report.reason);
    lab->login.secrets_to_new = true;
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    login_lab_free(lab);
}

Test(chain_login, changed_key_is_refused_and_the_log_says_how_to_replace_it)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    static const uint8_t other[32] = { 9 };
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    cr_assert_eq(s5a_known_put(lab_dir, lab->proxy.where, other), 0);
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(connections, 1);
    cr_assert_not_null(strstr(report.reason, "delete \"192.0.2.1:1080\" from "), "%s",
                       report.reason);
    cr_assert_not_null(strstr(report.reason, "/known_servers"));
    login_lab_free(lab);
}

Test(chain_login, fetched_key_that_cannot_be_kept_is_not_used)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    lab_write("known_servers", "", 0622);
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(connections, 1);
    cr_assert_not_null(strstr(report.reason, "cannot be kept"), "%s", report.reason);
    cr_assert_eq(lab->used, 0);
    login_lab_free(lab);
}

Test(chain_login, unknown_key_where_it_may_not_be_accepted)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    lab->login.has_server_key = false;
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_not_null(strstr(report.reason, "set server_key"), "%s", report.reason);
    cr_assert_not(lab->begun);
    login_lab_free(lab);
}

/* ---- tickets ---- */

static struct login_lab *token_lab(void)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    lab->issues = SPAN("a ticket");
    return lab;
}

static void trust_ticket(struct login_lab *lab)
{
    lab->knows_ticket = true;
    lab->resumption = lab->issued;
    lab->used = 0;
}

Test(chain_login, tickets_are_kept_used_and_renewed)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    cr_assert_not(report.login.by_ticket);
    trust_ticket(lab);
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert(report.login.by_ticket && !report.login.ticket_refused);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 2);
    trust_ticket(lab);
    cr_assert_eq(run(lab, &connections), 0);
    cr_assert(report.login.by_ticket);
    login_lab_free(lab);
}

Test(chain_login, refused_ticket_is_dropped_and_the_session_goes_on)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    lab->issues.len = 0;
    cr_assert_eq(run(lab, &connections), 0, "%s", report.reason);
    cr_assert_eq(connections, 1);
    cr_assert(report.login.ticket_refused);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 0);
    login_lab_free(lab);
}

Test(chain_login, unverifiable_answer_to_a_ticket_is_tried_once_without)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    trust_ticket(lab);
    lab->forges = true;
    cr_assert_eq(run(lab, &connections), -ECONNABORTED);
    cr_assert_eq(connections, 2);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 0);
    cr_assert_not(report.login.by_ticket, "%s", report.reason);
    login_lab_free(lab);
}

/* As from a server that changes its key and refuses tickets under the newer one. */
Test(chain_login, unverifiable_refusal_of_a_ticket_is_tried_once_without)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    lab->issues.len = 0;
    lab->forges = true;
    cr_assert_eq(connect_once(lab), -EAGAIN, "%s", report.reason);
    cr_assert(report.login.ticket_refused);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 0);
    lab->forges = false;
    cr_assert_eq(connect_once(lab), 0, "%s", report.reason);
    cr_assert_not(report.login.by_ticket);
    login_lab_free(lab);
}

/* Else whoever cuts connections would take tickets away. */
Test(chain_login, ticket_stays_where_the_connection_is_cut)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    trust_ticket(lab);
    lab->resumption.bytes[0] ^= 1;
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 1);
    login_lab_free(lab);
}

Test(chain_login, ticket_stays_where_the_server_is_busy_and_goes_where_it_has_expired)
{
    struct login_lab *lab = token_lab();
    unsigned connections;
    uint64_t end;
    cr_assert_eq(run(lab, &connections), 0);
    trust_ticket(lab);
    lab->rep = S5A_REP_RATE_LIMITED;
    cr_assert_eq(run(lab, &connections), -ETIMEDOUT);
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 1);
    lab->rep = S5A_REP_AUTH_EXPIRED;
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_eq(connections, 2, "once more with the credential");
    cr_assert_eq(s5a_tickets_count(lab_dir, &lab->proxy, &end), 0);
    login_lab_free(lab);
}

Test(chain_login, a_person_is_missed_where_no_ticket_is_there)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    unsigned connections;
    lab->login.asked = S5A_MID_BIT(S5A_MID_TOTP);
    cr_assert_eq(run(lab, &connections), -EACCES);
    cr_assert_not_null(strstr(report.reason, "socks5a-run --login"), "%s", report.reason);
    login_lab_free(lab);
}
