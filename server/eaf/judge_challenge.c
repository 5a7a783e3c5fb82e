/* Challenges, of users and of strangers. */
#include "server/eaf/judge.h"

/* Costs and salt of a user who is not there follow from the name alone, so that asking twice tells
 * nothing; the costs are those of one of the users. */
static void invent(struct s5a_challenge *out, const struct s5ad_realm *realm, struct s5a_span user)
{
    struct s5a_span secret = s5a_key_span(&realm->keyring.statics[0].secret);
    uint8_t number[S5A_DIGEST_LEN];
    s5a_scram_unknown_salt(out->salt, secret, user);
    s5a_hmac(number, secret, S5A_PARTS(S5A_SPAN("costs"), { out->salt, sizeof out->salt }));
    struct s5a_reader r;
    s5a_reader_init(&r, number, sizeof number);
    const struct s5ad_user *model =
        realm->users ? s5ad_users_any_scram(realm->users, s5a_read_u32(&r)) : NULL;
    out->ops = model ? model->scram.ops : S5AD_SCRAM_OPS;
    out->mem_kib = model ? model->scram.mem_kib : S5AD_SCRAM_MEM_KIB;
}

void s5ad_judge_challenge(struct s5a_challenge *out, const struct s5ad_realm *realm,
                          struct s5a_span name)
{
    const struct s5ad_user *user = realm->users ? s5ad_users_find(realm->users, name) : NULL;
    struct s5a_challenge invented = { .ops = 0 };
    invent(&invented, realm, name);
    *out = user && user->has_scram ? user->scram : invented;
}
