/* Reading so that one byte stays. */
#include "shim/engine/tail.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "shim/real.h"
#include "shim/result.h"

/* The bytes of `places`, up to `most`; the number of places that hold them. `to` has one place more,
 * in front, for the byte that was read before. */
static int choose(struct iovec *to, const struct iovec *places, int count, size_t most)
{
    int used = 0;
    for (; used < count && most > 0; used++) {
        to[used] = places[used];
        if (to[used].iov_len > most)
            to[used].iov_len = most;
        most -= to[used].iov_len;
    }
    return used;
}

static size_t room_of(const struct iovec *places, int count)
{
    size_t room = 0;
    for (int i = 0; i < count; i++)
        room += places[i].iov_len;
    return room;
}

/* The place of byte number `at`. */
static void *place_of(const struct iovec *places, size_t at)
{
    for (; at >= places->iov_len; places++)
        at -= places->iov_len;
    return (char *)places->iov_base + at;
}

size_t s5a_tail_waiting(int inner, unsigned tail)
{
    int waiting = 0;
    if (S5A_REAL(ioctl)(inner, FIONREAD, &waiting) != 0 || (unsigned)waiting < tail)
        return 0;
    return (size_t)waiting - tail;
}

/* Bytes may have come since they were counted. */
bool s5a_tail_is_end(int inner, unsigned tail)
{
    struct pollfd one = { .fd = inner, .events = POLLRDHUP };
    bool has_ended = poll(&one, 1, 0) == 1 && (one.revents & (POLLRDHUP | POLLHUP)) != 0;
    return has_ended && s5a_tail_waiting(inner, tail) == 0;
}

/* Takes `len` bytes behind the one that was read before, which goes, too. */
static ssize_t take(int inner, unsigned tail, const struct iovec *places, int count, size_t len)
{
    char before[S5A_TAIL_MAX];
    struct iovec to[S5A_TAIL_PLACES + 1] = { { before, tail } };
    struct msghdr message = { .msg_iov = to };
    message.msg_iovlen = 1 + (size_t)choose(to + 1, places, count, len);
    ssize_t got = s5a_from_libc(S5A_REAL(recvmsg)(inner, &message, MSG_DONTWAIT));
    return got < 0 ? got : got - (ssize_t)tail;
}

/* The last byte of all that is there: it stays. */
static ssize_t see_last(int inner, unsigned *tail, const struct iovec *places, size_t before)
{
    ssize_t got = S5A_REAL(recv)(inner, place_of(places, before), 1, MSG_PEEK | MSG_DONTWAIT);
    *tail = got == 1;
    return got == 1 ? (ssize_t)before + 1 : -EIO;
}

/* What comes meanwhile does no harm; the kernel may stop short where the program has sent descriptors
 * along. */
ssize_t s5a_tail_read(int inner, unsigned *tail, const struct iovec *places, int count,
                      size_t *behind)
{
    size_t waiting = s5a_tail_waiting(inner, *tail);
    size_t room = room_of(places, count);
    bool is_all = waiting <= room;
    size_t wanted = is_all && waiting > 0 ? waiting - 1 : room;
    *behind = waiting;
    if (waiting == 0)
        return s5a_tail_is_end(inner, *tail) ? 0 : -EAGAIN;
    if (room == 0)
        return -EAGAIN;
    ssize_t got = wanted > 0 || *tail ? take(inner, *tail, places, count, wanted) : 0;
    if (got < 0)
        return got;
    *tail = 0;
    if (is_all && (size_t)got == wanted)
        got = see_last(inner, tail, places, wanted);
    *behind -= got > 0 ? (size_t)got : 0;
    return got;
}

void s5a_tail_drop(int inner, unsigned *tail)
{
    char bytes[S5A_TAIL_MAX];
    if (*tail > 0 && S5A_REAL(recv)(inner, bytes, *tail, MSG_DONTWAIT) == (ssize_t)*tail)
        *tail = 0;
}
