/* Files of vectors, and their hex fields. */
#pragma once

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bytes.h"

/* NAME.json; release it by json_decref. */
static inline json_t *vector_file(const char *name)
{
    const char *folder = getenv("S5A_VECTORS");
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof(path), "%s/%s.json", folder ? folder : "tests/vectors", name);
    json_t *content = json_load_file(path, JSON_ALLOW_NUL, &error);
    cr_assert(content, "%s: %s", path, error.text);
    return content;
}

static inline const char *vector_text(const json_t *entry, const char *key)
{
    return json_string_value(json_object_get(entry, key));
}

static inline json_int_t vector_number(const json_t *entry, const char *key)
{
    return json_integer_value(json_object_get(entry, key));
}

static inline size_t vector_unhex(const char *text, uint8_t *out, size_t cap)
{
    size_t len = strlen(text) / 2;
    cr_assert_leq(len, cap);
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        cr_assert_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return len;
}

/* Bytes that live as long as the test's process, chained so that they do not count as lost. */
struct vector_block {
    struct vector_block *before;
    uint8_t bytes[];
};

static inline uint8_t *vector_keep(size_t len)
{
    static struct vector_block *last;
    struct vector_block *block = malloc(sizeof(*block) + len);
    cr_assert(block);
    block->before = last;
    last = block;
    return block->bytes;
}

/* The bytes of a hex field, for the rest of the test; empty where there is none. */
static inline struct s5a_span vector_bytes(const json_t *entry, const char *key)
{
    const char *text = vector_text(entry, key);
    if (!text)
        return (struct s5a_span){ NULL, 0 };
    size_t len = strlen(text) / 2;
    uint8_t *bytes = vector_keep(len);
    return (struct s5a_span){ bytes, vector_unhex(text, bytes, len) };
}

/* The same of exactly `len` bytes. */
static inline const uint8_t *vector_exact(const json_t *entry, const char *key, size_t len)
{
    struct s5a_span bytes = vector_bytes(entry, key);
    cr_assert_eq(bytes.len, len, "%s has %zu bytes", key, bytes.len);
    return bytes.at;
}

/* Compares, and shows what it got. */
static inline void vector_expect(const char *what, struct s5a_span got, struct s5a_span expected)
{
    char text[129] = "";
    for (size_t i = 0; i < got.len && i < 64; i++)
        snprintf(text + 2 * i, 3, "%02x", got.at[i]);
    cr_expect(s5a_span_equal(got, expected), "%s: got %zu bytes, %s", what, got.len, text);
}
