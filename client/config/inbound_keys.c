/* One setter a key: the section inbound. */
#include "client/config/setters.h"

#include "client/word.h"

bool s5a_set_inbound_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const modes[] = { "allow", "local", "bind", "deny", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, modes, &index))
        return false;
    draft->config->inbound_mode = (enum s5a_inbound_mode)index;
    return true;
}

bool s5a_set_inbound_proxy(struct s5a_draft *draft, const char *value)
{
    const struct s5a_draft_proxy *named = s5a_draft_mention(draft, s5a_word(value));
    if (named != NULL)
        draft->config->inbound_proxy = named->proxy;
    return named != NULL;
}

static bool is_host(const char *value)
{
    struct s5a_address address;
    return s5a_address_parse(&address, s5a_word(value)) == S5A_OK &&
           (address.type == S5A_ATYP_IPV4 || address.type == S5A_ATYP_IPV6 ||
            address.type == S5A_ATYP_NAME);
}

bool s5a_set_inbound_peer(struct s5a_draft *draft, const char *value)
{
    struct s5a_config *config = draft->config;
    config->inbound_expects_last = s5a_word_is(s5a_word(value), "last");
    if (config->inbound_expects_last || s5a_word_is(s5a_word(value), "any"))
        return true;
    return is_host(value) ? s5a_value_copy(draft, s5a_word(value), &config->inbound_peer)
                          : s5a_draft_fail_value(draft, value, "last, any, or a host");
}
