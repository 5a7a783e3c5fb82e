/* Logging in once for all processes. */
#include "client/check/login.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/check/prompt.h"
#include "client/login/known_servers.h"
#include "client/login/tickets.h"
#include "client/word.h"
#include "protocol/crypto/keytext.h"
#include "protocol/crypto/totp.h"

static bool fail(const char *what)
{
    fprintf(stderr, "socks5a-check: %s\n", what);
    return false;
}

/* ---- what a person supplies ---- */

static bool ask_password(struct s5a_proxy *proxy)
{
    char answer[S5A_SECRET_MAX + 1], question[128];
    snprintf(question, sizeof question, "Password of %s at %s: ", proxy->user, proxy->name);
    bool given = s5a_prompt(question, true, answer, sizeof answer) &&
                 s5a_secret_set(&proxy->password, s5a_word(answer));
    s5a_wipe(answer, sizeof answer);
    return given || fail("no password was given at a terminal");
}

static bool is_code(const char *text)
{
    size_t len = strlen(text);
    return len >= S5A_TOTP_DIGITS_MIN && strspn(text, "0123456789") == len;
}

static bool ask_code(struct s5a_proxy *proxy)
{
    char question[128];
    snprintf(question, sizeof question, "One-time code of %s at %s: ", proxy->user, proxy->name);
    bool given = s5a_prompt(question, true, proxy->login->code, sizeof proxy->login->code) &&
                 is_code(proxy->login->code);
    return given || fail("no code of 6 to 8 digits was given at a terminal");
}

/* The code last: it is not good for long. */
static bool ask_person(struct s5a_proxy *proxy)
{
    unsigned asked = proxy->login->asked;
    if ((asked & S5A_MID_BIT(S5A_MID_RESPONSE)) && !ask_password(proxy))
        return false;
    return !(asked & S5A_MID_BIT(S5A_MID_TOTP)) || ask_code(proxy);
}

/* ---- the server's key ---- */

static bool confirm_key(const struct s5a_check *check, const uint8_t key[S5A_KEY_LEN])
{
    char fingerprint[S5A_KEYTEXT_FINGERPRINT_CAP], question[256], answer[8];
    s5a_keytext_fingerprint(fingerprint, key);
    snprintf(question, sizeof question,
             "The key of %s (%s) is not known. Its fingerprint is\n%s\nAccept it (yes/no)? ",
             check->proxy->name, check->proxy->where, fingerprint);
    if (!s5a_prompt(question, false, answer, sizeof answer) || strcmp(answer, "yes") != 0)
        return fail("the key was not accepted");
    if (check->config->state_dir == NULL ||
        s5a_known_put(check->config->state_dir, check->proxy->where, key) != 0)
        return fail("the key cannot be kept in the state directory");
    return true;
}

/* Fetches an unknown key and asks about it. */
static bool settle_key(const struct s5a_check *check, struct s5a_proxy *proxy)
{
    uint8_t key[S5A_KEY_LEN];
    struct s5a_config blank = *check->config;
    struct s5a_check fetch = *check;
    struct s5a_login *login = proxy->login;
    if (login->has_server_key || login->known != S5A_KNOWN_ASK ||
        s5a_known_find(check->config->state_dir, proxy->where, key))
        return true;
    blank.state_dir = NULL; /* nothing is kept before it was accepted */
    fetch.config = &blank;
    fetch.proxy = proxy;
    login->known = S5A_KNOWN_ACCEPT;
    struct s5a_probe probe = s5a_probe_run(&fetch, S5A_PIPELINE_OFF, blank.connect_timeout);
    if (!probe.report.login.is_fetched)
        return fail(probe.report.reason);
    login->secrets_to_new = true; /* a person has looked at it */
    return confirm_key(check, probe.report.login.server_key);
}

/* ---- */

static void say_time(uint64_t at)
{
    char text[64];
    time_t seconds = (time_t)at;
    struct tm parts;
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &parts));
    printf("%s\n", text);
}

static bool say_tickets(const struct s5a_check *check)
{
    uint64_t end;
    unsigned count = s5a_tickets_count(check->config->state_dir, check->proxy, &end);
    if (count == 0)
        return false;
    printf("%s: logged in, %u ticket%s, until ", check->proxy->name, count, count == 1 ? "" : "s");
    say_time(end);
    return true;
}

static bool log_in_as(const struct s5a_check *check, struct s5a_proxy *proxy)
{
    struct s5a_check own = *check;
    own.proxy = proxy;
    own.without_ticket = true;
    if (!settle_key(check, proxy) || !ask_person(proxy))
        return false;
    struct s5a_probe probe = s5a_probe_run(&own, S5A_PIPELINE_OFF, check->config->connect_timeout);
    if (probe.report.proxy != proxy || probe.report.login.rep != 0)
        return fail(probe.report.reason);
    if (say_tickets(check))
        return true;
    if (!s5a_login_uses_tickets(proxy))
        return printf("%s: the log-in works, and needs no ticket\n", proxy->name) > 0;
    return fail("the log-in was accepted, but no ticket could be had or kept");
}

bool s5a_log_in(const struct s5a_check *check)
{
    struct s5a_proxy proxy = *check->proxy; /* borrows all but the secrets */
    if (s5a_proxy_eaf_method(check->proxy) < 0)
        return fail("this proxy is not configured for EAF: method = eaf or chain");
    proxy.login = proxy.login != NULL ? s5a_login_copy(proxy.login) : s5a_login_new();
    bool worked = proxy.login != NULL ? log_in_as(check, &proxy) : fail("out of memory");
    s5a_login_free(proxy.login);
    s5a_secret_wipe(&proxy.password);
    return worked;
}

bool s5a_log_out(const struct s5a_check *check)
{
    uint64_t end;
    s5a_tickets_drop(check->config->state_dir, check->proxy, (struct s5a_span){ NULL, 0 });
    if (s5a_tickets_count(check->config->state_dir, check->proxy, &end) > 0)
        return fail("the tickets cannot be removed from the state directory");
    return printf("%s: logged out\n", check->proxy->name) > 0;
}

bool s5a_log_in_status(const struct s5a_check *check)
{
    if (say_tickets(check))
        return true;
    bool needed = s5a_proxy_eaf_method(check->proxy) >= 0 && s5a_login_methods(check->proxy) == 0;
    printf("%s: no ticket%s\n", check->proxy->name,
           needed ? ", log in with socks5a-run --login" : ", and none is needed");
    return !needed;
}
