/* DNS_RESOLVE (profile, section 5): names to addresses and back, a reply for each answer. */
#include "server/opening_steps.h"

#include <arpa/nameser.h>
#include <string.h>

#include "server/server.h"

enum { NAME_REPLY_LEN = 7 }; /* without the name */

/* ---- answers ---- */

static void done(struct s5ad_opening *opening, uint8_t rep, const char *why)
{
    s5ad_timer_clear(&opening->server->loop.timers, &opening->resolve.timer);
    opening->resolve.lookup = NULL;
    if (rep != S5A_REP_SUCCEEDED)
        s5ad_opening_refuse(opening, rep, why);
    s5ad_opening_proceed(opening);
}

/* The port of each says how many are still to come. */
static void tell_addresses(struct s5ad_opening *opening, const struct s5ad_found *found)
{
    struct s5a_reply replies[S5AD_FOUND_MAX] = { 0 };
    for (unsigned i = 0; i < found->count; i++) {
        replies[i].address = s5ad_sockaddr_address(&found->at[i]);
        replies[i].port = (uint16_t)(found->count - 1 - i);
    }
    if (found->count > 0)
        s5ad_opening_replies(opening, replies, found->count);
}

/* What the look-up failed with: that there is no such thing, or that nobody knows. */
static uint8_t rep_of(const struct s5ad_found *found)
{
    return found->rep == S5A_REP_SUCCEEDED || found->rep == S5A_REP_HOST_UNREACHABLE
               ? found->rep
               : S5A_REP_TEMPORARY;
}

/* Addresses that the client may not reach would show it what is inside. */
static void on_addresses(void *owner, const struct s5ad_found *found)
{
    struct s5ad_opening *opening = owner;
    opening->target.found = *found;
    const char *why = s5ad_opening_sift(opening);
    if (why) {
        done(opening, S5A_REP_NOT_ALLOWED, why);
        return;
    }
    tell_addresses(opening, &opening->target.found);
    done(opening, rep_of(found), found->why);
}

/* All names, or as many as one answer has room for. */
static void tell_names(struct s5ad_opening *opening, const struct s5ad_found *found)
{
    struct s5a_reply replies[S5AD_FOUND_MAX] = { 0 };
    const char *name = found->names;
    size_t room = S5AD_HANDSHAKE_REPLIES_MAX;
    unsigned count = 0;
    for (; count < found->count && room >= NAME_REPLY_LEN + strlen(name); count++) {
        struct s5a_span text = { (const uint8_t *)name, strlen(name) };
        replies[count].address = (struct s5a_address){ .type = S5A_ATYP_NAME, .text = text };
        room -= NAME_REPLY_LEN + text.len;
        name += text.len + 1;
    }
    for (unsigned i = 0; i < count; i++)
        replies[i].port = (uint16_t)(count - 1 - i);
    s5ad_opening_replies(opening, replies, count);
}

static void on_names(void *owner, const struct s5ad_found *found)
{
    struct s5ad_opening *opening = owner;
    if (found->rep == S5A_REP_SUCCEEDED)
        tell_names(opening, found);
    done(opening, rep_of(found), found->why);
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_opening *opening = S5AD_OWNER(timer, struct s5ad_opening, resolve.timer);
    s5ad_lookup_cancel(opening->resolve.lookup);
    done(opening, S5A_REP_TEMPORARY, "name look-up timed out");
}

/* ---- questions ---- */

bool s5ad_opening_begin_look_up(struct s5ad_opening *opening, struct s5ad_lookup *lookup)
{
    if (!lookup)
        return s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, "too many look-ups");
    opening->resolve.lookup = lookup;
    opening->target_asked = true;
    s5ad_loop_after(&opening->server->loop, &opening->resolve.timer,
                    opening->server->settings->connect_ms);
    return false;
}

/* A literal is its own answer, in its own family. */
static bool answer_literal(struct s5ad_opening *opening, const struct s5a_address *literal,
                           int family)
{
    struct s5ad_sockaddr at = s5ad_sockaddr_of(literal, 0);
    if (family != AF_UNSPEC && family != at.any.sa_family)
        return s5ad_opening_refuse(opening, S5A_REP_HOST_UNREACHABLE, "literal of another family");
    s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, literal, 0, NULL);
    return true;
}

static bool ask_addresses(struct s5ad_opening *opening, struct s5a_address name, int family)
{
    struct s5ad_question question = { name.text, 0, family, false };
    s5a_address_resolve_literal(&name);
    if (name.type != S5A_ATYP_NAME)
        return answer_literal(opening, &name, family);
    return s5ad_opening_begin_look_up(
        opening, s5ad_names_find(opening->server->names, &question, on_addresses, opening));
}

static bool ask_name(struct s5ad_opening *opening, const struct s5a_address *address)
{
    struct s5ad_sockaddr of = s5ad_sockaddr_of(address, 0);
    const char *why = s5ad_opening_objection(opening, &of);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, why);
    return s5ad_opening_begin_look_up(
        opening, s5ad_names_reverse(opening->server->names, &of, on_names, opening));
}

bool s5ad_opening_start_resolve(struct s5ad_opening *opening)
{
    const struct s5a_address *address = &opening->hs.request.address;
    uint16_t type = opening->hs.request.port;
    bool reverse = address->type != S5A_ATYP_NAME;
    if (reverse && (type == 0 || type == ns_t_ptr))
        return ask_name(opening, address);
    if (!reverse && (type == 0 || type == ns_t_a || type == ns_t_aaaa))
        return ask_addresses(opening, *address,
                             type == ns_t_a      ? AF_INET
                             : type == ns_t_aaaa ? AF_INET6
                                                 : AF_UNSPEC);
    return s5ad_opening_refuse(opening, S5A_REP_CMD_UNSUPPORTED,
                               "record type that is not looked up");
}

void s5ad_opening_init_resolve(struct s5ad_opening *opening)
{
    opening->resolve.timer.fire = on_time;
}

void s5ad_opening_stop_resolve(struct s5ad_opening *opening)
{
    s5ad_timer_clear(&opening->server->loop.timers, &opening->resolve.timer);
    s5ad_lookup_cancel(opening->resolve.lookup);
    opening->resolve.lookup = NULL;
}
