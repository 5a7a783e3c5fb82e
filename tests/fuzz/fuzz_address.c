/* An address on the wire (first byte: the types that are allowed), and the same bytes as text. */
#include "tests/fuzz/check.h"

#include "protocol/address.h"
#include "protocol/url.h"

struct context {
    unsigned allowed;
    struct s5a_address address;
};

static enum s5a_status decode(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    return s5a_address_decode(r, c->allowed, &c->address);
}

static void encode(struct s5a_writer *w, void *context)
{
    s5a_address_encode(w, &((struct context *)context)->address);
}

static void require_printable(const char *text, size_t len)
{
    REQUIRE(strlen(text) == len);
    for (size_t i = 0; i < len; i++)
        REQUIRE(text[i] >= 0x20 && text[i] < 0x7f);
}

/* Shown whole it is printable, and shown shorter it is a beginning of that. */
static void check_format(const struct s5a_address *address)
{
    static char whole[4 * S5A_URL_MAX + 1];
    char cut[40];
    size_t len = s5a_address_format(address, whole, sizeof(whole));
    require_printable(whole, len);
    REQUIRE(address->type == S5A_ATYP_URL || len < S5A_ADDRESS_TEXT_CAP);
    for (size_t cap = 1; cap <= sizeof(cut); cap++) {
        size_t cut_len = s5a_address_format(address, cut, cap);
        REQUIRE(cut_len < cap && strlen(cut) == cut_len && memcmp(cut, whole, cut_len) == 0);
    }
}

static void check_wire(struct s5a_span in, unsigned allowed)
{
    struct context context = { .allowed = allowed };
    struct s5a_reader r;
    size_t used;
    if (fuzz_stream(in, decode, &context, &used) != S5A_OK)
        return;
    s5a_reader_init(&r, in.at, in.len);
    REQUIRE(decode(&r, &context) == S5A_OK);
    REQUIRE(allowed & S5A_ATYP_BIT(context.address.type));
    fuzz_same((struct s5a_span){ in.at, used }, encode, &context);
    check_format(&context.address);

    struct s5a_address literal = context.address;
    s5a_address_resolve_literal(&literal);
    REQUIRE(literal.type == context.address.type || literal.text.len == 0);
}

/* What was read from a text can be sent, and what is shown of it reads back. */
static void check_text(struct s5a_span text)
{
    static char shown[S5A_ADDRESS_TEXT_CAP];
    static uint8_t wire[S5A_ADDRESS_MAX];
    struct s5a_address address, again;
    struct s5a_writer w;
    if (s5a_address_parse(&address, text) != S5A_OK)
        return;
    s5a_writer_init(&w, wire, sizeof(wire));
    s5a_address_encode(&w, &address);
    REQUIRE(!w.bad);
    size_t len = s5a_address_format(&address, shown, sizeof(shown));
    if (address.text.len > 0 && memchr(shown, '\\', len)) /* escapes are for people only */
        return;
    REQUIRE(s5a_address_parse(&again, (struct s5a_span){ (uint8_t *)shown, len }) == S5A_OK);
    REQUIRE(s5a_address_equal(&address, &again));
}

/* The parts of a URL lie inside it. */
static void check_url(struct s5a_span text)
{
    struct s5a_url url;
    if (s5a_url_parse(&url, text) != S5A_OK) {
        REQUIRE(url.port == 0 && url.scheme.len == 0);
        return;
    }
    REQUIRE(url.port != 0 && url.scheme.at == text.at && url.scheme.len < text.len);
    if (url.host.type != S5A_ATYP_NAME)
        return;
    REQUIRE(url.host.text.at > text.at && url.host.text.len <= S5A_NAME_MAX);
    REQUIRE(url.host.text.at + url.host.text.len <= text.at + text.len);
    REQUIRE(!memchr(url.host.text.at, '@', url.host.text.len));
    REQUIRE(!memchr(url.host.text.at, ':', url.host.text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct s5a_span rest = { data + 1, size - 1 };
    check_wire(rest, data[0]);
    check_text(rest);
    check_url(rest);
    return 0;
}
