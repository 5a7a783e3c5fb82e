/* The table of listeners at proxies. */
#include "shim/inbound/binding.h"

#include <criterion/criterion.h>

static struct s5a_config config;
static struct s5a_proxy proxy;

static struct s5a_binding *enlisted(void)
{
    struct s5a_binding *x = s5a_binding_new(-1, &config, &proxy);
    cr_assert(x != NULL && s5a_binding_enlist(x));
    cr_assert_eq(s5a_binding_count(), 1);
    return x;
}

Test(inbound_binding, child_of_a_fork_has_none)
{
    uint32_t number = enlisted()->number;
    s5a_binding_forget();
    cr_assert_eq(s5a_binding_count(), 0);
    cr_assert_null(s5a_binding_at(number));
}

/* Another thread was in the middle of a step: what it has left may lead nowhere. */
Test(inbound_binding, child_of_a_fork_does_not_touch_what_a_step_has_left)
{
    struct s5a_binding *x = enlisted();
    x->is_busy = true;
    x->attempt.stage = S5A_ATTEMPT_TALK;
    x->attempt.chain.wire = (struct s5a_wire *)8;
    s5a_binding_forget();
    cr_assert_eq(s5a_binding_count(), 0);
}
