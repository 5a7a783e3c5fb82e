/* Records padded to the byte. */
#include "protocol/tol/burst.h"

static size_t rand_min(uint8_t type)
{
    return type == S5A_TOL_JITTER || type == S5A_TOL_FULL ? S5A_TOL_DELAY_LEN : 0;
}

/* What RAND may have over its least. */
static size_t rand_free(uint8_t type)
{
    if (type == S5A_TOL_BARE || type == S5A_TOL_JITTER)
        return 0;
    return S5A_TOL_RAND_MAX - rand_min(type);
}

size_t s5a_tol_burst_least(const struct s5a_tol_link *link, uint8_t type, size_t payload_len)
{
    return s5a_tol_overhead(&link->out) + rand_min(type) + payload_len;
}

static void fill_rand(struct s5a_tol_link *link, uint8_t type, uint8_t *rand, size_t len)
{
    size_t fixed = rand_min(type);
    if (fixed > 0)
        s5a_tol_delay_encode(rand, &link->shape.delay);
    s5a_random_fill(&link->random, rand + fixed, len - fixed);
}

/* One record whose RAND is `more` over the least. */
static size_t seal(struct s5a_tol_link *link, uint8_t type, size_t more, uint8_t *at, size_t len)
{
    size_t rand_len = rand_min(type) + more;
    fill_rand(link, type, at + 4, rand_len);
    return s5a_tol_seal(&link->out, at, type, rand_len, len);
}

/* How much of `fill` goes into the next RAND. What is left is 0 or enough for a dummy. */
static size_t share(size_t fill, size_t free, size_t dummy)
{
    size_t more = fill < free ? fill : free, rest = fill - more;
    return rest > 0 && rest < dummy ? more - (dummy - rest) : more;
}

static bool seal_dummies(struct s5a_tol_link *link, uint8_t type, uint8_t *at, size_t fill)
{
    size_t least = s5a_tol_burst_least(link, type, 0);
    while (fill > 0) {
        size_t more = share(fill - least, rand_free(type), least);
        if (seal(link, type, more, at, 0) == 0)
            return false;
        at += least + more;
        fill -= least + more;
    }
    return true;
}

static size_t fill_of(const struct s5a_tol_burst *burst)
{
    return rand_free(burst->type) > 0 ? burst->fill : 0;
}

/* Of the fill, what the record's own RAND takes. */
static size_t own_share(const struct s5a_tol_link *link, const struct s5a_tol_burst *burst)
{
    return share(fill_of(burst), rand_free(burst->type), s5a_tol_burst_least(link, burst->type, 0));
}

size_t s5a_tol_burst_head(const struct s5a_tol_link *link, const struct s5a_tol_burst *burst)
{
    return S5A_TOL_HEAD_MIN + rand_min(burst->type) + own_share(link, burst);
}

size_t s5a_tol_burst_len(const struct s5a_tol_link *link, const struct s5a_tol_burst *burst)
{
    return s5a_tol_burst_least(link, burst->type, burst->payload_len) + fill_of(burst);
}

uint8_t *s5a_tol_burst_seal(struct s5a_tol_link *link, const struct s5a_tol_burst *burst,
                            size_t *len)
{
    size_t more = own_share(link, burst), rest = fill_of(burst) - more;
    uint8_t *at = burst->payload - s5a_tol_burst_head(link, burst);
    size_t record = seal(link, burst->type, more, at, burst->payload_len);
    bool good = record > 0 && seal_dummies(link, burst->type, at + record, rest);
    *len = good ? record + rest : 0;
    return good ? at : NULL;
}
