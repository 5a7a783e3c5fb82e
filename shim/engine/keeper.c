/* The keeper. */
#include "shim/engine/keeper.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/inbound/binding.h"
#include "shim/engine/watches.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/programs/vfork.h"

enum occasion { NOTHING, EXEC, EXIT };

static enum occasion wanted; /* under the lock; NOTHING: served, or never asked for */
static bool is_keeper;

/* ---- what outlives the process ---- */

/* Numbers that an exec leaves open. */
static bool is_inherited(const struct s5a_pending *p)
{
    int flags = S5A_REAL(fcntl)(p->number, F_GETFD);
    return (flags >= 0 && (flags & FD_CLOEXEC) == 0) || s5a_watches_is_doubled(p->gate);
}

static bool is_live(const struct s5a_pending *p)
{
    return p->state == S5A_PENDING_CONNECTING || p->state == S5A_PENDING_CARRIED;
}

/* What a blocking connect() of another thread drives ends with that thread, which does not come
 * along; there may be no engine to ask, either. */
static bool outlives(const struct s5a_pending *p, enum occasion occasion)
{
    if (!is_live(p) || p->is_awaited)
        return false;
    return p->is_shared || p->state == S5A_PENDING_CARRIED || (occasion == EXEC && is_inherited(p));
}

static bool any_outlives(enum occasion occasion)
{
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++)
        if (outlives(s5a_pending_at(slot), occasion))
            return true;
    return false;
}

/* Each slot goes on in one of the two processes alone. */
static void end_where(enum occasion occasion, bool is_outliving)
{
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++) {
        struct s5a_pending *p = s5a_pending_at(slot);
        if (!is_live(p) || outlives(p, occasion) != is_outliving)
            continue;
        s5a_watch_no_socket(p); /* what is open elsewhere would show here for ever */
        s5a_watch_no_gate(p);
        s5a_pending_end(p);
    }
}

/* The parent's epoll set is the parent's. */
static bool watch_anew(void)
{
    s5a_watch_close();
    if (s5a_watch_open() != 0)
        return false;
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++) {
        struct s5a_pending *p = s5a_pending_at(slot);
        p->watched.fd = -1;
        p->is_busy = false; /* with the first step of a thread that is not here */
        if (is_live(p))
            s5a_watch_gate(p);
        if (p->state == S5A_PENDING_CARRIED)
            s5a_watch_carried(p);
        else if (p->state == S5A_PENDING_CONNECTING && p->attempt.stage != S5A_ATTEMPT_FIND)
            s5a_watch_attempt(p);
    }
    return true;
}

static void share_all(void)
{
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++)
        s5a_pending_at(slot)->is_shared = true;
}

/* ---- the process ---- */

/* Nothing of the program's is held any longer than by the program; who ends its job, or its terminal,
 * does not end this. */
static void let_go(void)
{
    (void)setsid();
    (void)s5a_private_close_range(0, ~0u, 0);
    s5a_private_close_left();
    int null = open("/dev/null", O_RDWR);
    if (null == 0 && S5A_REAL(dup)(0) == 1)
        (void)!S5A_REAL(dup)(0);
    (void)!chdir("/");
    (void)prctl(PR_SET_NAME, "socks5a-keeper");
}

/* Signals stay blocked: a connection of the kernel's cannot be killed either. SIGTERM is how a
 * system ends what is left. */
static void allow_end(void)
{
    sigset_t term;
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &term, NULL);
}

/* A child that gives no SIGCHLD and that wait() does not see. */
static long clone_quietly(void)
{
    return S5A_REAL(syscall)(SYS_clone, 0, 0, 0, 0, 0);
}

/* Twice, so that nobody has to wait for the keeper. 0 in the keeper; else 1, or -errno. */
static int split(void)
{
    long child = clone_quietly();
    if (child == 0) {
        if (clone_quietly() == 0)
            return 0;
        S5A_REAL(syscall)(SYS_exit_group, 0);
    }
    if (child < 0)
        return -errno;
    while (waitpid((pid_t)child, NULL, __WCLONE) < 0 && errno == EINTR)
        continue;
    return 1;
}

static void become_keeper(enum occasion occasion)
{
    s5a_lock_forget_waiters();
    if (!watch_anew())
        S5A_REAL(_exit)(1);
    is_keeper = true;
    s5a_binding_forget(); /* nobody listens here */
    end_where(occasion, false);
    share_all();
    let_go();
    allow_end();
}

void s5a_keeper_serve(void)
{
    enum occasion occasion = wanted;
    if (is_keeper && s5a_pending_count() == 0)
        S5A_REAL(_exit)(0);
    if (occasion == NOTHING)
        return;
    wanted = NOTHING;
    int side = split();
    if (side > 0)
        end_where(occasion, true);
    else if (side == 0)
        become_keeper(occasion);
    s5a_lock_wake();
}

/* ---- the program's side ---- */

static void ask(enum occasion occasion)
{
    struct s5a_locked locked;
    int saved = errno;
    if (s5a_pending_count() == 0)
        return;
    s5a_lock(&locked);
    if (wanted == NOTHING && s5a_engine_is_here() && any_outlives(occasion)) {
        wanted = occasion;
        s5a_engine_call();
        while (wanted != NOTHING)
            s5a_lock_wait();
    }
    s5a_unlock(&locked);
    errno = saved;
}

void s5a_keeper_before_spawn(void)
{
    struct s5a_locked locked;
    int saved = errno;
    if (s5a_pending_count() == 0)
        return;
    s5a_lock(&locked);
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++)
        if (is_live(s5a_pending_at(slot)) && is_inherited(s5a_pending_at(slot)))
            s5a_pending_at(slot)->is_shared = true;
    s5a_unlock(&locked);
    errno = saved;
}

void s5a_keeper_before_daemon(void)
{
    struct s5a_locked locked;
    if (s5a_pending_count() == 0)
        return;
    s5a_lock(&locked);
    share_all();
    s5a_unlock(&locked);
    ask(EXIT);
}

void s5a_keeper_before_exec(void)
{
    if (s5a_pending_count() != 0 && s5a_in_vfork_child())
        s5a_keeper_before_spawn();
    else
        ask(EXEC);
}

void s5a_keeper_before_exit(void)
{
    if (s5a_pending_count() != 0 && !s5a_in_vfork_child())
        ask(EXIT);
}

void s5a_keeper_before_abort(void)
{
    if (!s5a_lock_is_mine() && !s5a_engine_is_caller())
        s5a_keeper_before_exit();
}

/* exit(), and return from main(). */
__attribute__((destructor)) static void at_exit(void)
{
    s5a_keeper_before_exit();
}
