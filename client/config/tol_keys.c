/* One setter a key: what a section proxy says of method 81. */
#include "client/config/setters.h"

#include <string.h>

#include "client/word.h"

enum { PADDING_MAX = 4096 };

static struct s5a_tol_policy *policy_of(struct s5a_draft *draft)
{
    return &draft->proxy->proxy->tol;
}

bool s5a_set_tol(struct s5a_draft *draft, const char *value)
{
    static const char *const words[] = {
        "off", "bare", "padding", "jitter", "masking", "full", NULL
    };
    struct s5a_tol_policy *tol = policy_of(draft);
    unsigned index;
    if (!s5a_value_choose(draft, value, words, &index))
        return false;
    tol->use = index == 0 ? S5A_TOL_OFF : S5A_TOL_ON;
    if (index > 0)
        tol->type = (uint8_t)(index - 1);
    return true;
}

bool s5a_set_tol_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const words[] = { "sealed", "plain", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, words, &index))
        return false;
    policy_of(draft)->plain = index == 1;
    return true;
}

/* ---- shaping ---- */

static bool read_range(struct s5a_tol_policy *tol, struct s5a_span text)
{
    struct s5a_span low, high;
    uint32_t min, max;
    if (!s5a_word_split(&text, '-', &low) || !s5a_word_split(&text, '-', &high) ||
        text.at != NULL || !s5a_word_number(low, 0, S5A_TOL_JITTER_MAX, &min) ||
        !s5a_word_number(high, 1, S5A_TOL_JITTER_MAX, &max) || min >= max)
        return false;
    tol->jitter_min = (uint16_t)min;
    tol->jitter_max = (uint16_t)max;
    return true;
}

/* MODE of the record's RAND. */
static bool read_distribution(struct s5a_tol_policy *tol, struct s5a_span word)
{
    static const char *const words[] = { "uniform", "normal", "exponential" };
    for (uint8_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!s5a_word_is(word, words[i]))
            continue;
        tol->jitter_mode = i;
        return true;
    }
    return false;
}

bool s5a_set_tol_jitter(struct s5a_draft *draft, const char *value)
{
    struct s5a_span rest = s5a_word(value), range, distribution;
    struct s5a_tol_policy *tol = policy_of(draft);
    bool good = s5a_word_next(&rest, &range) && read_range(tol, range);
    if (good && s5a_word_next(&rest, &distribution))
        good = read_distribution(tol, distribution) && s5a_word_trim(rest).len == 0;
    return good || s5a_draft_fail_value(draft, value,
                                        "MIN-MAX in ms, at most 10000, and at most one of uniform, "
                                        "normal, exponential");
}

static bool read_number(struct s5a_draft *draft, const char *value, uint32_t max, uint16_t *out,
                        const char *expected)
{
    uint32_t number;
    if (!s5a_word_number(s5a_word(value), 0, max, &number))
        return s5a_draft_fail_value(draft, value, expected);
    *out = (uint16_t)number;
    return true;
}

bool s5a_set_tol_dummies(struct s5a_draft *draft, const char *value)
{
    return read_number(draft, value, S5A_TOL_DUMMIES_MAX, &policy_of(draft)->dummies,
                       "ms from 0 (none) to 65535");
}

bool s5a_set_tol_budget(struct s5a_draft *draft, const char *value)
{
    return read_number(draft, value, S5A_TOL_BUDGET_MAX, &policy_of(draft)->budget,
                       "percent from 0 to 1000");
}

bool s5a_set_tol_padding(struct s5a_draft *draft, const char *value)
{
    struct s5a_span rest = s5a_word(value), word;
    struct s5a_tol_policy *tol = policy_of(draft);
    uint32_t bytes;
    for (unsigned i = 0; i < 3; i++) {
        if (!s5a_word_next(&rest, &word) || !s5a_word_number(word, 0, PADDING_MAX, &bytes))
            return s5a_draft_fail_value(draft, value,
                                        "three numbers of bytes from 0 to 4096, for payloads of "
                                        "up to 128 bytes, up to 512, and more");
        tol->padding[i] = (uint16_t)bytes;
    }
    return s5a_word_trim(rest).len == 0 ||
           s5a_draft_fail_value(draft, value, "three numbers of bytes, and no more");
}

/* ---- what may not be weaker ---- */

static bool take_requirement(struct s5a_tol_policy *tol, struct s5a_span word)
{
    tol->is_required = true;
    if (s5a_word_is(word, "sealed"))
        return tol->is_sealed_required = true;
    for (uint8_t i = 0; s5a_tol_type_words[i] != NULL; i++) {
        if (!s5a_word_is(word, s5a_tol_type_words[i]))
            continue;
        tol->least = i;
        return true;
    }
    return s5a_word_is(word, "tol");
}

bool s5a_set_require(struct s5a_draft *draft, const char *value)
{
    struct s5a_span rest = s5a_word(value), word;
    while (s5a_word_next(&rest, &word))
        if (!take_requirement(policy_of(draft), word))
            return s5a_draft_fail_value(
                draft, value, "tol, sealed, and one of bare, padding, jitter, masking, full");
    return true;
}
