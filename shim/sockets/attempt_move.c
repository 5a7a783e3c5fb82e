/* What else becomes of an attempt: it moves, is dropped, is reported. */
#include "shim/sockets/attempt.h"

#include <string.h>

#include "shim/engine/private.h"
#include "shim/sockets/io_real.h"

void s5a_attempt_move(struct s5a_attempt *to, struct s5a_attempt *from, int own)
{
    *to = *from;
    to->own = own;
    to->is_patient = false;
    s5a_named_copy(&to->named, &from->named);
    if (from->stage == S5A_ATTEMPT_TALK) {
        struct s5a_chain_goal goal = { s5a_io_real(),     to->config->state_dir, to->proxy,
                                       &to->named.target, &to->report,           to->ask };
        s5a_chain_move(&to->chain, &from->chain, &goal, s5a_attempt_socket(to));
    }
    from->standin = -1;
    from->stage = S5A_ATTEMPT_FIND;
}

void s5a_attempt_drop(struct s5a_attempt *a)
{
    if (a->stage == S5A_ATTEMPT_TALK)
        s5a_chain_wipe(&a->chain);
    s5a_private_close(a->standin);
    a->standin = -1;
}

bool s5a_attempt_has_wire(const struct s5a_attempt *a)
{
    return a->stage == S5A_ATTEMPT_TALK && s5a_chain_has_wire(&a->chain);
}

struct s5a_wire *s5a_attempt_take_wire(struct s5a_attempt *a)
{
    return s5a_attempt_has_wire(a) ? s5a_chain_take_wire(&a->chain) : NULL;
}

void s5a_attempt_report(const struct s5a_attempt *a, int failed)
{
    char target[S5A_ADDRESS_TEXT_CAP];
    enum s5a_log_level level = failed == 0 ? S5A_LOG_DEBUG : S5A_LOG_INFO;
    if (!s5a_log_wanted(level))
        return;
    s5a_target_format(&a->named.target, target, sizeof target);
    if (failed == 0)
        s5a_log(level, "%s: connected through %s", target, a->proxy->where);
    else if (a->is_dialled)
        s5a_log(level, "%s through %s: %s (%s)", target, a->report.proxy->where, a->report.reason,
                strerrordesc_np(-failed));
    else
        s5a_log(level, "%s through %s: the proxy cannot be reached: %s", target,
                s5a_chain_first(a->proxy)->where, strerrordesc_np(-failed));
}
