/* Queries off a stream, answered. */
#include "shim/names/stub_stream.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "client/session/dial_wait.h"
#include "protocol/buffer.h"
#include "shim/engine/private.h"
#include "shim/names/stub_carry.h"
#include "shim/real.h"
#include "shim/sockets/io_real.h"

enum {
    LENGTH_LEN = 2,
    HEADER_LEN = 12,
    RESPONSE = 0x8000,          /* of the header's flags */
    QUERY_MIN = HEADER_LEN + 5, /* the root's name, type and class */
    SPEECHLESS_MS = 5000,       /* without a first query: programs connect when they have one */
    IDLE_MS = 30000,            /* RFC 7766, section 6.2.3 */
    STALLED_MS = 10000,         /* while the program takes no answers */
    AT_ONCE_CAP = 4096,         /* holds what needs nobody else */
};

struct s5a_stub_stream {
    int fd;
    const struct s5a_names *names;
    struct s5a_named_target server;
    bool has_asked;       /* a query was read */
    bool is_beyond;       /* it is the server's from what is unread on */
    struct s5a_buffer in; /* has come and was not read yet; holds a query of any length */
    pthread_mutex_t lock; /* of the following, and of writing */
    pthread_cond_t changed;
    unsigned awaited; /* answers that others bring */
    bool is_broken;
    uint8_t bytes[LENGTH_LEN + UINT16_MAX];
};

struct s5a_stub_stream *s5a_stub_stream_new(int fd, const struct s5a_names *names,
                                            const struct s5a_named_target *server)
{
    struct s5a_stub_stream *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        return NULL;
    s->fd = fd;
    s5a_private_leave(fd);
    s->names = names;
    s5a_named_copy(&s->server, server);
    s5a_buffer_init(&s->in, s->bytes, sizeof s->bytes);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    return s;
}

void s5a_stub_stream_free(struct s5a_stub_stream *s)
{
    if (s == NULL)
        return;
    s5a_private_close(s->fd);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    (void)munmap(s, sizeof *s);
}

/* ---- answers ---- */

static bool wait_to(int fd, short events, uint32_t ms)
{
    return s5a_dial_wait(s5a_io_real(), fd, events, s5a_now() + ms) > 0;
}

static bool send_all(int fd, struct s5a_span bytes, int flags)
{
    while (bytes.len > 0) {
        ssize_t sent =
            s5a_io_real()->send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
        if (sent > 0)
            bytes = (struct s5a_span){ bytes.at + sent, bytes.len - (size_t)sent };
        else if ((errno != EAGAIN && errno != EINTR) || !wait_to(fd, POLLOUT, STALLED_MS))
            return false;
    }
    return true;
}

/* Who reads the stream finds its end then. */
static void say_locked(struct s5a_stub_stream *s, struct s5a_span answer)
{
    uint8_t length[LENGTH_LEN];
    struct s5a_writer w;
    if (s->is_broken || answer.len == 0 || answer.len > UINT16_MAX)
        return;
    s5a_writer_init(&w, length, sizeof length);
    s5a_write_u16(&w, (uint16_t)answer.len);
    s->is_broken = !send_all(s->fd, (struct s5a_span){ length, sizeof length }, MSG_MORE) ||
                   !send_all(s->fd, answer, 0);
    if (s->is_broken)
        (void)S5A_REAL(shutdown)(s->fd, SHUT_RDWR);
}

static void say(struct s5a_stub_stream *s, struct s5a_span answer)
{
    pthread_mutex_lock(&s->lock);
    say_locked(s, answer);
    pthread_mutex_unlock(&s->lock);
}

