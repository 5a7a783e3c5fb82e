/* The thread of a pool. */
#include "shim/sockets/pool_thread.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "protocol/eaf/capabilities.h"
#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/pool_slots.h"
#include "shim/thread.h"

enum {
    STACK = 256 * 1024,
    OPEN_MS = 10000,   /* to log in, and to answer */
    UNHEARD_MS = 5000, /* without the proxy's kernel confirming a request */
};

static bool runs;
static pid_t home;    /* of the thread */
static int bell = -1; /* private */

/* ---- requests over a session that waits ---- */

static bool has_target(const struct s5a_pool_slot *slot)
{
    return slot->line.proxy->pool_target.port != 0 &&
           (slot->line.report.login.capabilities & S5A_CAPABILITY(S5A_CAP_COMMANDS)) != 0;
}

/* Has the proxy connect to the target that is configured; without one, or where it cannot, the session
 * waits as it is. */
static bool warm(struct s5a_pool_slot *slot)
{
    struct s5a_answers answers = { 0 };
    struct s5a_ask ask = s5a_ask_nothing();
    slot->cools = UINT64_MAX;
    slot->warm[0] = '\0';
    if (!has_target(slot))
        return true;
    ask.request.command = S5A_CMD_POOL_NEW;
    ask.request.address = slot->line.proxy->pool_target.address;
    ask.request.port = slot->line.proxy->pool_target.port;
    ask.answers = &answers;
    int failed = s5a_line_ask(&slot->line, &ask, s5a_now() + OPEN_MS);
    uint64_t until = s5a_pool_warm_until(answers.port, s5a_now());
    slot->cools = s5a_now() + S5A_POOL_RETRY_MS;
    if (failed == 0 && strlen(answers.name) == sizeof slot->warm - 1 && until != 0) {
        memcpy(slot->warm, answers.name, sizeof slot->warm);
        slot->cools = until;
    }
    return s5a_line_rests(&slot->line);
}

static bool keep_alive(struct s5a_pool_slot *slot)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_KEEP_ALIVE;
    int failed = s5a_line_ask(&slot->line, &ask, s5a_now() + OPEN_MS);
    s5a_pool_times_renew(&slot->times, &slot->line.report.login, s5a_now());
    slot->heard = 0;
    return failed == 0 && s5a_line_rests(&slot->line);
}

/* A connection that something on the way has forgotten is given up before it costs a program its patience;
 * whoever takes it gives it his own options. */
static void be_impatient(int fd)
{
    unsigned limit = UNHEARD_MS;
    (void)S5A_REAL(setsockopt)(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

static bool open_line(struct s5a_pool_slot *slot, const struct s5a_pool_demand *d)
{
    struct s5a_ask nothing = s5a_ask_nothing();
    int failed = s5a_line_open(&slot->line, d->config, d->proxy, &nothing, s5a_now() + OPEN_MS);
    slot->since = s5a_now();
    slot->heard = 0;
    slot->times = s5a_pool_times_begin(&slot->line.report.login, slot->since);
    if (failed != 0 || !s5a_line_rests(&slot->line))
        return false;
    be_impatient(slot->line.fd);
    return true;
}

/* What was done to a HELD slot has come to its end; `fails`: not because we wanted it to. */
static void give_back(struct s5a_pool_slot *slot, bool is_good, bool fails)
{
    if (!is_good)
        s5a_line_close(&slot->line);
    s5a_lock_shielded();
    if (!is_good && fails)
        s5a_pool_note_end(slot, s5a_now());
    slot->state = is_good ? S5A_SLOT_WAITING : S5A_SLOT_FREE;
    s5a_unlock_shielded();
}

/* ---- the thread ---- */

static void fill(void)
{
    for (;;) {
        struct s5a_pool_demand d;
        s5a_lock_shielded();
        struct s5a_pool_slot *slot = s5a_pool_find_gap(&d, s5a_now());
        s5a_unlock_shielded();
        if (slot == NULL)
            return;
        give_back(slot, open_line(slot, &d) && warm(slot), true);
    }
}

/* False where it is of no use any more. */
static bool serve(struct s5a_pool_slot *slot, enum s5a_pool_due due)
{
    return due == S5A_POOL_KEEP && keep_alive(slot) && (s5a_now() < slot->cools || warm(slot));
}

static void tend(void)
{
    for (;;) {
        enum s5a_pool_due due;
        s5a_lock_shielded();
        struct s5a_pool_slot *slot = s5a_pool_find_due(&due, s5a_now());
        s5a_unlock_shielded();
        if (slot == NULL)
            return;
        give_back(slot, serve(slot, due), due != S5A_POOL_DROP);
    }
}

/* False, and the thread is no more, where nobody wants a pool. */
static bool goes_on(void)
{
    uint64_t now = s5a_now();
    bool is_wanted = false;
    s5a_lock_shielded();
    for (int i = 0; i < S5A_POOL_PROXIES; i++)
        is_wanted |= s5a_pool_is_wanted(&s5a_pool_demands[i], now);
    runs = is_wanted;
    if (!runs) {
        s5a_private_close(bell);
        bell = -1;
    }
    s5a_unlock_shielded();
    return is_wanted;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void wait_for_work(void)
{
    struct pollfd fds[S5A_POOL_SLOTS + 1] = { { .fd = bell, .events = POLLIN } };
    nfds_t count = 1;
    uint64_t now = s5a_now(), next = now + S5A_POOL_RETRY_MS, rings;
    s5a_lock_shielded();
    for (int i = 0; i < S5A_POOL_SLOTS; i++) {
        const struct s5a_pool_slot *slot = &s5a_pool_slots[i];
        if (slot->state != S5A_SLOT_WAITING)
            continue;
        fds[count++] = (struct pollfd){ .fd = slot->line.fd, .events = POLLIN | POLLRDHUP };
        next = sooner(next, sooner(slot->times.next, slot->cools));
    }
    s5a_unlock_shielded();
    if (poll(fds, count, s5a_left(next, now)) > 0 && fds[0].revents != 0)
        (void)!read(fds[0].fd, &rings, sizeof rings);
}

static void *run(void *unused)
{
    while (goes_on()) {
        tend();
        fill();
        wait_for_work();
    }
    tend(); /* nobody wants what is left */
    return unused;
}

/* ---- its beginning ---- */

bool s5a_pool_thread_claim(void)
{
    bool is_first = !runs;
    if (is_first) {
        runs = true;
        home = getpid();
    }
    return is_first;
}

void s5a_pool_thread_start(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int private = fd >= 0 ? s5a_private_move(fd) : -1;
    s5a_lock_shielded();
    bell = private;
    s5a_unlock_shielded();
    if (private >= 0 && s5a_thread_start(run, NULL, STACK) == 0)
        return;
    s5a_lock_shielded();
    runs = false;
    bell = -1;
    s5a_unlock_shielded();
    s5a_private_close(private);
}

void s5a_pool_thread_wake(void)
{
    uint64_t one = 1;
    if (bell >= 0)
        (void)!write(bell, &one, sizeof one);
}

bool s5a_pool_thread_is_parents(void)
{
    if (home == getpid() || home == 0)
        return false;
    runs = false;
    home = 0;
    bell = -1;
    return true;
}
