/* The decoders of the codec vectors: structs of the protocol as JSON, and encoded again. */
#include "tests/unit/vectors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/greeting.h"
#include "protocol/reply.h"
#include "protocol/request.h"
#include "protocol/tlv.h"
#include "protocol/udp.h"
#include "protocol/url.h"
#include "protocol/userpass.h"

/* ---- JSON ---- */

json_t *vectors_hex(struct s5a_span bytes)
{
    char text[2 * VECTORS_BYTES_CAP + 1] = "";
    for (size_t i = 0; i < bytes.len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes.at[i]);
    return json_string(text);
}

json_t *vectors_plain(struct s5a_span text)
{
    return json_stringn((const char *)text.at, text.len);
}

static int number_of(const json_t *entry, const char *key)
{
    return (int)json_integer_value(json_object_get(entry, key));
}

static bool is_set(const json_t *entry, const char *key)
{
    return json_is_true(json_object_get(entry, key));
}

static json_t *numbers(struct s5a_span bytes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < bytes.len; i++)
        json_array_append_new(list, json_integer(bytes.at[i]));
    return list;
}

void vectors_set(json_t *object, const char *key, json_int_t number)
{
    json_object_set_new(object, key, json_integer(number));
}

/* ---- parts of values ---- */

static json_t *formatted(const struct s5a_address *address)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(address, text, sizeof(text));
    return json_string(text);
}

static json_t *url_value(struct s5a_span text)
{
    struct s5a_url url;
    json_t *value = json_object();
    char scheme[8] = "";
    cr_assert_eq(s5a_url_parse(&url, text), S5A_OK);
    for (size_t i = 0; i < url.scheme.len; i++)
        scheme[i] = (char)(url.scheme.at[i] | 0x20);
    json_object_set_new(value, "scheme", json_string(scheme));
    json_object_set_new(value, "host", formatted(&url.host));
    vectors_set(value, "host_atyp", url.host.type);
    vectors_set(value, "port", url.port);
    return value;
}

static json_t *address_value(const struct s5a_address *address)
{
    bool is_ip = address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6;
    struct s5a_span ip = { address->ip, address->type == S5A_ATYP_IPV4 ? 4 : 16 };
    json_t *value = json_object();
    vectors_set(value, "atyp", address->type);
    json_object_set_new(value, "value", vectors_hex(is_ip ? ip : address->text));
    if (is_ip)
        json_object_set_new(value, "text", formatted(address));
    else if (address->type != S5A_ATYP_NONE)
        json_object_set_new(value, "text", vectors_plain(address->text));
    if (address->type == S5A_ATYP_URL)
        json_object_set_new(value, "url", url_value(address->text));
    return value;
}

static json_t *options_value(const struct s5a_udp_options *options)
{
    json_t *value = json_object();
    vectors_set(value, "transport", options->transport);
    vectors_set(value, "idle", options->idle);
    vectors_set(value, "size", options->max_datagram);
    return value;
}

/* ---- decoders ---- */

static void greeting(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_span methods;
    (void)entry;
    out->status = s5a_greeting_decode(r, &methods);
    if (out->status != S5A_OK)
        return;
    out->value = numbers(methods);
    s5a_greeting_encode(&out->again, methods);
}

static void selection(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    json_t *list = json_object_get(entry, "offered");
    uint8_t offered[255], method;
    for (size_t i = 0; i < json_array_size(list); i++)
        offered[i] = (uint8_t)json_integer_value(json_array_get(list, i));
    out->status =
        s5a_selection_decode(r, (struct s5a_span){ offered, json_array_size(list) }, &method);
    if (out->status != S5A_OK)
        return;
    out->value = json_integer(method);
    s5a_selection_encode(&out->again, method);
}

static void userpass(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_userpass decoded;
    (void)entry;
    out->status = s5a_userpass_decode(r, &decoded);
    if (out->status != S5A_OK)
        return;
    out->value = json_array();
    json_array_append_new(out->value, vectors_hex(decoded.user));
    json_array_append_new(out->value, vectors_hex(decoded.password));
    s5a_userpass_encode(&out->again, &decoded);
}

static void address(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    json_t *list = json_object_get(entry, "allowed");
    struct s5a_address decoded;
    unsigned allowed = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        allowed |= S5A_ATYP_BIT(json_integer_value(json_array_get(list, i)));
    out->status = s5a_address_decode(r, allowed, &decoded);
    if (out->status != S5A_OK)
        return;
    out->value = address_value(&decoded);
    s5a_address_encode(&out->again, &decoded);
}

