/* Between the records of a client and the script: a stream pair, and a thread for each direction. */
#include "tests/preload/lab_tol.h"

#include <pthread.h>
#include <sodium.h>

#include "tests/preload/lab_tol_login.h"

enum { TAMPERED = 2 }; /* number of the piece: the reply and the first answer come before it */

struct bridge {
    struct lab_tol_end wire;
    int plain;
    int tampering; /* enum lab_tampering, or -1 */
    bool is_reset; /* the script has ended by a reset */
};

static _Atomic int faults;

int lab_tol_faults(void)
{
    return faults;
}

static void note(const char *why)
{
    if (why == NULL)
        return;
    faults++;
    fprintf(stderr, "# the client sent %s\n", why);
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* A connection that is cut ends for the script as one that is closed. */
static void *unseal(void *context)
{
    struct bridge *b = context;
    struct s5a_tol_record record;
    const char *why;
    while (lab_tol_next(&b->wire, &record, &why)) {
        if (record.is_end)
            break;
        if (!write_all(b->plain, record.payload, record.payload_len))
            break;
    }
    note(why);
    shutdown(b->plain, SHUT_WR);
    return NULL;
}

static void end_wire(struct bridge *b)
{
    const struct linger now = { 1, 0 };
    uint8_t end[S5A_TOL_RECORD_MAX];
    struct s5a_writer w;
    if (b->is_reset) {
        setsockopt(b->wire.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        return;
    }
    s5a_writer_init(&w, end, sizeof end);
    s5a_tol_link_end(&b->wire.link, &w);
    (void)write_all(b->wire.fd, end, s5a_writer_len(&w));
    shutdown(b->wire.fd, SHUT_WR);
}

/* Changes the record, of `len` bytes, that the writer has at its beginning; what is to be sent. */
static struct s5a_span tampered(struct bridge *b, uint8_t *out, size_t len, struct s5a_writer *w)
{
    struct s5a_tol_link *link = &b->wire.link;
    switch (b->tampering) {
    case LAB_CUT_INSIDE:
        return (struct s5a_span){ out, len / 2 };
    case LAB_FORGED:
        out[len - 1] ^= 1;
        break;
    case LAB_REPEATED:
        s5a_write_bytes(w, out, len);
        break;
    case LAB_DROPPED:
        s5a_tol_link_encode(link, w, S5A_SPAN("again"));
        return (struct s5a_span){ out + len, s5a_writer_len(w) - len };
    case LAB_BEHIND_END:
        s5a_tol_link_end(link, w);
        s5a_write_u8(w, 0);
        break;
    default:
        break;
    }
    return (struct s5a_span){ out, s5a_writer_len(w) };
}

/* In one record without dummies, so that it is clear what is lost. Nothing follows. */
static void send_tampered(struct bridge *b, const uint8_t *bytes, size_t len)
{
    uint8_t out[2 * S5A_TOL_RECORD_MAX];
    struct s5a_writer w;
    b->wire.link.shape.type = S5A_TOL_BARE;
    s5a_writer_init(&w, out, sizeof out);
    s5a_tol_link_encode(&b->wire.link, &w, (struct s5a_span){ bytes, len });
    struct s5a_span sent = tampered(b, out, s5a_writer_len(&w), &w);
    (void)write_all(b->wire.fd, sent.at, sent.len);
    shutdown(b->wire.fd, SHUT_WR);
}

static void *seal(void *context)
{
    struct bridge *b = context;
    uint8_t bytes[S5A_TOL_PAYLOAD_MAX];
    ssize_t len;
    for (int number = 0; (len = recv(b->plain, bytes, sizeof bytes, 0)) > 0; number++) {
        if (number == TAMPERED && b->tampering >= 0) {
            send_tampered(b, bytes, (size_t)len);
            return NULL;
        }
        if (!lab_tol_send(&b->wire, bytes, (size_t)len))
            break;
    }
    shutdown(b->plain, SHUT_RD); /* the script may be in a write */
    end_wire(b);
    return NULL;
}

/* The script's end of the pair is `c->fd` while it talks. A reset ends the reading of the wire, where
 * the client would otherwise be waited for. */
static void talk_over(struct bridge *b, struct lab_connection *c, int script)
{
    pthread_t in, out;
    if (pthread_create(&in, NULL, unseal, b) != 0 || pthread_create(&out, NULL, seal, b) != 0)
        abort();
    c->fd = script;
    c->is_logged_in = true;
    lab_proxy_talk(c);
    b->is_reset = c->place == AT_RESETTING;
    close(script);
    pthread_join(out, NULL);
    if (b->is_reset)
        shutdown(b->wire.fd, SHUT_RD);
    pthread_join(in, NULL);
    c->fd = b->wire.fd;
}

void lab_tol_talk(struct lab_connection *c)
{
    int pair[2];
    const char *why;
    struct bridge *b = calloc(1, sizeof *b);
    if (b == NULL || sodium_init() < 0)
        abort();
    b->wire.fd = c->fd;
    b->tampering = c->proxy == LAB_TAMPERED ? c->arg : -1;
    if (!lab_tol_login(&b->wire, &why)) {
        note(why);
    } else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
        b->plain = pair[0];
        talk_over(b, c, pair[1]);
        close(pair[0]);
    }
    s5a_tol_link_wipe(&b->wire.link);
    free(b);
}
