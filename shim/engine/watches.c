/* Registrations with epoll of sockets whose description will change. */
#include "shim/engine/watches.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/engine/oneshot.h"
#include "shim/engine/pending.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/forward.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/sockets.h"

/* Indices are one too high, so that zeroed memory is empty. */
struct watch {
    int next; /* of the same number, or of the free ones */
    int set;
    bool is_disarmed;         /* a one-shot that fired before a swap: not in the set any more */
    struct epoll_event event; /* as the program gave it last */
};

static struct watch *watches; /* under the lock, as are these */
static int watches_cap;
static int free_list;
static int *heads; /* by descriptor number */
static int heads_cap;
static atomic_int count; /* read without the lock, too */

/* ---- memory: mapped, since malloc's locks must not meet ours ---- */

static bool grow(void **memory, int *cap, int least, size_t size)
{
    int wanted = *cap == 0 ? 64 : *cap;
    while (wanted < least)
        wanted *= 2;
    if (wanted == *cap)
        return true;
    void *to = mmap(NULL, (size_t)wanted * size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (to == MAP_FAILED)
        return false;
    if (*cap != 0) {
        memcpy(to, *memory, (size_t)*cap * size);
        munmap(*memory, (size_t)*cap * size);
    }
    *memory = to;
    *cap = wanted;
    return true;
}

static struct watch *watch_at(int index)
{
    return index == 0 ? NULL : &watches[index - 1];
}

static int take_free(void)
{
    static int used;
    if (free_list != 0) {
        int index = free_list;
        free_list = watch_at(index)->next;
        return index;
    }
    return grow((void **)&watches, &watches_cap, used + 1, sizeof *watches) ? ++used : 0;
}

/* Where the index of the number's watch in `set` stands; of the 0 behind the last where it has
 * none. NULL: the number was never seen. */
static int *place_of(int fd, int set)
{
    if (fd < 0 || fd >= heads_cap)
        return NULL;
    int *place = &heads[fd];
    while (*place != 0 && watch_at(*place)->set != set)
        place = &watch_at(*place)->next;
    return place;
}

static void forget(int *place)
{
    int index = *place;
    struct watch *watch = watch_at(index);
    *place = watch->next;
    watch->next = free_list;
    free_list = index;
    atomic_fetch_sub(&count, 1);
}

static void keep(int fd, int set, const struct epoll_event *event)
{
    if (!grow((void **)&heads, &heads_cap, fd + 1, sizeof *heads))
        return;
    int *place = place_of(fd, set);
    if (*place == 0) {
        int index = take_free();
        if (index == 0)
            return;
        place = place_of(fd, set);
        *watch_at(index) = (struct watch){ .set = set };
        *place = index;
        atomic_fetch_add(&count, 1);
    }
    watch_at(*place)->event = *event;
    watch_at(*place)->is_disarmed = false;
}

/* ---- the program's calls ---- */

static bool is_gate(int fd)
{
    struct s5a_peer peer;
    return s5a_pending_may_be(fd) && s5a_peers_find(fd, &peer) && peer.kind == S5A_PEER_GATE;
}

bool s5a_watches_is_unsettled(int fd)
{
    int state = s5a_tcp_state(fd);
    return state == TCP_CLOSE || (state == -EOPNOTSUPP && s5a_forward_may_come(fd));
}

/* The description may still be exchanged. */
static bool is_unsettled(int fd)
{
    return is_gate(fd) || s5a_watches_is_unsettled(fd);
}

static void note(int set, int op, int fd, const struct epoll_event *event, bool unsettled)
{
    int *place = place_of(fd, set);
    bool is_known = place != NULL && *place != 0;
    if (op == EPOLL_CTL_ADD && unsettled)
        keep(fd, set, event);
    else if (op == EPOLL_CTL_MOD && is_known)
        watch_at(*place)->event = *event;
    else if (is_known) /* EPOLL_CTL_DEL, or another file under the number */
        forget(place);
}

/* The kernel cannot be given a registration that has fired already, so it was left out of the set
 * until the program arms or removes it. */
static int control(int set, int op, int fd, struct epoll_event *event)
{
    int *place = place_of(fd, set);
    bool is_out = place != NULL && *place != 0 && watch_at(*place)->is_disarmed;
    if (is_out && op == EPOLL_CTL_DEL)
        return 0;
    if (is_out && op == EPOLL_CTL_MOD) {
        watch_at(*place)->is_disarmed = false;
        op = EPOLL_CTL_ADD;
    }
    return (int)s5a_from_libc(S5A_REAL(epoll_ctl)(set, op, fd, event));
}

int s5a_watches_control(int set, int op, int fd, struct epoll_event *event)
{
    struct s5a_locked locked;
    bool unsettled = op == EPOLL_CTL_ADD && is_unsettled(fd);
    if (!unsettled && atomic_load(&count) == 0)
        return (int)s5a_from_libc(S5A_REAL(epoll_ctl)(set, op, fd, event));
    s5a_lock(&locked); /* a swap must not come in between */
    int result = control(set, op, fd, event);
    if (result == 0)
        note(set, op, fd, event, unsettled);
    s5a_unlock(&locked);
    return result;
}

/* ---- swaps ---- */

/* What is not in the set any more, or belongs to another set of that number, is forgotten. */
void s5a_watches_lift(int fd, bool may_have_fired)
{
    int *place = fd < heads_cap ? &heads[fd] : NULL;
    while (place != NULL && *place != 0) {
        struct watch *watch = watch_at(*place);
        bool is_out = watch->is_disarmed;
        if (!is_out && may_have_fired && (watch->event.events & EPOLLONESHOT) != 0)
            watch->is_disarmed = s5a_oneshot_has_fired(watch->set, fd);
        if (is_out || S5A_REAL(epoll_ctl)(watch->set, EPOLL_CTL_DEL, fd, NULL) == 0)
            place = &watch->next;
        else
            forget(place);
    }
}

void s5a_watches_lay(int fd, bool settled)
{
    int *place = fd < heads_cap ? &heads[fd] : NULL;
    while (place != NULL && *place != 0) {
        struct watch *watch = watch_at(*place);
        bool is_laid = watch->is_disarmed ||
                       S5A_REAL(epoll_ctl)(watch->set, EPOLL_CTL_ADD, fd, &watch->event) == 0;
        if (is_laid && (!settled || watch->is_disarmed))
            place = &watch->next;
        else
            forget(place);
    }
}
