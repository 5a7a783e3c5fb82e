/* One setter a key: what a section proxy says of method 81. */
#include "client/config/setters.h"

#include <string.h>

#include "client/word.h"

static struct s5a_tol_policy *policy_of(struct s5a_draft *draft)
{
    return &draft->proxy->proxy->tol;
}

static struct s5a_tol_shape *shape_of(struct s5a_draft *draft)
{
    return &policy_of(draft)->shape;
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
        tol->shape.type = (uint8_t)(index - 1);
    return true;
}

bool s5a_set_tol_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const words[] = { "sealed", "plain", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, words, &index))
        return false;
    policy_of(draft)->is_plain = index == 1;
    return true;
}

/* ---- shaping ---- */

static bool read_range(struct s5a_tol_delay *delay, struct s5a_span text)
{
    struct s5a_span low, high;
    uint32_t min, max;
    if (!s5a_word_split(&text, '-', &low) || !s5a_word_split(&text, '-', &high) ||
        text.at != NULL || !s5a_word_number(low, 0, S5A_TOL_JITTER_MAX, &min) ||
        !s5a_word_number(high, 1, S5A_TOL_JITTER_MAX, &max) || min >= max)
        return false;
    delay->min = (uint16_t)min;
    delay->max = (uint16_t)max;
    return true;
}

/* In the order of enum s5a_tol_delay_mode. */
static bool read_distribution(struct s5a_tol_delay *delay, struct s5a_span word)
{
    static const char *const words[] = { "uniform", "normal", "exponential" };
    for (uint8_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!s5a_word_is(word, words[i]))
            continue;
        delay->mode = i;
        return true;
    }
    return false;
}

/* What the proxy asks of us is bounded by what we do ourselves. */
bool s5a_set_tol_jitter(struct s5a_draft *draft, const char *value)
{
    struct s5a_span rest = s5a_word(value), range, distribution;
    struct s5a_tol_shape *shape = shape_of(draft);
    bool good = s5a_word_next(&rest, &range) && read_range(&shape->delay, range);
    if (good && s5a_word_next(&rest, &distribution))
        good = read_distribution(&shape->delay, distribution) && s5a_word_trim(rest).len == 0;
    shape->delay_max = shape->delay.max;
    return good || s5a_draft_fail_value(draft, value,
                                        "MIN-MAX in ms, at most 10000, and at most one of uniform, "
                                        "normal, exponential");
}

/* `count` numbers up to `max`, and nothing else. */
static bool read_numbers(const char *value, const uint32_t *max, size_t count, uint32_t *out)
{
    struct s5a_span rest = s5a_word(value), word;
    for (size_t i = 0; i < count; i++)
        if (!s5a_word_next(&rest, &word) || !s5a_word_number(word, 0, max[i], &out[i]))
            return false;
    return s5a_word_trim(rest).len == 0;
}

bool s5a_set_tol_dummies(struct s5a_draft *draft, const char *value)
{
    static const uint32_t max[] = { S5A_TOL_DUMMIES_MAX };
    uint32_t ms;
    if (!read_numbers(value, max, 1, &ms) || (ms > 0 && ms < S5A_TOL_DUMMIES_MIN))
        return s5a_draft_fail_value(draft, value, "0 for none, or ms from 100 to 65535");
    shape_of(draft)->dummy = ms;
    return true;
}

bool s5a_set_tol_budget(struct s5a_draft *draft, const char *value)
{
    static const uint32_t max[] = { S5A_TOL_BUDGET_MAX };
    uint32_t percent;
    if (!read_numbers(value, max, 1, &percent))
        return s5a_draft_fail_value(draft, value, "percent from 0 to 255");
    shape_of(draft)->budget_percent = (uint8_t)percent;
    return true;
}

bool s5a_set_tol_padding(struct s5a_draft *draft, const char *value)
{
    static const uint32_t max[S5A_TOL_PADDING_ROWS] = { S5A_TOL_PADDING_MAX, S5A_TOL_PADDING_MAX,
                                                        S5A_TOL_PADDING_MAX };
    uint32_t bytes[S5A_TOL_PADDING_ROWS];
    if (!read_numbers(value, max, S5A_TOL_PADDING_ROWS, bytes))
        return s5a_draft_fail_value(draft, value,
                                    "three numbers of bytes of at most 4096, for payloads of up to "
                                    "128 bytes, up to 512, and more");
    for (size_t i = 0; i < S5A_TOL_PADDING_ROWS; i++)
        shape_of(draft)->padding[i].total_max = (uint16_t)bytes[i];
    return true;
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
