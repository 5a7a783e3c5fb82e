/* Counts for each principal, in a table that holds those who have something. */
#include "server/quota.h"

#include <stdlib.h>

#include "server/table.h"

struct count {
    uint64_t who;
    unsigned of[S5AD_QUOTA_KINDS], sum;
    UT_hash_handle hh;
};

struct s5ad_quota {
    struct count *counts;
    unsigned totals[S5AD_QUOTA_KINDS];
};

struct s5ad_quota *s5ad_quota_new(void)
{
    return calloc(1, sizeof(struct s5ad_quota));
}

void s5ad_quota_free(struct s5ad_quota *quota)
{
    struct count *count, *next;
    if (!quota)
        return;
    HASH_ITER (hh, quota->counts, count, next) {
        HASH_DEL(quota->counts, count);
        free(count);
    }
    free(quota);
}

static struct count *find(const struct s5ad_quota *quota, uint64_t who)
{
    struct count *count;
    HASH_FIND(hh, quota->counts, &who, sizeof who, count);
    return count;
}

static struct count *find_or_add(struct s5ad_quota *quota, uint64_t who)
{
    struct count *count = find(quota, who);
    if (count)
        return count;
    count = calloc(1, sizeof *count);
    if (!count)
        return NULL;
    count->who = who;
    HASH_ADD(hh, quota->counts, who, sizeof count->who, count);
    if (count->hh.tbl)
        return count;
    free(count); /* the table could not grow */
    return NULL;
}

static void drop_empty(struct s5ad_quota *quota, struct count *count)
{
    if (count->sum > 0)
        return;
    HASH_DEL(quota->counts, count);
    free(count);
}

const char *s5ad_share_take(struct s5ad_share *share, struct s5ad_quota *quota,
                            enum s5ad_quota_kind kind, uint64_t who,
                            const struct s5ad_quota_limit *limit)
{
    struct count *count = find_or_add(quota, who);
    if (!count)
        return "out of memory";
    bool is_few = count->of[kind] < limit->each;
    if (!is_few || quota->totals[kind] >= limit->all) {
        drop_empty(quota, count);
        return is_few ? "too many in all" : "too many of this user";
    }
    count->of[kind]++;
    count->sum++;
    quota->totals[kind]++;
    *share = (struct s5ad_share){ quota, kind, who };
    return NULL;
}

void s5ad_share_give(struct s5ad_share *share)
{
    struct s5ad_quota *quota = share->quota;
    struct count *count = quota ? find(quota, share->who) : NULL;
    share->quota = NULL;
    if (!count)
        return;
    count->of[share->kind]--;
    count->sum--;
    quota->totals[share->kind]--;
    drop_empty(quota, count);
}

void s5ad_share_move(struct s5ad_share *to, struct s5ad_share *from)
{
    *to = *from;
    from->quota = NULL;
}

unsigned s5ad_quota_total(const struct s5ad_quota *quota, enum s5ad_quota_kind kind)
{
    return quota->totals[kind];
}
