/* The codec vectors of the wire profile: every entry decoded, encoded again, and cut everywhere. */
#include "tests/unit/vectors.h"

#include "tests/unit/vector_file.h"

/* Entries that encode to other bytes: ignored fields, options written out. */
static const char *const not_canonical[] = {
    "RSV is ignored",
    "UDP_ASSOCIATE_EXT, no option",
    "UDP_ASSOCIATE_EXT, unknown option",
    "FRAG 1 (decodes; is dropped)",
    "message 1, unknown TLV",
    "sealed, client", /* padded */
};

static bool is_canonical(const char *name)
{
    for (size_t i = 0; i < sizeof(not_canonical) / sizeof(not_canonical[0]); i++)
        if (strcmp(name, not_canonical[i]) == 0)
            return false;
    return true;
}

/* ---- checks ---- */

/* Decodes the bytes from a block of exactly their size, so that sanitizers see each step beyond. */
static void run(const struct vectors_decoder *decoder, const json_t *entry, struct s5a_span in,
                struct vectors_outcome *out)
{
    uint8_t *exact = malloc(in.len);
    struct s5a_reader r;
    cr_assert(exact || in.len == 0);
    if (in.len > 0)
        memcpy(exact, in.at, in.len);
    s5a_reader_init(&r, exact, in.len);
    out->value = NULL;
    s5a_writer_init(&out->again, out->storage, sizeof(out->storage));
    decoder->decode(entry, &r, out);
    out->used = in.len - s5a_reader_left(&r);
    cr_expect_not(r.bad, "%s: reader left bad", vector_text(entry, "name"));
    free(exact);
}

static enum s5a_status expected_status(const json_t *entry)
{
    const char *word = vector_text(entry, "error");
    if (!word)
        return S5A_OK;
    if (strcmp(word, "incomplete") == 0)
        return S5A_INCOMPLETE;
    if (strcmp(word, "malformed") == 0)
        return S5A_MALFORMED;
    if (strcmp(word, "unsupported_command") == 0)
        return S5A_UNSUPPORTED_COMMAND;
    cr_assert_str_eq(word, "unsupported_address");
    return S5A_UNSUPPORTED_ADDRESS;
}

static void expect_value(const json_t *entry, const struct vectors_outcome *out)
{
    char *got = json_dumps(out->value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    cr_expect(json_equal(out->value, json_object_get(entry, "value")), "%s: decoded %s",
              vector_text(entry, "name"), got ? got : "nothing");
    free(got);
    if (json_object_get(entry, "used"))
        cr_expect_eq(out->used, (size_t)vector_number(entry, "used"), "%s: used %zu bytes",
                     vector_text(entry, "name"), out->used);
}

static void expect_same_bytes(const json_t *entry, struct s5a_span in, struct vectors_outcome *out)
{
    const char *name = vector_text(entry, "name");
    struct s5a_span again = { out->storage, s5a_writer_len(&out->again) };
    struct s5a_span used = { in.at, out->used };
    cr_expect_not(out->again.bad, "%s: encoder went bad", name);
    cr_expect_eq(s5a_span_equal(again, used), is_canonical(name), "%s: encoded again", name);
}

static void expect_prefixes_wait(const struct vectors_decoder *decoder, const json_t *entry,
                                 struct s5a_span in, enum s5a_status whole)
{
    struct vectors_outcome out;
    for (size_t len = 0; len < in.len; len++) {
        run(decoder, entry, (struct s5a_span){ in.at, len }, &out);
        cr_expect(out.status == S5A_INCOMPLETE || (out.status == whole && whole != S5A_OK),
                  "%s: first %zu bytes give %d", vector_text(entry, "name"), len, out.status);
        cr_expect_eq(out.used, 0, "%s: first %zu bytes move the reader", vector_text(entry, "name"),
                     len);
    }
}

/* Decoders of whole fields find every beginning good or bad, and read no further. */
static void expect_prefixes_are_judged(const struct vectors_decoder *decoder, const json_t *entry,
                                       struct s5a_span in)
{
    struct vectors_outcome out;
    for (size_t len = 0; len < in.len; len++) {
        run(decoder, entry, (struct s5a_span){ in.at, len }, &out);
        cr_expect_neq(out.status, S5A_INCOMPLETE, "%s: first %zu bytes", vector_text(entry, "name"),
                      len);
        json_decref(out.value);
    }
}

static void check(const struct vectors_decoder *decoder, const json_t *entry)
{
    uint8_t bytes[VECTORS_BYTES_CAP];
    struct vectors_outcome out;
    cr_assert_lt(strlen(vector_text(entry, "in")), 2 * sizeof(bytes));
    struct s5a_span in = { bytes, vector_unhex(vector_text(entry, "in"), bytes, sizeof(bytes)) };
    run(decoder, entry, in, &out);
    cr_expect_eq(out.status, expected_status(entry), "%s, %s: %s", decoder->name,
                 vector_text(entry, "name"), s5a_status_text(out.status));
    if (out.status == S5A_OK) {
        expect_value(entry, &out);
        expect_same_bytes(entry, in, &out);
    } else {
        cr_expect_eq(out.used, 0, "%s: moved the reader", vector_text(entry, "name"));
    }
    json_decref(out.value);
    if (decoder->is_stream) {
        size_t len = out.status == S5A_OK ? out.used : in.len;
        expect_prefixes_wait(decoder, entry, (struct s5a_span){ in.at, len }, out.status);
    } else {
        expect_prefixes_are_judged(decoder, entry, in);
    }
}

/* ---- tests ---- */

static void check_all(const char *name)
{
    const struct vectors_decoder *decoder = vectors_find_decoder(name);
    json_t *entries = vector_file("codec"), *entry;
    size_t i, checked = 0;
    cr_assert(decoder);
    json_array_foreach(entries, i, entry)
    {
        if (strcmp(vector_text(entry, "decoder"), name) != 0)
            continue;
        check(decoder, entry);
        checked++;
    }
    cr_expect_gt(checked, 0, "no vector for %s", name);
    json_decref(entries);
}

Test(vectors, every_decoder_in_the_file_is_known)
{
    json_t *entries = vector_file("codec"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) cr_expect(
        vectors_find_decoder(vector_text(entry, "decoder")), "%s", vector_text(entry, "decoder"));
    json_decref(entries);
}

Test(vectors, greetings_are_reproduced)
{
    check_all("greeting");
}

Test(vectors, selections_are_reproduced)
{
    check_all("selection");
}

Test(vectors, user_names_and_passwords_are_reproduced)
{
    check_all("userpass");
}

Test(vectors, addresses_are_reproduced)
{
    check_all("address");
}

Test(vectors, requests_are_reproduced)
{
    check_all("request");
}

Test(vectors, replies_are_reproduced)
{
    check_all("reply");
}

Test(vectors, udp_datagrams_are_reproduced)
{
    check_all("udp datagram");
}

Test(vectors, udp_messages_in_a_stream_are_reproduced)
{
    check_all("udp in stream");
}

Test(vectors, tlv_lists_are_reproduced)
{
    check_all("tlv list");
}

Test(vectors, metadata_is_reproduced)
{
    check_all("metadata");
}

Test(vectors, eaf_messages_are_reproduced)
{
    check_all("eaf message");
}

Test(vectors, credentials_are_reproduced)
{
    check_all("AUTH from the client");
}

Test(vectors, challenges_and_results_are_reproduced)
{
    check_all("AUTH from the server");
}
