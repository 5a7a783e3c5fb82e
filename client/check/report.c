/* The report, a line for each thing that was found. */
#include "client/check/report.h"

#include <stdio.h>
#include <string.h>

#include "protocol/crypto/keytext.h"
#include "protocol/eaf/capabilities.h"
#include "protocol/greeting.h"

static void say_chain(const struct s5a_proxy *proxy)
{
    if (proxy->via) {
        say_chain(proxy->via);
        printf(" > ");
    }
    printf("%s (%s)", proxy->name, proxy->where);
}

void s5a_report_begin(const struct s5a_check *check)
{
    const char *source = check->config->source;
    printf("configuration: %s\n", source ? source : "no file");
    printf("proxy:         ");
    say_chain(check->proxy);
    putchar('\n');
    fflush(stdout);
}

static const char *method_text(int method)
{
    switch (method) {
    case S5A_METHOD_NONE:
        return "00, no authentication";
    case S5A_METHOD_PASSWORD:
        return "02, user name and password";
    case S5A_METHOD_EAF:
        return "80, EAF";
    case S5A_METHOD_TOL:
        return "81, EAF in records";
    case S5A_METHOD_AMC:
        return "82, EAF in several steps";
    default:
        return "ff, none of those on offer";
    }
}

static void say_target(const struct s5a_check *check)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&check->target.address, text, sizeof text);
    printf(check->target.address.type == S5A_ATYP_IPV6 ? "[%s]:%u" : "%s:%u", text,
           check->target.port);
}

/* What the proxy said with a REP, which stands behind it in the reason of a failure; or nothing. */
static const char *details(const struct s5a_chain_report *report, int rep)
{
    char mark[16];
    snprintf(mark, sizeof mark, "(REP %02x): ", (unsigned)rep);
    const char *at = strstr(report->reason, mark);
    return at != NULL ? at + strlen("(REP xx)") : "";
}

static void say_request(const struct s5a_check *check, const struct s5a_chain_report *report)
{
    printf("request:       ");
    say_target(check);
    printf(": REP %02x, %s%s\n", (unsigned)report->rep, s5a_rep_text((uint8_t)report->rep),
           details(report, report->rep));
}

static void say_key(const char *what, const uint8_t key[static S5A_KEY_LEN])
{
    char fingerprint[S5A_KEYTEXT_FINGERPRINT_CAP];
    s5a_keytext_fingerprint(fingerprint, key);
    printf("%s%s\n", what, fingerprint);
}

static void say_principal(const struct s5a_proxy *proxy)
{
    if (proxy->login != NULL && proxy->login->has_key)
        say_key("client key:    ", s5a_ed25519_public(&proxy->login->key).at);
    if (proxy->user != NULL)
        printf("user:          %s\n", proxy->user);
}

static void say_capabilities(uint32_t both)
{
    static const struct {
        enum s5a_capability bit;
        const char *name;
    } names[] = {
        { S5A_CAP_CHAINING, "chaining" },          { S5A_CAP_TOL, "TOL" },
        { S5A_CAP_COMMANDS, "extended commands" }, { S5A_CAP_ADDRESSES, "extended addresses" },
        { S5A_CAP_DETAILS, "error details" },      { S5A_CAP_SEALED_TOL, "sealed TOL" },
        { S5A_CAP_UDP_IN_STREAM, "UDP in stream" }
    };
    const char *before = "capabilities:  ";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(both & S5A_CAPABILITY(names[i].bit)))
            continue;
        printf("%s%s", before, names[i].name);
        before = ", ";
    }
    puts(before[0] == ',' ? "" : "capabilities:  none");
}

static void say_direction(const char *who, uint8_t type, uint32_t dummies)
{
    printf("; %s %s", who, s5a_tol_type_words[type]);
    if (dummies > 0)
        printf(", dummies each %u ms when idle", dummies);
}

/* The proxy is asked, and does not say what it will do. */
static void say_tol(const char *what, const struct s5a_tol_terms *tol)
{
    printf("%s%s", what, tol->is_sealed ? "sealed" : "PLAIN: not confidential");
    say_direction("we send", tol->sends, tol->dummies);
    say_direction("the proxy is asked for", tol->asks, tol->dummies_asked);
    putchar('\n');
}

/* A log-in by EAF. The round trips are those of TCP, of the log-in and of the request. */
static void say_login(const struct s5a_check *check, const struct s5a_login_result *login)
{
    if (login->messages < 2)
        return;
    say_key("server key:    ", login->server_key);
    say_principal(check->proxy);
    if (login->rep < 0)
        return;
    if (login->rep == S5A_REP_SUCCEEDED)
        printf("log-in:        accepted%s\n",
               login->by_ticket && !login->ticket_refused ? ", by ticket" : "");
    else
        printf("log-in:        REFUSED: REP %02x, %s\n", (unsigned)login->rep,
               s5a_rep_text((uint8_t)login->rep));
    say_capabilities(login->capabilities);
    if (login->tol.is_agreed)
        say_tol("records:       ", &login->tol);
    if (login->lifetime > 0)
        printf("lifetime:      %u s\n", login->lifetime);
    printf("round trips:   %d\n", 2 + login->messages / 2);
}

/* What was agreed on with the proxies before the last. */
static void say_passed(const struct s5a_passed *hop)
{
    printf("by way of:     %s: %s\n", hop->proxy->name, method_text(hop->method));
    if (hop->login.messages >= 2)
        say_key("  server key:  ", hop->login.server_key);
    if (hop->login.tol.is_agreed)
        say_tol("  records:     ", &hop->login.tol);
}

/* What the last proxy itself has said. */
static void say_answers(const struct s5a_check *check, const struct s5a_probe *probe)
{
    const struct s5a_chain_report *report = &probe->report;
    if (report->method >= 0)
        printf("method:        %s\n", method_text(report->method));
    if (report->method == S5A_METHOD_PASSWORD && report->rep >= 0)
        printf("log-in:        accepted\n");
    if (s5a_proxy_eaf_method(check->proxy) >= 0)
        say_login(check, &report->login);
    if (probe->round_trip_ms > 0)
        printf("round trip:    %.2f ms\n", probe->round_trip_ms);
    if (report->rep >= 0)
        say_request(check, report);
}

void s5a_report_probe(const struct s5a_check *check, const struct s5a_probe *probe)
{
    if (probe->connect_ms > 0 && (probe->error == 0 || probe->answer_ms > 0))
        printf("connected:     in %.2f ms\n", probe->connect_ms);
    for (unsigned i = 0; i < probe->passed_count; i++)
        say_passed(&probe->passed[i]);
    if (probe->report.proxy == check->proxy)
        say_answers(check, probe);
    fflush(stdout);
}

void s5a_report_early_bytes(const char *phrase)
{
    printf("early bytes:   %s\n", phrase);
}

static bool is_good(const struct s5a_check *check, const struct s5a_probe *probe)
{
    return probe->error == 0 || (!check->given && s5a_probe_is_answered(check, probe));
}

bool s5a_report_result(const struct s5a_check *check, const struct s5a_probe *probe)
{
    bool works = is_good(check, probe);
    if (works)
        printf("result:        the proxy works\n");
    else
        printf("result:        FAILS at %s: %s (%s)\n", probe->report.proxy->name,
               probe->report.reason, strerrorname_np(probe->error));
    return works;
}
