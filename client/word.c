/* Words of configuration. ctype.h and strtol follow the host's locale, so neither is used. */
#include "client/word.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 32, HOST_MAX = 255 };

struct s5a_span s5a_word(const char *string)
{
    return (struct s5a_span){ (const uint8_t *)string, strlen(string) };
}

char *s5a_word_copy(struct s5a_span text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

struct s5a_span s5a_word_head(struct s5a_span text, size_t len)
{
    return (struct s5a_span){ text.at, len < text.len ? len : text.len };
}

struct s5a_span s5a_word_tail(struct s5a_span text, size_t len)
{
    if (len > text.len)
        len = text.len;
    return len == 0 ? text : (struct s5a_span){ text.at + len, text.len - len };
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

struct s5a_span s5a_word_trim(struct s5a_span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = s5a_word_tail(text, 1);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

size_t s5a_word_find(struct s5a_span text, char byte)
{
    size_t at = 0;
    while (at < text.len && text.at[at] != (uint8_t)byte)
        at++;
    return at;
}

size_t s5a_word_find_last(struct s5a_span text, char byte)
{
    for (size_t at = text.len; at > 0; at--)
        if (text.at[at - 1] == (uint8_t)byte)
            return at - 1;
    return text.len;
}

bool s5a_word_split(struct s5a_span *rest, char separator, struct s5a_span *part)
{
    if (rest->at == NULL)
        return false;
    size_t len = s5a_word_find(*rest, separator);
    *part = s5a_word_head(*rest, len);
    *rest = len < rest->len ? s5a_word_tail(*rest, len + 1) : (struct s5a_span){ NULL, 0 };
    return true;
}

bool s5a_word_next(struct s5a_span *rest, struct s5a_span *part)
{
    *rest = s5a_word_trim(*rest);
    size_t len = 0;
    while (len < rest->len && !is_blank(rest->at[len]))
        len++;
    *part = s5a_word_head(*rest, len);
    *rest = s5a_word_tail(*rest, len);
    return len > 0;
}

bool s5a_word_is(struct s5a_span text, const char *word)
{
    return s5a_span_equal(text, s5a_word(word));
}

bool s5a_word_starts(struct s5a_span text, const char *prefix)
{
    return s5a_word_is(s5a_word_head(text, strlen(prefix)), prefix);
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

bool s5a_word_equal_nocase(struct s5a_span a, struct s5a_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool s5a_word_ends_nocase(struct s5a_span text, struct s5a_span ending)
{
    return text.len >= ending.len &&
           s5a_word_equal_nocase(s5a_word_tail(text, text.len - ending.len), ending);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_all_digits(struct s5a_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.at[i]))
            return false;
    return text.len > 0;
}

bool s5a_word_number(struct s5a_span text, uint32_t min, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;
    *out = 0;
    if (!is_all_digits(text) || text.len > 10)
        return false;
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    if (value < min || value > max)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool is_host_byte(uint8_t byte)
{
    uint8_t letter = lower(byte);
    return (letter >= 'a' && letter <= 'z') || is_digit(byte) || byte == '-' || byte == '_';
}

static bool is_host_label(struct s5a_span label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!is_host_byte(label.at[i]))
            return false;
    return label.len > 0;
}

bool s5a_word_is_host(struct s5a_span text)
{
    struct s5a_span label = { NULL, 0 };
    if (text.len == 0 || text.len > HOST_MAX)
        return false;
    struct s5a_span rest = text.at[text.len - 1] == '.' ? s5a_word_head(text, text.len - 1) : text;
    while (s5a_word_split(&rest, '.', &label))
        if (!is_host_label(label))
            return false;
    return !is_all_digits(label);
}

bool s5a_word_is_label(struct s5a_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_host_byte(text.at[i]) && text.at[i] != '.')
            return false;
    return text.len > 0 && text.len <= LABEL_MAX;
}