static void request(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_request_rules rules = { is_set(entry, "bit9"), is_set(entry, "bit10") };
    struct s5a_request decoded;
    out->status = s5a_request_decode(r, rules, &decoded);
    if (out->status != S5A_OK)
        return;
    out->value = json_object();
    vectors_set(out->value, "cmd", decoded.command);
    json_object_set_new(out->value, "addr", address_value(&decoded.address));
    vectors_set(out->value, "port", decoded.port);
    if (decoded.command == S5A_CMD_UDP_ASSOCIATE_EXT)
        json_object_set_new(out->value, "options", options_value(&decoded.options));
    s5a_request_encode(&out->again, &decoded);
}

static void reply(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_reply_rules rules = { (uint8_t)number_of(entry, "cmd"), is_set(entry, "eaf") };
    struct s5a_reply decoded;
    out->status = s5a_reply_decode(r, rules, &decoded);
    if (out->status != S5A_OK)
        return;
    out->value = json_object();
    vectors_set(out->value, "rep", decoded.rep);
    json_object_set_new(out->value, "addr", address_value(&decoded.address));
    vectors_set(out->value, "port", decoded.port);
    if (decoded.detailed) {
        vectors_set(out->value, "code", decoded.code);
        json_object_set_new(out->value, "message", vectors_plain(decoded.message));
    }
    if (rules.command == S5A_CMD_UDP_ASSOCIATE_EXT && decoded.rep == S5A_REP_SUCCEEDED)
        json_object_set_new(out->value, "options", options_value(&decoded.options));
    s5a_reply_encode(&out->again, rules, &decoded);
}

static void udp_datagram(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_udp decoded;
    (void)entry;
    struct s5a_reader whole = *r;
    struct s5a_span datagram = s5a_read_span(&whole, s5a_reader_left(&whole));
    out->status = s5a_udp_decode(datagram, &decoded);
    if (out->status != S5A_OK)
        return;
    *r = whole;
    out->value = json_object();
    vectors_set(out->value, "frag", decoded.frag);
    json_object_set_new(out->value, "addr", address_value(&decoded.address));
    vectors_set(out->value, "port", decoded.port);
    json_object_set_new(out->value, "data", vectors_hex(decoded.data));
    s5a_udp_header_encode(&out->again, &decoded.address, decoded.port);
    s5a_write_span(&out->again, decoded.data);
}

static void udp_in_stream(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_span message;
    (void)entry;
    out->status = s5a_udp_stream_decode(r, &message);
    if (out->status != S5A_OK)
        return;
    out->value = vectors_hex(message);
    s5a_write_vec16(&out->again, message);
}

static void tlv_list(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    (void)entry;
    struct s5a_reader whole = *r;
    s5a_tlv_walk_init(&walk, s5a_read_span(&whole, s5a_reader_left(&whole)));
    json_t *list = json_array();
    while ((out->status = s5a_tlv_next(&walk, &tlv)) == S5A_OK) {
        json_t *pair = json_array();
        json_array_append_new(pair, json_integer(tlv.type));
        json_array_append_new(pair, vectors_hex(tlv.value));
        json_array_append_new(list, pair);
        s5a_tlv_encode(&out->again, tlv.type, tlv.value);
    }
    if (out->status == S5A_INCOMPLETE) { /* the proper end of the list */
        out->status = S5A_OK;
        out->value = json_incref(list);
        *r = whole;
    }
    json_decref(list);
}

static const struct vectors_decoder decoders[] = {
    { "greeting", greeting, true },
    { "selection", selection, true },
    { "userpass", userpass, true },
    { "address", address, true },
    { "request", request, true },
    { "reply", reply, true },
    { "udp datagram", udp_datagram, false },
    { "udp in stream", udp_in_stream, true },
    { "tlv list", tlv_list, false },
    { "metadata", vectors_metadata, false },
    { "eaf message", vectors_eaf_message, true },
    { "AUTH from the client", vectors_auth, false },
    { "AUTH from the server", vectors_answer, false },
};

const struct vectors_decoder *vectors_find_decoder(const char *name)
{
    for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
        if (strcmp(decoders[i].name, name) == 0)
            return &decoders[i];
    return NULL;
}
