/* Requests. */
#include "protocol/request.h"

#include "protocol/greeting.h"

enum {
    NOTHING = 1u << S5A_ATYP_NONE,
    ADDRESSES = S5A_ATYPS_RFC1928, /* of hosts and relays */
    TARGETS = S5A_ATYPS_EXTENDED,
};

/* Section 5: what each command may name. A POOL_GET that names an IP is for the server to answer
 * (04), since its end is known. */
static const struct {
    bool extended; /* needs bit 9 */
    unsigned atyps;
} commands[] = {
    [S5A_CMD_CONNECT] = { false, TARGETS },
    [S5A_CMD_BIND] = { false, ADDRESSES },
    [S5A_CMD_UDP_ASSOCIATE] = { false, ADDRESSES },
    [S5A_CMD_KEEP_ALIVE] = { true, NOTHING },
    [S5A_CMD_DNS_RESOLVE] = { true, ADDRESSES },
    [S5A_CMD_POOL_NEW] = { true, TARGETS },
    [S5A_CMD_POOL_GET] = { true, ADDRESSES },
    [S5A_CMD_UDP_ASSOCIATE_EXT] = { true, ADDRESSES },
};

static bool is_command(uint8_t command, struct s5a_request_rules rules)
{
    if (command < S5A_CMD_CONNECT || command > S5A_CMD_UDP_ASSOCIATE_EXT)
        return false;
    return rules.extended_commands || !commands[command].extended;
}

static unsigned allowed_types(uint8_t command, struct s5a_request_rules rules)
{
    unsigned negotiated = rules.extended_addresses ? S5A_ATYPS_EXTENDED : S5A_ATYPS_RFC1928;
    return commands[command].atyps & (negotiated | NOTHING);
}

static enum s5a_status read_head(struct s5a_reader *r, struct s5a_request_rules rules,
                                 uint8_t *command)
{
    uint8_t version = s5a_read_u8(r);
    if (!r->bad && version != S5A_VERSION)
        return S5A_MALFORMED;
    *command = s5a_read_u8(r);
    if (!r->bad && !is_command(*command, rules))
        return S5A_UNSUPPORTED_COMMAND;
    s5a_read_u8(r); /* RSV */
    return r->bad ? S5A_INCOMPLETE : S5A_OK;
}

enum s5a_status s5a_request_decode(struct s5a_reader *r, struct s5a_request_rules rules,
                                   struct s5a_request *out)
{
    struct s5a_reader at = *r;
    struct s5a_request request = { .options = s5a_udp_options_default() };
    *out = request;
    enum s5a_status status = read_head(&at, rules, &request.command);
    out->command = request.command;
    if (status != S5A_OK)
        return status;
    status = s5a_address_decode(&at, allowed_types(request.command, rules), &request.address);
    if (status != S5A_OK)
        return status;
    request.port = s5a_read_u16(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    if (request.command == S5A_CMD_UDP_ASSOCIATE_EXT)
        status = s5a_udp_options_decode(&at, &request.options);
    if (status != S5A_OK)
        return status;
    *out = request;
    *r = at;
    return S5A_OK;
}

void s5a_request_encode(struct s5a_writer *w, const struct s5a_request *request)
{
    s5a_write_u8(w, S5A_VERSION);
    s5a_write_u8(w, request->command);
    s5a_write_u8(w, 0);
    s5a_address_encode(w, &request->address);
    s5a_write_u16(w, request->port);
    if (request->command == S5A_CMD_UDP_ASSOCIATE_EXT)
        s5a_udp_options_encode(w, &request->options);
}
