/* The handshake's requests and their replies (profile, sections 5, 7 and 8). */
#include "server/handshake_steps.h"

#include <string.h>

#include "protocol/url.h"

/* ---- replies ---- */

bool s5ad_handshake_may(const struct s5ad_handshake *hs, enum s5a_capability capability)
{
    return hs->exchange && hs->exchange->capabilities & S5A_CAPABILITY(capability);
}

static uint16_t code_of(uint8_t rep)
{
    switch (rep) {
    case S5A_REP_RATE_LIMITED:
        return S5A_CODE_PER_TIME;
    case S5A_REP_PROTOCOL_VIOLATION:
        return S5A_CODE_MALFORMED;
    case S5A_REP_TEMPORARY:
        return S5A_CODE_RETRY_AFTER;
    case S5A_REP_EXHAUSTED:
        return S5A_CODE_AT_ONCE;
    default:
        return S5A_CODE_POLICY;
    }
}

static void send_replies(struct s5ad_handshake *hs, const struct s5a_reply *replies, size_t count)
{
    struct s5a_reply_rules rules = { hs->request.command, hs->exchange != NULL };
    uint8_t storage[S5AD_HANDSHAKE_REPLIES_MAX];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof storage);
    for (size_t i = 0; i < count; i++)
        s5a_reply_encode(&w, rules, &replies[i]);
    s5ad_handshake_send(hs, &w);
}

static void send_refusal(struct s5ad_handshake *hs, uint8_t rep, const char *why)
{
    static const uint8_t zeros[4];
    struct s5a_reply reply = { .rep = rep, .address = s5a_address_ipv4(zeros) };
    reply.detailed = rep >= S5A_REP_AUTH_EXPIRED && why && s5ad_handshake_may(hs, S5A_CAP_DETAILS);
    if (reply.detailed) {
        reply.code = code_of(rep);
        reply.message = (struct s5a_span){ (const uint8_t *)why, strlen(why) };
    }
    send_replies(hs, &reply, 1);
}

static uint8_t known_rep(const struct s5ad_handshake *hs, uint8_t rep)
{
    return rep >= S5A_REP_AUTH_EXPIRED && !hs->exchange ? S5A_REP_FAILURE : rep;
}

/* What cannot be a request leaves nothing to go on with: its end is unknown. */
static void refuse_for_good(struct s5ad_handshake *hs, uint8_t rep, const char *why)
{
    hs->rep = known_rep(hs, rep);
    send_refusal(hs, hs->rep, why);
    s5ad_handshake_end(hs, S5AD_STEP_REFUSED, why);
}

static bool keeps_session(uint8_t command)
{
    return command >= S5A_CMD_KEEP_ALIVE && command <= S5A_CMD_POOL_NEW;
}

static enum s5ad_step step_after(uint8_t command, uint8_t rep)
{
    if (keeps_session(command))
        return S5AD_STEP_REQUEST;
    if (rep != S5A_REP_SUCCEEDED)
        return S5AD_STEP_REFUSED;
    bool is_udp = command == S5A_CMD_UDP_ASSOCIATE || command == S5A_CMD_UDP_ASSOCIATE_EXT;
    return is_udp ? S5AD_STEP_ASSOCIATION : S5AD_STEP_RELAY;
}

static void answered(struct s5ad_handshake *hs, uint8_t rep, const char *why)
{
    hs->rep = rep;
    hs->why = why;
    hs->served++;
    s5ad_handshake_enter(hs, step_after(hs->request.command, rep));
}

void s5ad_handshake_reply(struct s5ad_handshake *hs, uint8_t rep, const struct s5a_address *bound,
                          uint16_t port, const char *why)
{
    if (hs->step != S5AD_STEP_COMMAND)
        return;
    if (rep == S5A_REP_SUCCEEDED) {
        s5ad_handshake_tell(hs, bound, port);
    } else {
        rep = known_rep(hs, rep);
        send_refusal(hs, rep, why);
    }
    answered(hs, rep, why);
}

void s5ad_handshake_replies(struct s5ad_handshake *hs, const struct s5a_reply *replies,
                            size_t count)
{
    if (hs->step != S5AD_STEP_COMMAND)
        return;
    send_replies(hs, replies, count);
    answered(hs, S5A_REP_SUCCEEDED, NULL);
}

void s5ad_handshake_tell(struct s5ad_handshake *hs, const struct s5a_address *bound, uint16_t port)
{
    struct s5a_reply reply = { .address = *bound, .port = port, .options = hs->request.options };
    if (hs->step == S5AD_STEP_COMMAND)
        send_replies(hs, &reply, 1);
}

/* ---- requests ---- */

/* Of a URL only the authority counts: it becomes an ordinary target. */
static void open_url(struct s5a_request *request)
{
    struct s5a_url url;
    if (request->address.type != S5A_ATYP_URL ||
        s5a_url_parse(&url, request->address.text) != S5A_OK)
        return; /* the latter cannot be: it was decoded */
    request->address = url.host;
    if (request->port == 0)
        request->port = url.port;
}

/* The codec's views end with the bytes consumed, so a name is kept apart. */
static void keep_address(struct s5ad_handshake *hs)
{
    struct s5a_span *text = &hs->request.address.text;
    open_url(&hs->request);
    if (text->len == 0 || text->len > sizeof hs->name)
        return;
    memcpy(hs->name, text->at, text->len);
    text->at = hs->name;
}

static struct s5a_request_rules rules_of(const struct s5ad_handshake *hs)
{
    return (struct s5a_request_rules){ s5ad_handshake_may(hs, S5A_CAP_COMMANDS),
                                       s5ad_handshake_may(hs, S5A_CAP_ADDRESSES) };
}

static enum s5a_status on_incomplete(struct s5ad_handshake *hs)
{
    if (s5a_buffer_peek(&hs->in).len < hs->in.cap)
        return S5A_INCOMPLETE;
    refuse_for_good(hs, S5A_REP_EXHAUSTED, "request too long");
    return S5A_OK;
}

enum s5a_status s5ad_handshake_on_request(struct s5ad_handshake *hs, struct s5a_reader *r)
{
    hs->held = s5a_reader_left(r) > 0 && s5ad_handshake_room(hs) < S5AD_HANDSHAKE_REPLIES_MAX;
    if (hs->held)
        return S5A_INCOMPLETE;
    enum s5a_status status = s5a_request_decode(r, rules_of(hs), &hs->request);
    switch (status) {
    case S5A_INCOMPLETE:
        return on_incomplete(hs);
    case S5A_OK:
        keep_address(hs);
        s5ad_handshake_enter(hs, S5AD_STEP_COMMAND);
        return status;
    case S5A_UNSUPPORTED_COMMAND:
        refuse_for_good(hs, S5A_REP_CMD_UNSUPPORTED, "unknown command");
        return status;
    case S5A_UNSUPPORTED_ADDRESS:
        refuse_for_good(hs, S5A_REP_ADDR_UNSUPPORTED, "unknown address type");
        return status;
    default:
        refuse_for_good(hs, S5A_REP_PROTOCOL_VIOLATION, "malformed request");
        return status;
    }
}
