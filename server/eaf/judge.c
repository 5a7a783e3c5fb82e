/* Judging credentials: each by itself, then together. */
#include "server/eaf/judge.h"

#include <string.h>

#include "protocol/crypto/totp.h"
#include "protocol/rep.h"
#include "protocol/secret.h"

enum { TOTP_DIGITS = 6, TOTP_WINDOW = 1 };

/* What one credential turned out to be. */
struct finding {
    struct s5ad_user *user; /* NULL: unknown */
    bool right;
    uint64_t expires; /* of a key or token; 0: never */
    uint64_t counter; /* of a code */
    const char *why;
};

struct context {
    const struct s5ad_realm *realm;
    const struct s5a_eaf_server *x;
    uint64_t now;
    uint8_t *proof;
};

static struct s5ad_user *find_user(const struct context *c, struct s5a_span name)
{
    return c->realm->users ? s5ad_users_find(c->realm->users, name) : NULL;
}

static struct s5ad_user *find_shown(const struct context *c, uint8_t mid, const uint8_t *bytes,
                                    uint64_t *expires)
{
    *expires = 0;
    return c->realm->users ? s5ad_users_find_shown(c->realm->users, mid, bytes, expires) : NULL;
}

/* ---- one method each: the same work, whether or not there is such a user ---- */

static struct finding find_publickey(const struct context *c, const struct s5a_factor *factor)
{
    struct finding f = { .why = "wrong signature" };
    f.user = find_shown(c, S5A_MID_PUBLICKEY, factor->key.at, &f.expires);
    f.right = s5a_publickey_verify(factor, &c->x->login.context) && f.user;
    if (!f.user)
        f.why = "unknown public key";
    return f;
}

static struct finding find_response(const struct context *c, const struct s5a_factor *factor)
{
    static const struct s5a_scram_verifier nobody;
    struct finding f = { .user = find_user(c, c->x->login.asked), .why = "wrong password" };
    bool has = f.user && f.user->has_scram;
    f.right = s5a_scram_verify(c->proof, has ? &f.user->verifier : &nobody, c->x->challenge.nonce,
                               &c->x->login.context.transcript, factor->response) &&
              has;
    if (!has)
        f.why = f.user ? "user without a password" : "unknown user";
    return f;
}

static struct finding find_totp(const struct context *c, const struct s5a_factor *factor)
{
    static const uint8_t nothing[S5AD_TOTP_MIN];
    struct finding f = { .user = find_user(c, factor->user), .why = "wrong code" };
    bool has = f.user && f.user->totp_len > 0;
    struct s5a_totp totp = { { nothing, sizeof nothing }, TOTP_DIGITS, S5A_TOTP_STEP, 0 };
    if (has)
        totp.secret = (struct s5a_span){ f.user->totp, f.user->totp_len };
    f.right = s5a_totp_verify(&totp, factor->code, c->now, TOTP_WINDOW, has ? f.user->totp_last : 0,
                              &f.counter) &&
              has;
    if (!has)
        f.why = f.user ? "user without a code" : "unknown user";
    return f;
}

static struct finding find_token(const struct context *c, const struct s5a_factor *factor)
{
    struct finding f = { .why = "unknown token" };
    struct s5a_digest digest;
    s5a_sha256(&digest, S5A_PARTS(factor->token));
    f.user = find_shown(c, S5A_MID_TOKEN, digest.bytes, &f.expires);
    f.right = f.user != NULL;
    return f;
}

static struct finding (*const methods[])(const struct context *, const struct s5a_factor *) = {
    [S5A_MID_PUBLICKEY] = find_publickey,
    [S5A_MID_RESPONSE] = find_response,
    [S5A_MID_TOTP] = find_totp,
    [S5A_MID_TOKEN] = find_token,
};

/* ---- all of a message ---- */

static void set(struct s5ad_judgement *out, uint8_t rep, enum s5a_code code, const char *why)
{
    out->rep = rep;
    out->code = (uint16_t)code;
    out->why = why;
}

static const char *name_objection(const struct s5ad_progress *progress,
                                  const struct s5ad_user *user, struct s5a_span narrowed)
{
    struct s5a_span name = s5ad_users_name(user);
    struct s5a_span before = { progress->name, progress->name_len };
    if (before.len > 0 && !s5a_span_equal(name, before))
        return "credential of another principal than before";
    if (before.len > 0 && !s5a_equal_ct(&user->digest, &progress->entry, sizeof user->digest))
        return "user changed during the log-in";
    return narrowed.len > 0 && !s5a_span_equal(name, narrowed) ? "user name of another principal"
                                                               : NULL;
}

/* Why the credentials are wrong; NULL where all are right and one user's, who is not disabled. */
static const char *find_wrong(const struct finding *found, size_t count,
                              const struct s5ad_progress *progress, struct s5a_span narrowed)
{
    for (size_t i = 0; i < count; i++)
        if (!found[i].right)
            return found[i].why;
    for (size_t i = 1; i < count; i++)
        if (found[i].user != found[0].user)
            return "credentials of two principals";
    const char *why = name_objection(progress, found[0].user, narrowed);
    return why ? why : found[0].user->disabled ? "user is disabled" : NULL;
}

