/* The keys of [udp]. */
#include "client/config/setters.h"

bool s5a_set_udp_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const modes[] = { "proxy", "block", "direct", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, modes, &index))
        return false;
    draft->config->udp_mode = (enum s5a_udp_mode)index;
    return true;
}

bool s5a_set_udp_transport(struct s5a_draft *draft, const char *value)
{
    static const char *const transports[] = { "auto", "datagrams", "stream", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, transports, &index))
        return false;
    draft->config->udp_transport = (enum s5a_udp_transport)index;
    return true;
}

bool s5a_set_udp_relay(struct s5a_draft *draft, const char *value)
{
    static const char *const relays[] = { "reply", "proxy", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, relays, &index))
        return false;
    draft->config->udp_relay = (enum s5a_udp_relay)index;
    return true;
}
