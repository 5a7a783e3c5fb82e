/* An EAF exchange, set up and fed. */
#include "client/login/exchange.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "client/login/derive.h"
#include "client/word.h"
#include "protocol/greeting.h"

enum { PAD = 128, TICKET_LIFETIME_MAX = 48 * 3600, CODE_DIGITS = 6 };

/* ---- setting up ---- */

static struct s5a_eaf_credentials credentials(const struct s5a_exchange *x)
{
    const struct s5a_login *login = x->proxy->login;
    struct s5a_eaf_credentials out = { .methods = x->means.methods };
    if (x->proxy->user != NULL)
        out.user = s5a_word(x->proxy->user);
    if (login == NULL)
        return out;
    out.factors = login->factors;
    out.key = login->has_key ? &login->key : NULL;
    out.token = (struct s5a_span){ login->token, login->token_len };
    return out;
}

/* Bits 0 to 4 are those of the methods, one less than their numbers. */
static uint32_t capabilities(const struct s5a_exchange *x)
{
    uint32_t own = (x->means.methods >> 1) & 0x1f;
    if (x->means.ticket.len > 0)
        own |= S5A_CAPABILITY(S5A_CAP_TOKEN);
    if (s5a_proxy_is_chaining(x->proxy))
        own |= S5A_CAPABILITY(S5A_CAP_CHAINING);
    if (x->means.method == S5A_METHOD_TOL)
        own |= S5A_CAPABILITY(S5A_CAP_TOL);
    if (x->means.method == S5A_METHOD_TOL && !x->proxy->tol.is_plain)
        own |= S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    return own | S5A_CAPABILITY(S5A_CAP_COMMANDS) | S5A_CAPABILITY(S5A_CAP_ADDRESSES) |
           S5A_CAPABILITY(S5A_CAP_DETAILS) | S5A_CAPABILITY(S5A_CAP_UDP_IN_STREAM);
}

/* Of the other side's records the same as of ours. */
static struct s5a_session_params wishes(const struct s5a_exchange *x)
{
    const struct s5a_tol_policy *tol = &x->proxy->tol;
    return (struct s5a_session_params){
        .flags = S5A_SESSION_UDP | S5A_SESSION_BIND | S5A_SESSION_POOL,
        .has_tol = true,
        .sealed = !tol->is_plain,
        .type = tol->shape.type,
        .dummy = (uint16_t)tol->shape.dummy,
    };
}

static void set_up(struct s5a_exchange *x)
{
    const struct s5a_login *login = x->proxy->login;
    const struct s5a_login_script *script = x->means.script;
    x->greeting[0] = S5A_VERSION;
    x->greeting[1] = 1;
    x->greeting[2] = x->means.method;
    x->wishes = script != NULL && script->wishes != NULL ? *script->wishes : wishes(x);
    bool is_wished = script != NULL ? script->wishes != NULL : x->means.method == S5A_METHOD_TOL;
    x->setup = (struct s5a_eaf_client_setup){
        .method = x->means.method,
        .greeting = { x->greeting, sizeof(x->greeting) },
        .server_key = x->means.fetches ? NULL : x->means.server_key,
        .network_key = login != NULL && login->has_network_key ? &login->network_key : NULL,
        .ticket = { x->means.ticket.bytes, x->means.ticket.len },
        .resumption = &x->means.ticket.resumption,
        .capabilities = script != NULL ? script->capabilities : capabilities(x),
        .wishes = is_wished ? &x->wishes : NULL,
        .credentials = credentials(x),
        .limits = { S5A_SCRAM_OPS_DEFAULT_MAX, S5A_SCRAM_MEM_KIB_DEFAULT_MAX },
        .sealed_only = !x->proxy->tol.is_plain,
        .pad = PAD,
    };
}

static bool draw(struct s5a_key *key)
{
    return getrandom(key->bytes, sizeof(key->bytes), 0) == (ssize_t)sizeof(key->bytes);
}

