/* Asking a proxy to listen, in the calling thread. */
#include "shim/inbound/asking.h"

#include <errno.h>

#include "client/log.h"
#include "shim/sockets/patience.h"

/* A handler that is to run, runs; one that jumps away leaves the session to the end of the process. */
static int drive(struct s5a_binding *x, struct s5a_locked *shield)
{
    bool ready = false;
    for (;;) {
        bool is_ended;
        int result = s5a_attempt_step(&x->attempt, ready);
        if (result != -EINPROGRESS)
            return result;
        int waited =
            s5a_wait_alertly(s5a_attempt_socket(&x->attempt), s5a_attempt_events(&x->attempt),
                             s5a_attempt_limit(&x->attempt), &shield->signals, &is_ended);
        if (waited == -EINTR) {
            s5a_unshield(shield);
            s5a_shield(shield);
        }
        ready = waited > 0;
    }
}

static int ask_once(struct s5a_binding *x, struct s5a_locked *shield)
{
    int result = s5a_binding_ask(x);
    if (result == 0)
        result = drive(x, shield);
    if (result == 0)
        result = s5a_binding_await(x);
    return result;
}

static int ask(struct s5a_binding *x, struct s5a_locked *shield)
{
    int result = ask_once(x, shield);
    if (result == -EAGAIN && x->is_for_anybody) {
        s5a_binding_let_go(x);
        result = ask_once(x, shield);
    }
    s5a_binding_report(x, result);
    return result;
}

struct s5a_binding *s5a_binding_make(int fd, const struct s5a_config *config,
                                     struct s5a_locked *shield, int *failed)
{
    const struct s5a_proxy *proxy =
        config->inbound_proxy != NULL ? config->inbound_proxy : config->default_proxy;
    if (proxy == NULL) {
        s5a_log(S5A_LOG_INFO, "listening denied: there is no proxy to listen at");
        *failed = -EACCES;
        return NULL;
    }
    struct s5a_binding *x = s5a_binding_new(fd, config, proxy);
    *failed = x == NULL ? -ENOMEM : ask(x, shield);
    if (*failed == 0)
        return x;
    if (x != NULL)
        s5a_binding_free(x);
    return NULL;
}
