/* After a log-in nothing secret is left in the memory of the process: all that can be written is
 * searched. What is looked for is kept inverted, so that the search does not find itself. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/login_lab.h"

enum { NEEDLES = 8, NEEDLE_LEN = 13, WINDOW = 1 << 16 };
#define SHADOW_MIN (1ul << 30) /* what sanitizers map for themselves */

static struct {
    const char *what;
    uint8_t inverted[NEEDLE_LEN];
} needles[NEEDLES];
static unsigned count;
static uint8_t window[WINDOW];

static void look_for(const char *what, const void *bytes)
{
    needles[count].what = what;
    for (size_t i = 0; i < NEEDLE_LEN; i++)
        needles[count].inverted[i] = (uint8_t) ~((const volatile uint8_t *)bytes)[i];
    count++;
}

static bool is_at(const uint8_t *at, const uint8_t *inverted)
{
    size_t i = 0;
    while (i < NEEDLE_LEN && (at[i] ^ inverted[i]) == 0xff)
        i++;
    return i == NEEDLE_LEN;
}

static unsigned search_window(size_t len)
{
    unsigned found = 0;
    for (unsigned n = 0; n < count; n++)
        for (size_t i = 0; i + NEEDLE_LEN <= len; i++)
            if (is_at(window + i, needles[n].inverted))
                found |= 1u << n;
    return found;
}

static unsigned search(int memory, unsigned long from, unsigned long to)
{
    unsigned found = 0;
    for (unsigned long at = from; at < to; at += WINDOW - NEEDLE_LEN) {
        size_t len = to - at < WINDOW ? to - at : WINDOW;
        bool is_own = at < (unsigned long)window + WINDOW && (unsigned long)window < at + len;
        ssize_t got = is_own ? 0 : pread(memory, window, len, (off_t)at);
        found |= search_window(got > 0 ? (size_t)got : 0);
    }
    return found;
}

/* A bit for each of `needles` that is somewhere. */
static unsigned search_process(void)
{
    char line[512], mode[5];
    unsigned long from, to;
    unsigned found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    cr_assert(maps && memory >= 0);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[0] == 'r' &&
            mode[1] == 'w' && to - from < SHADOW_MIN)
            found |= search(memory, from, to);
    fclose(maps);
    close(memory);
    return found;
}

static void expect_none(void)
{
    unsigned found = search_process();
    for (unsigned n = 0; n < count; n++)
        cr_expect_not(found & (1u << n), "%s is left in memory", needles[n].what);
}

static void expect_all(void)
{
    cr_assert_eq(search_process(), (1u << count) - 1, "the search finds what is there");
}

/* The server's half goes too; what the configuration holds is wiped as when it is freed. */
static void forget(struct login_lab *lab)
{
    s5a_eaf_server_wipe(&lab->server);
    s5a_tol_link_wipe(&lab->link);
    s5a_wipe(&lab->issued, sizeof lab->issued);
    s5a_wipe(&lab->means, sizeof lab->means);
    s5a_wipe(&lab->login, sizeof lab->login);
    s5a_secret_wipe(&lab->proxy.password);
    s5a_session_wipe(&lab->session);
}

Test(login_wiped, after_a_ticket_was_used_and_another_came)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    login_lab_give_ticket(lab);
    randombytes_buf(&lab->resumption, sizeof lab->resumption);
    lab->means.ticket.resumption = lab->resumption;
    lab->issues = SPAN("the next ticket");
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN);
    look_for("CK_2", &lab->session.exchange->client.channel.ck);
    look_for("R of the new ticket", &lab->session.exchange->client.resumption);
    look_for("R of the old ticket", &lab->resumption);
    expect_all();
    s5a_wipe(&lab->resumption, sizeof lab->resumption);
    forget(lab);
    expect_none();
    login_lab_free(lab);
}

Test(login_wiped, after_a_password)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN);
    look_for("password", lab->proxy.password.bytes);
    look_for("CK_2", &lab->session.exchange->client.channel.ck);
    expect_all();
    forget(lab);
    expect_none();
    login_lab_free(lab);
}

Test(login_wiped, after_a_log_in_that_was_left_half_way)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    look_for("ephemeral key", &lab->session.exchange->client.ephemeral);
    look_for("CK_1", &lab->session.exchange->client.channel.ck);
    expect_all();
    forget(lab);
    expect_none();
    login_lab_free(lab);
}

Test(login_wiped, after_a_session_in_records_was_handed_on_and_ended)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    struct s5a_tol_link moved;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    cr_assert_not_null(wire);
    look_for("CK_2", &lab->session.exchange->client.channel.ck);
    look_for("key of what is sent", &wire->link.out.aead);
    look_for("mask of what is sent", &wire->link.out.mask);
    look_for("key of what comes", &wire->link.in.aead);
    expect_all();
    s5a_tol_link_move(&moved, &wire->link);
    s5a_wire_free(wire);
    s5a_tol_link_wipe(&moved);
    forget(lab);
    expect_none();
    login_lab_free(lab);
}

Test(login_wiped, after_a_session_in_records_that_nobody_took)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN);
    look_for("key of what is sent", &lab->session.wire->link.out.aead);
    look_for("key of what comes", &lab->session.wire->link.in.aead);
    expect_all();
    forget(lab);
    expect_none();
    login_lab_free(lab);
}