struct s5a_exchange *s5a_exchange_new(const struct s5a_proxy *proxy,
                                      const struct s5a_login_means *means, uint64_t deadline)
{
    struct s5a_key ephemeral;
    if (sodium_init() < 0) /* it picks the fast X25519 and ChaCha20 */
        return NULL;
    struct s5a_exchange *x = mmap(NULL, sizeof(*x), PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (x == MAP_FAILED)
        return NULL;
    (void)madvise(x, sizeof(*x), MADV_DONTDUMP);
    x->proxy = proxy;
    x->deadline = deadline;
    x->means = *means;
    set_up(x);
    bool drawn = means->script != NULL || draw(&ephemeral);
    if (means->script != NULL)
        ephemeral = means->script->ephemeral;
    if (drawn)
        s5a_eaf_client_init(&x->client, &x->setup, &ephemeral);
    else
        s5a_exchange_free(x);
    return drawn ? x : NULL;
}

void s5a_exchange_free(struct s5a_exchange *x)
{
    if (x == NULL)
        return;
    s5a_eaf_client_wipe(&x->client);
    s5a_wipe(&x->means, sizeof(x->means));
    (void)munmap(x, sizeof(*x));
}

/* ---- under way ---- */

enum s5a_status s5a_exchange_begin(struct s5a_exchange *x, struct s5a_writer *w)
{
    if (s5a_eaf_client_start(&x->client, w) == S5A_EAF_FAILED)
        return x->client.status;
    return w->bad ? S5A_TOO_LONG : S5A_OK;
}

static enum s5a_status answer_challenge(struct s5a_exchange *x, struct s5a_writer *w)
{
    struct s5a_key salted;
    enum s5a_status status =
        s5a_derive_salted(&salted, &x->proxy->password, &x->client.challenge, x->deadline);
    if (status == S5A_OK)
        s5a_eaf_client_salted(&x->client, &salted, w);
    s5a_wipe(&salted, sizeof(salted));
    return status;
}

static void send_code(struct s5a_exchange *x, struct s5a_writer *w)
{
    const struct s5a_login *login = x->proxy->login;
    char code[S5A_TOTP_DIGITS_MAX] = "";
    size_t len = login != NULL ? strlen(login->code) : 0;
    if (len > 0) {
        memcpy(code, login->code, len < sizeof(code) ? len : sizeof(code));
    } else if (login != NULL && login->totp_len > 0) {
        struct s5a_totp totp = { .secret = { login->totp, login->totp_len },
                                 .digits = CODE_DIGITS,
                                 .step = S5A_TOTP_STEP };
        s5a_totp_code(code, &totp, s5a_totp_counter(&totp, (uint64_t)time(NULL)));
        len = CODE_DIGITS;
    }
    s5a_eaf_client_code(&x->client, (struct s5a_span){ (const uint8_t *)code, len }, w);
    s5a_wipe(code, sizeof(code));
}

/* What a person would have had to supply is missed once the ticket is refused. */
static enum s5a_status failure(const struct s5a_exchange *x)
{
    bool person = x->client.status == S5A_NO_CREDENTIALS && x->means.methods == 0;
    return person ? S5A_LOGIN_NEEDED : x->client.status;
}

enum s5a_status s5a_exchange_feed(struct s5a_exchange *x, struct s5a_reader *r,
                                  struct s5a_writer *w)
{
    size_t before = s5a_reader_left(r);
    enum s5a_status status = S5A_OK;
    s5a_eaf_client_feed(&x->client, r, w);
    if (x->client.want == S5A_EAF_WANT_SALTED)
        status = answer_challenge(x, w);
    if (x->client.want == S5A_EAF_WANT_CODE && status == S5A_OK)
        send_code(x, w);
    if (x->client.want == S5A_EAF_FAILED)
        return failure(x);
    if (status == S5A_OK && w->bad)
        return S5A_TOO_LONG;
    if (status == S5A_OK && s5a_reader_left(r) == before)
        return S5A_INCOMPLETE;
    return status;
}

size_t s5a_exchange_missing(const struct s5a_exchange *x, struct s5a_span have)
{
    size_t version = x->client.want == S5A_EAF_WANT_VERSION ? 1 : 0;
    size_t need = version + S5A_EAF_MESSAGE_MIN;
    struct s5a_reader r;
    s5a_reader_init(&r, have.at, have.len);
    (void)s5a_read_span(&r, version + 1);
    size_t auth = s5a_read_u16(&r), metadata = s5a_read_u16(&r);
    if (!r.bad)
        need += auth + metadata;
    return need > have.len ? need - have.len : 0;
}

bool s5a_exchange_ticket(const struct s5a_exchange *x, struct s5a_ticket *out)
{
    const struct s5a_session_params *params = &x->client.params;
    uint32_t lifetime = params->ticket_lifetime;
    out->len = 0;
    if (x->client.want != S5A_EAF_ACCEPTED || params->ticket.len == 0 || lifetime == 0 ||
        params->ticket.len > sizeof(out->bytes))
        return false;
    if (lifetime > TICKET_LIFETIME_MAX)
        lifetime = TICKET_LIFETIME_MAX;
    out->expiry = (uint64_t)time(NULL) + lifetime;
    out->used = false;
    out->resumption = x->client.resumption;
    memcpy(out->bytes, params->ticket.at, params->ticket.len);
    out->len = params->ticket.len;
    return true;
}
