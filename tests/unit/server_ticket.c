/* Tickets: sealing, and log-ins by them through the server's real handshake. */
#include "server/eaf/ticket.h"

#include <stdio.h>

#include "tests/unit/server_visit.h"

enum { PUBLICKEY = S5A_MID_BIT(S5A_MID_PUBLICKEY), USERS_CAP = 512 };

static struct s5ad_ticket_keys keys_of(uint8_t first, size_t count)
{
    struct s5ad_ticket_keys keys = { .count = count };
    for (size_t i = 0; i < count; i++)
        memset(&keys.keys[i], (int)(first + i), sizeof keys.keys[i]);
    return keys;
}

static struct s5ad_ticket some_ticket(void)
{
    struct s5ad_ticket ticket = { .first = 10, .expires = 100, .methods = 2, .name_len = 5 };
    memcpy(ticket.name, "alice", 5);
    ticket.resumption.bytes[0] = 7;
    return ticket;
}

Test(server_ticket, opens_under_every_key_and_seals_under_the_newest)
{
    struct s5ad_ticket_keys old = keys_of(1, 1), both = keys_of(0, 2), other = keys_of(9, 1);
    struct s5ad_ticket ticket = some_ticket(), opened;
    uint8_t sealed[S5AD_TICKET_CAP];
    struct s5a_span s = { sealed, s5ad_ticket_seal(sealed, &ticket, &old) };
    cr_expect_eq(s5ad_ticket_open(&opened, s, &both, 99), S5A_TICKET_TAKEN);
    cr_expect_arr_eq(&opened, &ticket, sizeof ticket);
    cr_expect_eq(s5ad_ticket_open(&opened, s, &both, 100), S5A_TICKET_EXPIRED);
    cr_expect_eq(s5ad_ticket_open(&opened, s, &other, 99), S5A_TICKET_UNKNOWN);
    cr_expect_eq(opened.name_len, 0);
    s.len = s5ad_ticket_seal(sealed, &ticket, &both);
    cr_expect_eq(s5ad_ticket_open(&opened, s, &old, 99), S5A_TICKET_UNKNOWN);
}

Test(server_ticket, every_byte_and_length_counts)
{
    struct s5ad_ticket_keys keys = keys_of(1, 1);
    struct s5ad_ticket ticket = some_ticket(), opened;
    uint8_t sealed[S5AD_TICKET_CAP];
    size_t len = s5ad_ticket_seal(sealed, &ticket, &keys);
    for (size_t i = 0; i < len; i++) {
        sealed[i] ^= 1;
        cr_expect_eq(s5ad_ticket_open(&opened, (struct s5a_span){ sealed, len }, &keys, 1),
                     S5A_TICKET_UNKNOWN, "byte %zu", i);
        sealed[i] ^= 1;
        cr_expect_eq(s5ad_ticket_open(&opened, (struct s5a_span){ sealed, i }, &keys, 1),
                     S5A_TICKET_UNKNOWN, "length %zu", i);
    }
}

Test(server_ticket, longest_name_fits_and_length_says_little)
{
    struct s5ad_ticket_keys keys = keys_of(1, 1);
    struct s5ad_ticket ticket = some_ticket(), opened;
    uint8_t sealed[S5AD_TICKET_CAP];
    size_t five = s5ad_ticket_seal(sealed, &ticket, &keys);
    ticket.name_len = 9;
    cr_expect_eq(s5ad_ticket_seal(sealed, &ticket, &keys), five);
    ticket.name_len = 255;
    struct s5a_span s = { sealed, s5ad_ticket_seal(sealed, &ticket, &keys) };
    cr_expect_leq(s.len, S5A_TICKET_MAX);
    cr_expect_eq(s5ad_ticket_open(&opened, s, &keys, 1), S5A_TICKET_TAKEN);
}

/* ---- log-ins ---- */

static void users_text(char out[static USERS_CAP], const char *more)
{
    char key[128];
    visit_key_line(key, sizeof key, 1);
    snprintf(out, USERS_CAP, "[user alice]\n%s\n%s\n", key, more);
}

/* What a client keeps. */
struct kept {
    uint8_t bytes[S5A_TICKET_MAX];
    struct s5a_span ticket;
    struct s5a_key resumption;
    uint32_t lifetime;
};

static void keep(struct kept *kept, const struct visit *v)
{
    const struct s5a_session_params *params = &v->client.params;
    cr_assert_gt(params->ticket.len, 0);
    memcpy(kept->bytes, params->ticket.at, params->ticket.len);
    kept->ticket = (struct s5a_span){ kept->bytes, params->ticket.len };
    kept->resumption = v->client.resumption;
    kept->lifetime = params->ticket_lifetime;
}

