/* Composing messages: TLV 80, signature, AUTH, HMAC, in this order (profile, section 2.3). */
#include "protocol/eaf/channel.h"

#include <string.h>

#include "protocol/eaf/seal.h"
#include "protocol/eaf/tlv_types.h"
#include "protocol/secret.h"

enum { PADDING_HEAD_LEN = 3 };

/* A message on its way into the writer. */
struct job {
    const struct s5a_eaf_draft *draft;
    struct s5a_writer *w;
    struct s5a_eaf_keys keys;
    size_t begin; /* length of the writer before */
    struct s5a_span head, auth, metadata;
    uint8_t *head_at, *auth_at;
    struct s5a_auth credential; /* a copy, to be signed */
    uint8_t signature[S5A_ED25519_SIGNATURE_LEN];
};

static size_t written(const struct job *job)
{
    return s5a_writer_len(job->w) - job->begin;
}

/* ---- AUTH: written once for its length, again once it can be signed ---- */

static void write_auth(const struct job *job, struct s5a_writer *w)
{
    if (job->draft->auth)
        s5a_auth_encode(w, &job->credential);
    else if (job->draft->answer)
        s5a_answer_encode(w, job->draft->answer);
}

static struct s5a_factor *signed_factor(struct job *job)
{
    for (size_t i = 0; job->draft->signer && i < job->credential.count; i++)
        if (job->credential.factors[i].mid == S5A_MID_PUBLICKEY)
            return &job->credential.factors[i];
    return NULL;
}

static void place_auth(struct job *job)
{
    if (job->draft->auth)
        job->credential = *job->draft->auth;
    struct s5a_factor *factor = signed_factor(job);
    if (factor) {
        factor->key = s5a_ed25519_public(job->draft->signer);
        factor->signature = (struct s5a_span){ job->signature, sizeof(job->signature) };
    }
    size_t before = s5a_writer_len(job->w);
    job->auth_at = job->w->at;
    write_auth(job, job->w);
    job->auth = (struct s5a_span){ job->auth_at, s5a_writer_len(job->w) - before };
    if (job->auth.len > 0 && s5a_write_reserve(job->w, S5A_AEAD_TAG_LEN))
        job->auth.len += S5A_AEAD_TAG_LEN;
}

static void sign_auth(struct job *job, const struct s5a_digest *t)
{
    struct s5a_auth_context context = { .transcript = *t };
    struct s5a_writer again;
    if (!signed_factor(job))
        return;
    s5a_sha256(&context.metadata, S5A_PARTS(job->metadata));
    s5a_publickey_sign(job->signature, job->draft->signer, &context);
    s5a_writer_init(&again, job->auth_at, job->auth.len);
    write_auth(job, &again);
}

static void seal_auth(struct job *job)
{
    if (job->auth.len > 0)
        s5a_aead_seal(job->auth_at, job->auth.len - S5A_AEAD_TAG_LEN, &job->keys.seal,
                      s5a_nonce_auth, job->head);
}

/* ---- metadata ---- */

static bool has_list(const struct s5a_eaf_draft *draft)
{
    const struct s5a_metadata *m = &draft->metadata;
    return m->has_params || m->has_next || m->user.len > 0 || m->proof.len > 0 || draft->pad > 0;
}

/* Makes the whole message a multiple of `pad`, with what is still to come. */
static void write_padding(const struct job *job)
{
    if (job->draft->pad == 0)
        return;
    size_t total = written(job) + PADDING_HEAD_LEN + S5A_AEAD_TAG_LEN + S5A_EAF_HMAC_LEN;
    size_t len = (job->draft->pad - total % job->draft->pad) % job->draft->pad;
    s5a_write_u8(job->w, S5A_TLV_PADDING);
    s5a_write_u16(job->w, (uint16_t)len);
    uint8_t *zeros = s5a_write_reserve(job->w, len);
    if (zeros)
        memset(zeros, 0, len);
}

static void write_list(const struct job *job)
{
    if (!has_list(job->draft))
        return;
    s5a_write_u8(job->w, S5A_TLV_SEALED);
    size_t value = s5a_write_open16(job->w), before = s5a_writer_len(job->w);
    uint8_t *list = job->w->at;
    s5a_metadata_encode_sealed(job->w, &job->draft->metadata);
    write_padding(job);
    size_t len = s5a_writer_len(job->w) - before;
    if (s5a_write_reserve(job->w, S5A_AEAD_TAG_LEN))
        s5a_aead_seal(list, len, &job->keys.seal, s5a_nonce_list, (struct s5a_span){ NULL, 0 });
    s5a_write_close16(job->w, value);
}

static void place_metadata(struct job *job, unsigned i)
{
    size_t before = s5a_writer_len(job->w);
    const uint8_t *at = job->w->at;
    s5a_metadata_encode_clear(job->w, &job->draft->metadata, i);
    write_list(job);
    job->metadata = (struct s5a_span){ at, s5a_writer_len(job->w) - before };
}

/* ---- the whole ---- */

static void fill_head(struct job *job)
{
    struct s5a_writer head;
    s5a_writer_init(&head, job->head_at, S5A_EAF_HEAD_LEN);
    s5a_write_u8(&head, S5A_EAF_VERSION);
    s5a_write_u16(&head, (uint16_t)job->auth.len);
    s5a_write_u16(&head, (uint16_t)job->metadata.len);
    job->head = (struct s5a_span){ job->head_at, S5A_EAF_HEAD_LEN };
}

/* False where it does not fit. */
static bool write_message(struct job *job, const struct s5a_digest *t, unsigned i)
{
    job->head_at = s5a_write_reserve(job->w, S5A_EAF_HEAD_LEN);
    place_auth(job);
    place_metadata(job, i);
    if (job->w->bad || job->auth.len > S5A_EAF_PART_MAX || job->metadata.len > S5A_EAF_PART_MAX)
        return false;
    fill_head(job);
    sign_auth(job, t);
    seal_auth(job);
    s5a_eaf_hmac_encode(job->w, &job->keys.mac, (struct s5a_span){ job->head_at, written(job) });
    return !job->w->bad;
}

enum s5a_status s5a_eaf_compose(struct s5a_eaf_channel *channel, const struct s5a_eaf_draft *draft,
                                struct s5a_writer *w)
{
    struct job job = { .draft = draft, .w = w, .begin = s5a_writer_len(w) };
    uint8_t i = (uint8_t)(channel->count + 1), *at = w->at;
    s5a_eaf_message_keys(&job.keys, &channel->ck, i, &channel->t);
    bool good = i <= S5A_EAF_MESSAGES_MAX && write_message(&job, &channel->t, i);
    if (good) {
        s5a_eaf_transcript_add(&channel->t, (struct s5a_span){ at, written(&job) });
        channel->count = i;
    } else {
        s5a_wipe(at, written(&job));
        w->bad = true;
    }
    s5a_wipe(&job, sizeof(job));
    return good ? S5A_OK : S5A_TOO_LONG;
}
