/* Sockets of more than one number whose description will change. */
#include "shim/engine/pending.h"
#include "shim/engine/watches.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/peers.h"

enum { DOUBLED_CAP = 64 };

static struct {
    uint64_t cookie;
    bool is_living;
} doubled[DOUBLED_CAP]; /* under the lock, as is all of this */
static unsigned count;
static bool is_overflown; /* more than can be told apart: then all are taken for doubled */

bool s5a_watches_is_doubled(uint64_t cookie)
{
    for (unsigned i = 0; i < count; i++)
        if (doubled[i].cookie == cookie)
            return true;
    return is_overflown;
}

static bool mark_living(int fd, void *unused)
{
    (void)unused;
    uint64_t cookie = s5a_socket_cookie(fd);
    for (unsigned i = 0; i < count; i++)
        if (doubled[i].cookie == cookie)
            doubled[i].is_living = true;
    return true;
}

/* Those that were closed without ever being connected. */
static void forget_dead(void)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++)
        doubled[i].is_living = false;
    s5a_descriptors_each(mark_living, NULL);
    for (unsigned i = 0; i < count; i++)
        if (doubled[i].is_living)
            doubled[kept++] = doubled[i];
    count = kept;
}

void s5a_watches_double(uint64_t cookie)
{
    if (s5a_watches_is_doubled(cookie))
        return;
    if (count == DOUBLED_CAP)
        forget_dead();
    if (count < DOUBLED_CAP)
        doubled[count++].cookie = cookie;
    else
        is_overflown = true;
}

void s5a_watches_settle(uint64_t cookie)
{
    for (unsigned i = 0; i < count; i++)
        if (doubled[i].cookie == cookie)
            doubled[i--] = doubled[--count];
}

static bool is_gate(int fd)
{
    struct s5a_peer peer;
    return s5a_peers_find_locked(fd, &peer) && peer.kind == S5A_PEER_GATE;
}

void s5a_watches_doubled(int fd)
{
    bool gate = is_gate(fd);
    if (gate)
        s5a_pending_mark(fd, true);
    if (gate || s5a_watches_is_unsettled(fd))
        s5a_watches_double(s5a_socket_cookie(fd));
}