static struct visit_server *log_in(struct kept *kept, const char *more)
{
    char users[USERS_CAP];
    users_text(users, more);
    struct visit_server *server = visit_server_new(users);
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_assert_eq(visit_request(v), S5AD_WANT_COMMAND);
    keep(kept, v);
    visit_free(v);
    return server;
}

/* By the ticket; the key stands behind it. */
static struct visit *come_again(struct visit_server *server, const struct kept *kept)
{
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    v->setup.ticket = kept->ticket;
    v->setup.resumption = &kept->resumption;
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED, "%d", v->client.want);
    cr_expect_eq(visit_request(v), S5AD_WANT_COMMAND);
    return v;
}

static bool is_taken(struct visit_server *server, const struct kept *kept)
{
    struct visit *v = come_again(server, kept);
    bool taken = !v->client.ticket_refused;
    visit_free(v);
    return taken;
}

Test(server_ticket, lets_in_and_is_replaced)
{
    struct kept kept, next;
    struct visit_server *server = log_in(&kept, "");
    cr_expect_eq(kept.lifetime, S5AD_TICKET_LIFETIME);
    visit_clock += 3600;
    struct visit *v = come_again(server, &kept);
    cr_expect_not(v->client.ticket_refused);
    cr_expect_arr_eq(v->hs.user, "alice", 5);
    keep(&next, v);
    cr_expect_eq(next.lifetime, S5AD_TICKET_LIFETIME - 3600, "from the first log-in on");
    visit_free(v);
    cr_expect(is_taken(server, &next));
    visit_server_free(server);
}

Test(server_ticket, ends_in_time)
{
    struct kept kept;
    struct visit_server *server = log_in(&kept, "");
    visit_clock += S5AD_TICKET_LIFETIME - 1;
    cr_expect(is_taken(server, &kept));
    visit_clock += 1;
    cr_expect_not(is_taken(server, &kept));
    visit_server_free(server);
}

Test(server_ticket, does_not_outlive_the_user)
{
    struct kept kept;
    visit_clock = 1893456000 - 100; /* 2030-01-01 */
    struct visit_server *server = log_in(&kept, "expires = 2030-01-01");
    cr_expect_eq(kept.lifetime, 100);
    visit_server_free(server);
}

Test(server_ticket, ends_with_any_change_of_the_user)
{
    static const char *const changes[] = { "token = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                                           "require = any", "expires = 2029-01-01" };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char users[USERS_CAP];
        struct kept kept;
        visit_clock = VISIT_BEGIN;
        struct visit_server *server = log_in(&kept, "");
        users_text(users, "# a comment is no change");
        visit_server_users(server, users);
        cr_expect(is_taken(server, &kept));
        users_text(users, changes[i]);
        visit_server_users(server, users);
        cr_expect_not(is_taken(server, &kept), "%s", changes[i]);
        visit_server_free(server);
    }
}

Test(server_ticket, of_a_disabled_user_is_not_taken)
{
    char users[USERS_CAP];
    struct kept kept;
    struct visit_server *server = log_in(&kept, "");
    users_text(users, "disabled = yes");
    visit_server_users(server, users);
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    v->setup.ticket = kept.ticket;
    v->setup.resumption = &kept.resumption;
    cr_expect_eq(visit_run(v), S5A_EAF_REFUSED);
    cr_expect(v->client.ticket_refused);
    visit_free(v);
    visit_server_free(server);
}

Test(server_ticket, of_another_server_is_not_taken)
{
    struct kept kept;
    struct visit_server *server = log_in(&kept, "");
    memset(&server->realm.keyring.tickets.keys[0], 9, 32);
    cr_expect_not(is_taken(server, &kept));
    visit_server_free(server);
}

Test(server_ticket, is_worth_nothing_without_its_secret)
{
    struct kept kept;
    struct visit_server *server = log_in(&kept, "");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    kept.resumption.bytes[0] ^= 1;
    v->setup.ticket = kept.ticket;
    v->setup.resumption = &kept.resumption;
    visit_run(v);
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    cr_expect_eq(v->seen_len, 3, "selection and version");
    visit_free(v);
    visit_server_free(server);
}

Test(server_ticket, none_where_they_are_switched_off)
{
    struct kept kept;
    struct visit_server *server = log_in(&kept, "");
    server->realm.ticket_lifetime = 0;
    struct visit *v = come_again(server, &kept);
    cr_expect(v->client.ticket_refused);
    cr_expect_eq(v->client.params.ticket.len, 0);
    visit_free(v);
    visit_server_free(server);
}
