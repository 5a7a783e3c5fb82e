/* Associations that the engine minds. */
#include "shim/datagrams/minding.h"

#include <errno.h>

#include "shim/datagrams/again.h"
#include "shim/datagrams/associating.h"
#include "shim/datagrams/slots.h"
#include "shim/datagrams/telling.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/programs/vfork.h"
#include "shim/runtime.h"

static unsigned count;

unsigned s5a_minding_count(void)
{
    return count;
}

/* ---- beginning and end ---- */

static uint64_t tag(const struct s5a_association *a)
{
    return s5a_watch_data(S5A_WATCHED_MINDING, a->slot, (uint32_t)a->cookie);
}

void s5a_minding_begin(struct s5a_association *own)
{
    if (own->is_minded || own->has_local_relay || own->state != S5A_ASSOCIATION_STANDING ||
        !s5a_engine_is_here())
        return;
    own->is_minded = true;
    count++;
    s5a_watch_other(EPOLL_CTL_ADD, own->control, EPOLLRDHUP | EPOLLET, tag(own));
}

void s5a_minding_end(struct s5a_association *own)
{
    if (!own->is_minded || !s5a_engine_is_here())
        return;
    own->is_minded = false;
    s5a_watch_other(EPOLL_CTL_DEL, own->control, 0, 0);
    if (--count == 0)
        s5a_engine_rest();
}

void s5a_minding_forget(void)
{
    count = 0;
}

void s5a_mind(const struct s5a_association *known)
{
    struct s5a_locked shield;
    if (known->is_minded || known->has_local_relay || s5a_in_vfork_child())
        return;
    s5a_shield(&shield);
    if (s5a_engine_reserve() == 0) {
        s5a_lock_shielded();
        struct s5a_association *own = s5a_association_begin_locked(known);
        if (own != NULL) {
            s5a_minding_begin(own);
            s5a_association_end_locked(own);
        }
        s5a_unlock_shielded();
        s5a_engine_unreserve();
    }
    s5a_unshield(&shield);
}

/* ---- what is lost ---- */

/* Another for the socket; NULL: none can be made. Without the lock. */
static struct s5a_associating *anew(int fd, const struct s5a_association *lost)
{
    struct s5a_datagram_route route = { .way = S5A_WAY_PROXY,
                                        .config = s5a_runtime_config_known(),
                                        .proxy = lost->proxy,
                                        .association = *lost };
    const union s5a_inet *to = lost->is_connected ? &lost->peer : &lost->latest;
    int failed;
    if (fd < 0 || route.config == NULL ||
        s5a_target_read(route.config, &to->plain, s5a_inet_len(to), &route.named) != 0)
        return NULL;
    struct s5a_associating *x = s5a_associating_new(fd, &route, &failed);
    if (x != NULL)
        x->is_renewal = true;
    return x;
}

static void begin(struct s5a_associating *x)
{
    if (s5a_associating_enlist(x))
        s5a_associating_hand_over(x);
    else /* the program has sent meanwhile, or closed the socket */
        s5a_associating_drop(x);
}

/* One that nothing has been sent by is not made again: a proxy that ends those that are idle would be
 * asked for ever. Neither is one of many that were lost (again.h). */
static void replace(const struct s5a_association *lost)
{
    const struct s5a_lost nothing = { { NULL, 0 }, 0 };
    bool is_again = lost->looked != 0 && lost->state != S5A_ASSOCIATION_FAILED;
    s5a_unlock_shielded();
    s5a_log(S5A_LOG_INFO, "proxy %s: the connection of an association is lost", lost->proxy->name);
    int fd = s5a_slot_socket(lost);
    struct s5a_associating *x = is_again ? anew(fd, lost) : NULL;
    s5a_lock_shielded();
    if (x != NULL)
        begin(x);
    else if (fd >= 0)
        s5a_tell(fd, lost, ECONNREFUSED, &nothing);
    s5a_private_close(fd);
}

void s5a_minding_lost(const struct s5a_association *known)
{
    struct s5a_association *own = s5a_association_begin_locked(known);
    if (own == NULL)
        return;
    bool is_lost = own->state == S5A_ASSOCIATION_STANDING && own->control == known->control;
    if (is_lost) {
        s5a_minding_end(own);
        s5a_again_after_loss(own);
    }
    const struct s5a_association lost = *own;
    s5a_association_end_locked(own);
    if (is_lost)
        replace(&lost);
}

void s5a_minding_handle(const struct epoll_event *event)
{
    const struct s5a_slot *slot = s5a_slot_at(s5a_watch_number(event));
    if (slot == NULL || !slot->value.is_minded || tag(&slot->value) != event->data.u64)
        return;
    const struct s5a_association known = slot->value;
    s5a_minding_lost(&known);
}
