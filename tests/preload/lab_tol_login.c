/* The log-in of a client that speaks method 81: anonymous, answered at once. */
#include "tests/preload/lab_tol_login.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "protocol/crypto/keytext.h"
#include "protocol/crypto/x25519.h"
#include "protocol/eaf/server.h"
#include "tests/preload/lab_tol.h"

enum { TOL = 0x81 };

static struct s5a_eaf_static key = { .secret = { "the laboratory's key, 32 bytes.." } };

static void derive_public(void)
{
    s5a_x25519_public(key.public, &key.secret);
}

static const struct s5a_eaf_static *static_key(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, derive_public);
    return &key;
}

const char *lab_tol_server_key(void)
{
    static char text[S5A_KEYTEXT_BASE64_CAP];
    s5a_base64_format(text, static_key()->public);
    return text;
}

/* ---- records ---------------------------------------------------------------------------------- */

bool lab_tol_next(struct lab_tol_end *end, struct s5a_tol_record *record, const char **why)
{
    *why = NULL;
    for (;;) {
        enum s5a_tol_result result = S5A_TOL_MORE;
        if (end->to > end->from)
            result =
                s5a_tol_link_open(&end->link, end->bytes + end->from, end->to - end->from, record);
        if (result == S5A_TOL_BAD)
            *why = "a record that is not one";
        if (result == S5A_TOL_WHOLE)
            end->from += record->len;
        if (result != S5A_TOL_MORE)
            return result == S5A_TOL_WHOLE;
        memmove(end->bytes, end->bytes + end->from, end->to - end->from);
        end->to -= end->from;
        end->from = 0;
        ssize_t len = recv(end->fd, end->bytes + end->to, sizeof end->bytes - end->to, 0);
        if (len <= 0)
            return false;
        end->to += (size_t)len;
    }
}

static bool send_all(int fd, const uint8_t *bytes, size_t len)
{
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool lab_tol_send(struct lab_tol_end *end, const void *bytes, size_t len)
{
    uint8_t out[4 * S5A_TOL_RECORD_MAX];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    s5a_tol_link_encode(&end->link, &w, (struct s5a_span){ bytes, len });
    return !w.bad && send_all(end->fd, out, s5a_writer_len(&w));
}

/* ---- EAF -------------------------------------------------------------------------------------- */

static bool take_greeting(struct lab_tol_end *end, uint8_t greeting[static 257], size_t *len)
{
    if (recv(end->fd, greeting, 2, MSG_WAITALL) != 2 ||
        recv(end->fd, greeting + 2, greeting[1], MSG_WAITALL) != greeting[1])
        return false;
    *len = 2u + greeting[1];
    if (memchr(greeting + 2, TOL, greeting[1]) != NULL)
        return send_all(end->fd, (const uint8_t[]){ 5, TOL }, 2);
    send_all(end->fd, (const uint8_t[]){ 5, 0xff }, 2);
    return false;
}

static void accept_login(struct lab_tol_end *end, struct s5a_eaf_server *x, struct s5a_writer *w)
{
    struct s5a_eaf_grant grant = { .has_params = true };
    grant.params.has_tol = true;
    grant.params.type = S5A_TOL_PADDING;
    if (x->login.auth.count == 0)
        s5a_eaf_server_choose(x, 0, w);
    else if (s5a_eaf_server_accept(x, &grant, w) == S5A_EAF_ASK_CONFIRM)
        s5a_tol_link_agree(&end->link, &x->channel.ck, &x->channel.t, true);
}

/* Of one record's payload; false where it does not go on. */
static bool feed(struct lab_tol_end *end, struct s5a_eaf_server *x, struct s5a_span payload)
{
    uint8_t out[2 * S5A_TOL_PAYLOAD_MAX];
    struct s5a_reader r;
    struct s5a_writer w;
    s5a_reader_init(&r, payload.at, payload.len);
    s5a_writer_init(&w, out, sizeof out);
    if (s5a_eaf_server_feed(x, &r, &w) == S5A_EAF_ASK_LOGIN)
        accept_login(end, x, &w);
    bool sent = s5a_writer_len(&w) == 0 || lab_tol_send(end, out, s5a_writer_len(&w));
    return sent && x->ask < S5A_EAF_ASK_REFUSED;
}

static bool exchange(struct lab_tol_end *end, struct s5a_eaf_server *x, const char **why)
{
    struct s5a_tol_record record;
    while (x->ask != S5A_EAF_ASK_DONE) {
        if (!lab_tol_next(end, &record, why))
            return false;
        if (!feed(end, x, (struct s5a_span){ record.payload, record.payload_len })) {
            *why = x->ask < S5A_EAF_ASK_REFUSED ? NULL : x->why ? x->why : "a log-in that is wrong";
            return false;
        }
        if (x->ask == S5A_EAF_ASK_CONFIRM)
            s5a_tol_link_switch_out(&end->link);
    }
    s5a_tol_link_switch_in(&end->link);
    return true;
}

bool lab_tol_login(struct lab_tol_end *end, const char **why)
{
    uint8_t greeting[257];
    size_t len;
    struct s5a_key ephemeral, seed;
    struct s5a_eaf_server_setup setup = {
        .method = TOL,
        .statics = { static_key() },
        .capabilities = S5A_CAPABILITY_FEATURES,
        .pad = 128,
    };
    struct s5a_tol_shape padding;
    *why = NULL;
    if (!take_greeting(end, greeting, &len))
        return false;
    randombytes_buf(&ephemeral, sizeof ephemeral);
    randombytes_buf(&seed, sizeof seed);
    s5a_tol_shape_default(&padding, S5A_TOL_PADDING);
    struct s5a_span hello = { greeting, len };
    s5a_tol_link_init(&end->link, S5A_TOL_SERVER, NULL, hello, &seed, &padding);
    struct s5a_eaf_server *x = malloc(sizeof *x);
    if (x == NULL)
        return false;
    s5a_eaf_server_init(x, &setup, hello, &ephemeral);
    bool done = exchange(end, x, why);
    s5a_eaf_server_wipe(x);
    free(x);
    return done;
}
