/* Requests made ready to be sent. */
#include "client/session/ask.h"

#include "protocol/url.h"

struct s5a_ask s5a_ask_nothing(void)
{
    return (struct s5a_ask){ .request = { .command = S5A_CMD_NOTHING,
                                          .address = s5a_address_none(),
                                          .options = s5a_udp_options_default() } };
}

struct s5a_ask s5a_ask_connect(const struct s5a_target *target)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_CONNECT;
    ask.request.address = target->address;
    ask.request.port = target->port;
    return ask;
}

/* Section 5: datagrams outside of a session in records would show what it hides. */
static bool is_command_granted(const struct s5a_request *request, struct s5a_ask_rules rules)
{
    bool is_in_stream = request->options.transport != 0;
    switch (request->command) {
    case S5A_CMD_CONNECT:
    case S5A_CMD_BIND:
        return true;
    case S5A_CMD_UDP_ASSOCIATE:
        return rules.datagrams;
    case S5A_CMD_UDP_ASSOCIATE_EXT:
        return rules.commands && (is_in_stream ? rules.in_stream : rules.datagrams);
    case S5A_CMD_TOR_RESOLVE:
    case S5A_CMD_TOR_RESOLVE_PTR:
        return !rules.eaf;
    default:
        return rules.commands;
    }
}

/* Section 7: its host and port instead. */
static enum s5a_status unfold_url(struct s5a_request *request)
{
    struct s5a_url url;
    enum s5a_status status = s5a_url_parse(&url, request->address.text);
    if (status != S5A_OK)
        return status;
    request->address = url.host;
    if (request->port == 0)
        request->port = url.port;
    return S5A_OK;
}

static bool is_target(uint8_t command)
{
    return command == S5A_CMD_CONNECT || command == S5A_CMD_POOL_NEW;
}

static unsigned granted_types(uint8_t command, struct s5a_ask_rules rules)
{
    if (command == S5A_CMD_KEEP_ALIVE)
        return S5A_ATYP_BIT(S5A_ATYP_NONE);
    return is_target(command) && rules.addresses ? S5A_ATYPS_EXTENDED : S5A_ATYPS_RFC1928;
}

static enum s5a_status check_address(const struct s5a_request *request, struct s5a_ask_rules rules)
{
    const struct s5a_address *address = &request->address;
    if (!(granted_types(request->command, rules) & S5A_ATYP_BIT(address->type)))
        return S5A_UNSUPPORTED_ADDRESS;
    if (address->type == S5A_ATYP_NONE)
        return S5A_OK;
    size_t max = address->type == S5A_ATYP_URL ? S5A_URL_MAX : S5A_NAME_MAX;
    if (address->text.len > max)
        return S5A_TOO_LONG;
    return s5a_address_is_valid(address) ? S5A_OK : S5A_MALFORMED;
}

enum s5a_status s5a_ask_settle(const struct s5a_ask *ask, struct s5a_ask_rules rules,
                               struct s5a_request *out)
{
    enum s5a_status status = S5A_OK;
    *out = ask->request;
    if (!is_command_granted(out, rules))
        return S5A_UNSUPPORTED_COMMAND;
    if (is_target(out->command) && out->address.type == S5A_ATYP_URL && !rules.addresses)
        status = unfold_url(out);
    if (is_target(out->command))
        s5a_address_resolve_literal(&out->address);
    return status == S5A_OK ? check_address(out, rules) : status;
}
