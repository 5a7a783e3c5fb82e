/* Both directions of one connection at once. */
#include "tests/soak/pump.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

enum {
    PIECE_MAX = 65536,
    PATIENCE_MS = 60000,
    STALL_MAX_MS = 150,
    STALL_IN = 300,
    LONG_MS = 2500,
    LONG_IN = 40
};

uint64_t soak_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t soak_below(uint64_t *state, uint64_t n)
{
    return soak_random(state) % n;
}

static uint8_t byte_at(uint64_t seed, uint64_t place)
{
    uint64_t state = seed + (place >> 3);
    return (uint8_t)(soak_random(&state) >> ((place & 7) * 8));
}

static void fill(uint8_t *bytes, size_t len, uint64_t seed, uint64_t place)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = byte_at(seed, place + i);
}

static bool is_right(const uint8_t *bytes, size_t len, uint64_t seed, uint64_t place)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != byte_at(seed, place + i))
            return false;
    return true;
}

const char *soak_end_text(enum soak_end end)
{
    static const char *const texts[] = { "ended", "stopped", "reset", "wrong byte", "stuck" };
    return texts[end];
}

void soak_reset_at_close(int fd)
{
    const struct linger now = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* Small pieces are as likely as large ones. */
static size_t draw_piece(struct soak_pump *p, uint64_t left)
{
    uint64_t most = UINT64_C(1) << soak_below(&p->random, 17);
    uint64_t piece = 1 + soak_below(&p->random, most);
    if (piece > left)
        piece = left;
    return piece > PIECE_MAX ? PIECE_MAX : (size_t)piece;
}

static void may_stall(struct soak_pump *p)
{
    if (soak_below(&p->random, STALL_IN) != 0)
        return;
    bool is_long = soak_below(&p->random, LONG_IN) == 0; /* all buffers on the way are full */
    long ms = is_long ? LONG_MS : 1 + (long)soak_below(&p->random, STALL_MAX_MS);
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* False where the connection was cut. */
static bool send_some(struct soak_pump *p)
{
    uint8_t bytes[PIECE_MAX];
    size_t len = draw_piece(p, p->to_send - p->sent);
    fill(bytes, len, p->seed_out, p->sent);
    ssize_t sent = send(p->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        p->sent += (uint64_t)sent;
    return sent > 0 || errno == EAGAIN || errno == EINTR;
}

static bool receive_some(struct soak_pump *p, enum soak_end *end)
{
    uint8_t bytes[PIECE_MAX];
    ssize_t got = recv(p->fd, bytes, draw_piece(p, PIECE_MAX), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    *end = got < 0 ? SOAK_CUT : SOAK_ENDED;
    if (got <= 0)
        return false;
    *end = SOAK_WRONG;
    bool right = is_right(bytes, (size_t)got, p->seed_in, p->received);
    p->received += (uint64_t)got;
    return right;
}

/* What is left once the other side has ended. */
static enum soak_end send_the_rest(struct soak_pump *p)
{
    struct pollfd writable = { .fd = p->fd, .events = POLLOUT };
    while (p->sent < p->to_send) {
        if (p->sent >= p->stop)
            return SOAK_STOPPED;
        if (poll(&writable, 1, PATIENCE_MS) == 0)
            return SOAK_STUCK;
        if (!send_some(p))
            return SOAK_CUT;
    }
    if (!p->is_shut && shutdown(p->fd, SHUT_WR) < 0)
        return SOAK_CUT;
    p->is_shut = true;
    return SOAK_ENDED;
}

enum soak_end soak_pump(struct soak_pump *p)
{
    enum soak_end end = SOAK_CUT;
    for (;;) {
        if (p->sent >= p->stop || p->received >= p->stop)
            return SOAK_STOPPED;
        bool sends = p->sent < p->to_send;
        if (!sends && !p->is_shut) {
            if (shutdown(p->fd, SHUT_WR) < 0)
                return SOAK_CUT;
            p->is_shut = true;
        }
        struct pollfd one = { .fd = p->fd, .events = (short)(POLLIN | (sends ? POLLOUT : 0)) };
        if (poll(&one, 1, PATIENCE_MS) == 0)
            return SOAK_STUCK;
        may_stall(p);
        if ((one.revents & POLLOUT) != 0 && sends && !send_some(p))
            return SOAK_CUT;
        if ((one.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive_some(p, &end))
            return end == SOAK_ENDED ? send_the_rest(p) : end;
    }
}
