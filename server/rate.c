/* Buckets of tokens, each one number: when it will be full. */
#include "server/rate.h"

#include <stdlib.h>

enum { SETS = 1024, WAYS = 4, TOKEN = 60000 };

/* Time counts in parts of a token, so that `per_minute` of them pass in a millisecond. */
struct bucket {
    uint64_t who; /* 0: free */
    uint64_t full;
};

struct s5ad_rate {
    uint64_t per_minute, depth;
    struct bucket buckets[SETS][WAYS];
};

struct s5ad_rate *s5ad_rate_new(const struct s5ad_rate_limit *limit)
{
    struct s5ad_rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return NULL;
    rate->per_minute = limit->per_minute;
    rate->depth = limit->at_once ? limit->at_once : limit->per_minute;
    rate->depth *= TOKEN;
    return rate;
}

void s5ad_rate_free(struct s5ad_rate *rate)
{
    free(rate);
}

/* One of `who`, or in its set the one that will be full first. */
static struct bucket *find(struct s5ad_rate *rate, uint64_t who)
{
    struct bucket *set = rate->buckets[who % SETS], *victim = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].who == who)
            return &set[i];
        if (set[i].full < victim->full)
            victim = &set[i];
    }
    *victim = (struct bucket){ .who = who };
    return victim;
}

bool s5ad_rate_take(struct s5ad_rate *rate, uint64_t who, uint64_t now)
{
    if (!rate)
        return true;
    struct bucket *bucket = find(rate, who);
    uint64_t time = now * rate->per_minute;
    uint64_t full = bucket->full > time ? bucket->full : time;
    if (full + TOKEN > time + rate->depth)
        return false;
    bucket->full = full + TOKEN;
    return true;
}
