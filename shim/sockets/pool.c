/* Sessions in waiting. */
#include "shim/sockets/pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/pool_time.h"

enum {
    SLOTS = 16,  /* of all proxies */
    PROXIES = 4, /* that have pools at a time */
    DEMAND = 3,  /* connects after which there is one */
    STACK = 256 * 1024,
    OPEN_MS = 10000, /* to log in, and to answer */
    RETRY_MS = 5000, /* after a log-in that has failed */
    UNUSED_MS = 60000,
};

enum slot_state { FREE, HELD, WAITING };

/* Under the lock, but for `line` of a slot that is HELD by whom holds it. */
static struct slot {
    enum slot_state state;
    struct s5a_pool_times times;
    struct s5a_line line;
} slots[SLOTS];
static struct demand {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy; /* NULL: none */
    unsigned connects;
    uint64_t latest, retry; /* ms */
} demands[PROXIES];
static bool runs;
static pid_t home;    /* of the thread */
static int bell = -1; /* private */

/* ---- under the lock ---- */

/* In the child of a fork nothing of it is ours: secrets go, descriptors are closed already. */
static void forget_parents(void)
{
    if (home == getpid() || home == 0)
        return;
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].state == WAITING)
            s5a_chain_wipe(&slots[i].line.chain);
        slots[i].state = FREE;
    }
    for (int i = 0; i < PROXIES; i++)
        demands[i].proxy = NULL;
    runs = false;
    home = 0;
    bell = -1;
}

void s5a_pool_forget(void)
{
    forget_parents();
}

static struct demand *demand_of(const struct s5a_proxy *proxy)
{
    struct demand *oldest = &demands[0];
    for (int i = 0; i < PROXIES; i++) {
        if (demands[i].proxy == proxy)
            return &demands[i];
        if (demands[i].proxy == NULL || demands[i].latest < oldest->latest)
            oldest = &demands[i];
    }
    *oldest = (struct demand){ .proxy = proxy };
    return oldest;
}

static bool is_wanted(const struct demand *demand, uint64_t now)
{
    return demand->proxy != NULL && demand->connects >= DEMAND && now - demand->latest < UNUSED_MS;
}

static unsigned count_of(const struct s5a_proxy *proxy)
{
    unsigned count = 0;
    for (int i = 0; i < SLOTS; i++)
        count += slots[i].state != FREE && slots[i].line.proxy == proxy;
    return count;
}

static struct slot *find(enum slot_state state, const struct s5a_proxy *proxy)
{
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].state == state && (proxy == NULL || slots[i].line.proxy == proxy))
            return &slots[i];
    return NULL;
}

static void ring(void)
{
    uint64_t one = 1;
    if (bell >= 0)
        (void)!write(bell, &one, sizeof one);
}

/* ---- the thread ---- */

/* A proxy that wants a session more, and a slot for it. */
static struct slot *find_gap(struct demand *out)
{
    uint64_t now = s5a_now();
    for (int i = 0; i < PROXIES; i++) {
        struct demand *d = &demands[i];
        struct slot *slot = find(FREE, NULL);
        if (slot == NULL || !is_wanted(d, now) || now < d->retry ||
            count_of(d->proxy) >= d->proxy->pool)
            continue;
        *out = *d;
        slot->state = HELD;
        slot->line.proxy = d->proxy;
        slot->line.fd = -1;
        return slot;
    }
    return NULL;
}

static void give_back(struct slot *slot, bool is_good)
{
    s5a_lock_shielded();
    if (!is_good)
        demand_of(slot->line.proxy)->retry = s5a_now() + RETRY_MS;
    slot->state = is_good ? WAITING : FREE;
    s5a_unlock_shielded();
}

static void fill(void)
{
    struct demand d;
    struct slot *slot;
    struct s5a_ask nothing = s5a_ask_nothing();
    do {
        s5a_lock_shielded();
        slot = find_gap(&d);
        s5a_unlock_shielded();
        if (slot == NULL)
            return;
        int failed = s5a_line_open(&slot->line, d.config, d.proxy, &nothing, s5a_now() + OPEN_MS);
        bool is_good = failed == 0 && s5a_line_rests(&slot->line);
        slot->times = s5a_pool_times_begin(&slot->line.report.login, s5a_now());
        if (!is_good)
            s5a_line_close(&slot->line);
        give_back(slot, is_good);
    } while (true);
}

