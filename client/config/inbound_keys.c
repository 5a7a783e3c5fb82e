/* One setter a key: the section inbound. */
#include "client/config/setters.h"

bool s5a_set_inbound_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const modes[] = { "allow", "local", "deny", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, modes, &index))
        return false;
    draft->config->inbound_mode = (enum s5a_inbound_mode)index;
    return true;
}