static const char *find_expired(const struct finding *found, size_t count, uint64_t now)
{
    for (size_t i = 0; i < count; i++)
        if (s5ad_user_is_over(found[i].expires, now))
            return "key or token has expired";
    return s5ad_user_is_over(found[0].user->expires, now) ? "user has expired" : NULL;
}

static void shorten(uint64_t *until, uint64_t expires)
{
    if (expires != 0 && (*until == 0 || expires < *until))
        *until = expires;
}

static void note(struct s5ad_progress *progress, const struct s5a_auth *auth,
                 const struct finding *found)
{
    struct s5a_span name = s5ad_users_name(found[0].user);
    memcpy(progress->name, name.at, name.len);
    progress->name_len = (uint8_t)name.len;
    progress->entry = found[0].user->digest;
    progress->passed.combined = progress->passed.combined || auth->count > 1;
    shorten(&progress->until, found[0].user->expires);
    for (size_t i = 0; i < auth->count; i++) {
        s5ad_passed_add(&progress->passed, auth->factors[i].mid);
        shorten(&progress->until, found[i].expires);
        if (auth->factors[i].mid == S5A_MID_TOTP)
            found[i].user->totp_last = found[i].counter;
    }
}

static void apply_policy(struct s5ad_judgement *out, const struct s5ad_progress *progress,
                         const struct s5ad_user *user, const struct s5a_eaf_server *x)
{
    enum s5ad_policy_verdict verdict =
        s5ad_policy_check(&user->policy, &progress->passed, &out->next);
    if (verdict == S5AD_POLICY_NEVER)
        set(out, S5A_REP_CLIENT_CONFIG, S5A_CODE_METHOD, "method does not count for this user");
    else if (verdict == S5AD_POLICY_MORE && !s5a_eaf_server_may_chain(x))
        set(out, S5A_REP_CLIENT_CONFIG, S5A_CODE_METHOD, "more credentials needed");
}

static void judge_factors(struct s5ad_judgement *out, struct s5ad_progress *progress,
                          const struct context *c)
{
    const struct s5a_auth *auth = &c->x->login.auth;
    struct finding found[S5A_FACTORS_MAX];
    memset(found, 0, sizeof found);
    for (size_t i = 0; i < auth->count; i++)
        found[i] = methods[auth->factors[i].mid](c, &auth->factors[i]);
    const char *why = find_wrong(found, auth->count, progress, c->x->login.user);
    if (why) {
        set(out, S5A_REP_PERMISSION_DENIED, 0, why);
        return;
    }
    why = find_expired(found, auth->count, c->now);
    if (why) {
        set(out, S5A_REP_AUTH_EXPIRED, 0, why);
        return;
    }
    note(progress, auth, found);
    apply_policy(out, progress, found[0].user, c->x);
}

/* The ticket itself was judged before its message could be read. */
static void judge_resumed(struct s5ad_judgement *out, const struct s5ad_progress *progress,
                          struct s5a_span narrowed)
{
    struct s5a_span name = { progress->name, progress->name_len };
    if (narrowed.len > 0 && !s5a_span_equal(name, narrowed))
        set(out, S5A_REP_PERMISSION_DENIED, 0, "user name of another principal");
}

static void judge_credentials(struct s5ad_judgement *out, struct s5ad_progress *progress,
                              const struct context *c)
{
    const struct s5a_eaf_server *x = c->x;
    if (x->login.has_ticket) {
        judge_resumed(out, progress, x->login.user);
        return;
    }
    if (x->login.auth.mid != S5A_MID_ANONYMOUS) {
        judge_factors(out, progress, c);
        out->has_proof =
            out->rep == S5A_REP_SUCCEEDED && s5a_auth_find(&x->login.auth, S5A_MID_RESPONSE);
    } else if (!c->realm->anonymous) {
        set(out, S5A_REP_CLIENT_CONFIG, S5A_CODE_METHOD, "no log-in without credentials");
    }
}

/* Told to those alone who may log in. */
static void judge_tol(struct s5ad_judgement *out, const struct s5ad_progress *progress,
                      const struct context *c)
{
    struct s5a_span name = { progress->name, progress->name_len };
    const struct s5ad_user *user = find_user(c, name);
    const struct s5a_eaf_server *x = c->x;
    const char *why = s5ad_tol_objection(&c->realm->tol.least, x->setup->method, x->capabilities);
    if (!why && user)
        why = s5ad_tol_objection(&user->tol, x->setup->method, x->capabilities);
    if (why)
        set(out, S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY, why);
}

void s5ad_judge(struct s5ad_judgement *out, struct s5ad_progress *progress,
                const struct s5ad_realm *realm, const struct s5a_eaf_server *x, uint64_t now)
{
    struct context c = { realm, x, now, out->proof };
    *out = (struct s5ad_judgement){ .rep = S5A_REP_SUCCEEDED };
    judge_credentials(out, progress, &c);
    if (out->rep == S5A_REP_SUCCEEDED && out->next == 0)
        judge_tol(out, progress, &c);
}