/* One whose time has come, or whose proxy has said something or gone. */
static struct slot *find_due(bool *is_dead)
{
    uint64_t now = s5a_now();
    for (int i = 0; i < SLOTS; i++) {
        struct pollfd one = { .fd = slots[i].line.fd, .events = POLLIN | POLLRDHUP };
        if (slots[i].state != WAITING)
            continue;
        *is_dead = poll(&one, 1, 0) != 0 || now >= slots[i].times.end ||
                   !is_wanted(demand_of(slots[i].line.proxy), now);
        if (!*is_dead && now < slots[i].times.next)
            continue;
        slots[i].state = HELD;
        return &slots[i];
    }
    return NULL;
}

static bool keep_alive(struct slot *slot)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_KEEP_ALIVE;
    int failed = s5a_line_ask(&slot->line, &ask, s5a_now() + OPEN_MS);
    s5a_pool_times_renew(&slot->times, &slot->line.report.login, s5a_now());
    return failed == 0 && s5a_line_rests(&slot->line);
}

static void tend(void)
{
    struct slot *slot;
    bool is_dead;
    do {
        s5a_lock_shielded();
        slot = find_due(&is_dead);
        s5a_unlock_shielded();
        if (slot == NULL)
            return;
        bool is_good = !is_dead && keep_alive(slot);
        if (!is_good)
            s5a_line_close(&slot->line);
        s5a_lock_shielded();
        slot->state = is_good ? WAITING : FREE;
        s5a_unlock_shielded();
    } while (true);
}

/* False, and the thread is no more, where nobody wants a pool. */
static bool goes_on(void)
{
    uint64_t now = s5a_now();
    bool is_wanted_still = false;
    s5a_lock_shielded();
    for (int i = 0; i < PROXIES; i++)
        is_wanted_still |= is_wanted(&demands[i], now);
    runs = is_wanted_still;
    if (!runs) {
        s5a_private_close(bell);
        bell = -1;
    }
    s5a_unlock_shielded();
    return is_wanted_still;
}

static void wait_for_work(void)
{
    struct pollfd fds[SLOTS + 1] = { { .fd = bell, .events = POLLIN } };
    nfds_t count = 1;
    uint64_t now = s5a_now(), next = now + RETRY_MS, rings;
    s5a_lock_shielded();
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].state != WAITING)
            continue;
        fds[count++] = (struct pollfd){ .fd = slots[i].line.fd, .events = POLLIN | POLLRDHUP };
        next = slots[i].times.next < next ? slots[i].times.next : next;
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

static bool start_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    int failed = pthread_create(&thread, &attributes, run, NULL);
    pthread_attr_destroy(&attributes);
    return failed == 0;
}

/* ---- for connects ---- */

static void start(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int private = fd >= 0 ? s5a_private_move(fd) : -1;
    s5a_lock_shielded();
    bell = private;
    s5a_unlock_shielded();
    if (private >= 0 && start_thread())
        return;
    s5a_lock_shielded();
    runs = false;
    bell = -1;
    s5a_unlock_shielded();
    s5a_private_close(private);
}

void s5a_pool_want(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    struct s5a_locked shield;
    if (proxy->pool == 0 || s5a_proxy_eaf_method(proxy) < 0)
        return;
    s5a_shield(&shield); /* the thread begins with its signals blocked */
    s5a_lock_shielded();
    forget_parents();
    struct demand *d = demand_of(proxy);
    d->config = config;
    d->connects++;
    d->latest = s5a_now();
    bool starts = !runs && is_wanted(d, d->latest);
    if (starts) {
        runs = true;
        home = getpid();
    }
    s5a_unlock_shielded();
    if (starts)
        start();
    s5a_unshield(&shield);
}

int s5a_pool_take(const struct s5a_chain_goal *goal, struct s5a_chain *to,
                  struct s5a_login_result *login)
{
    struct s5a_locked locked;
    int fd = -1;
    s5a_lock(&locked);
    forget_parents();
    struct slot *slot = find(WAITING, goal->proxy);
    if (slot != NULL) {
        fd = slot->line.fd;
        *login = slot->line.report.login;
        s5a_chain_move(to, &slot->line.chain, goal, fd);
        slot->line.fd = -1;
        slot->state = FREE;
        ring();
    }
    s5a_unlock(&locked);
    return fd;
}

unsigned s5a_pool_count(void)
{
    struct s5a_locked locked;
    unsigned count = 0;
    s5a_lock(&locked);
    for (int i = 0; i < SLOTS; i++)
        count += slots[i].state == WAITING;
    s5a_unlock(&locked);
    return count;
}