static void bring(const void *context, struct s5a_span answer)
{
    struct s5a_stub_stream *s;
    memcpy(&s, context, sizeof s);
    pthread_mutex_lock(&s->lock);
    say_locked(s, answer);
    s->awaited--;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void await(struct s5a_stub_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->awaited++;
    pthread_mutex_unlock(&s->lock);
}

/* Until all answers are there. */
static void settle(struct s5a_stub_stream *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->awaited > 0)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static bool is_awaited(struct s5a_stub_stream *s)
{
    pthread_mutex_lock(&s->lock);
    bool is = s->awaited > 0 && !s->is_broken;
    pthread_mutex_unlock(&s->lock);
    return is;
}

/* ---- queries ---- */

static bool answer_here(struct s5a_stub_stream *s, const struct s5a_stub_query *query)
{
    uint8_t answer[AT_ONCE_CAP];
    size_t len = s5a_stub_answer(s->names, query, answer, sizeof answer);
    say(s, (struct s5a_span){ answer, len });
    return len > 0;
}

static bool answer_later(struct s5a_stub_stream *s, const struct s5a_stub_query *query)
{
    await(s);
    if (s5a_stub_later(s->names, query, bring, &s, sizeof s) != 0)
        s5a_stub_now(s->names, query, bring, &s);
    return true;
}

/* False: the stub reads no more of it. */
static bool answer(struct s5a_stub_stream *s, struct s5a_span bytes)
{
    const struct s5a_stub_query query = { bytes, s->server.target, .is_stream = true };
    enum s5a_stub_way way = s5a_stub_look(s->names, &query);
    s->has_asked = true;
    if (way == S5A_STUB_BEYOND && s5a_stub_leads(s->names->config(), &query.server)) {
        s->is_beyond = true;
        return false;
    }
    bool goes_on = way == S5A_STUB_LATER ? answer_later(s, &query) : answer_here(s, &query);
    s5a_buffer_consume(&s->in, LENGTH_LEN + bytes.len);
    return goes_on;
}

/* ---- reading ---- */

enum part { PART, WHOLE, STRANGE };

/* One question, no answer, and a known kind: as far as the header tells, if it has come. */
static bool may_be_query(struct s5a_reader message)
{
    if (s5a_reader_left(&message) < HEADER_LEN)
        return true;
    (void)s5a_read_u16(&message); /* its number */
    bool is_query = (s5a_read_u16(&message) & RESPONSE) == 0;
    bool is_one = s5a_read_u16(&message) == 1;
    return is_query && is_one && s5a_read_u16(&message) == 0;
}

static enum part look(const struct s5a_stub_stream *s, struct s5a_span *message)
{
    struct s5a_reader r;
    struct s5a_span come = s5a_buffer_peek(&s->in);
    s5a_reader_init(&r, come.at, come.len);
    uint16_t len = s5a_read_u16(&r);
    if (r.bad)
        return PART;
    if (len < QUERY_MIN || !may_be_query(r))
        return STRANGE;
    *message = s5a_read_span(&r, len);
    return r.bad ? PART : WHOLE;
}

/* False: none within the time that it has. */
static bool wait_for_query(struct s5a_stub_stream *s)
{
    while (!wait_to(s->fd, POLLIN, s->has_asked ? IDLE_MS : SPEECHLESS_MS))
        if (!is_awaited(s)) {
            s->is_beyond = !s->has_asked;
            return false;
        }
    return true;
}

static bool read_more(struct s5a_stub_stream *s)
{
    size_t room;
    uint8_t *space = s5a_buffer_space(&s->in, &room);
    if (!wait_for_query(s))
        return false;
    ssize_t got = s5a_io_real()->recv(s->fd, space, room, 0);
    s5a_buffer_commit(&s->in, got > 0 ? (size_t)got : 0);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool step(struct s5a_stub_stream *s)
{
    struct s5a_span message;
    switch (look(s, &message)) {
    case WHOLE:
        return answer(s, message);
    case PART:
        return read_more(s);
    default:
        s->is_beyond = true;
        return false;
    }
}

void s5a_stub_stream_serve(struct s5a_stub_stream *s)
{
    while (step(s))
        continue;
    settle(s);
    if (s->is_beyond && !s->is_broken)
        s5a_stub_carry(s->names->config(), &s->server.target, s->fd, s5a_buffer_peek(&s->in));
}
