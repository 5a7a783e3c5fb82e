/* server/udp/targets: who was written to, in bounded room. */
#include "server/udp/targets.h"

#include <criterion/criterion.h>

#include "server/quota.h"

static struct s5ad_sockaddr at(unsigned ip, uint16_t port)
{
    uint8_t bytes[4] = { 10, (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip };
    struct s5a_address address = s5a_address_ipv4(bytes);
    return s5ad_sockaddr_of(&address, port);
}

static struct s5ad_udp_target *add(struct s5ad_udp_targets *targets, unsigned ip, uint16_t port)
{
    struct s5ad_sockaddr to = at(ip, port);
    return s5ad_udp_targets_add(targets, &to);
}

static struct s5ad_udp_target *find(struct s5ad_udp_targets *targets, unsigned ip, uint16_t port)
{
    struct s5ad_sockaddr to = at(ip, port);
    return s5ad_udp_targets_find(targets, &to);
}

Test(server_udp_targets, address_and_port_tell_targets_apart)
{
    struct s5ad_udp_targets *targets = s5ad_udp_targets_new();
    struct s5ad_udp_target *one = add(targets, 1, 53);
    cr_expect_eq(find(targets, 1, 53), one);
    cr_expect_null(find(targets, 1, 54));
    cr_expect_null(find(targets, 2, 53));
    uint8_t mapped[16] = { 10, 0, 0, 1 };
    struct s5a_address six = s5a_address_ipv6(mapped);
    struct s5ad_sockaddr to = s5ad_sockaddr_of(&six, 53);
    cr_expect_null(s5ad_udp_targets_find(targets, &to), "the same bytes of another family");
    s5ad_udp_targets_free(targets);
}

Test(server_udp_targets, those_in_use_stay_where_there_are_too_many)
{
    struct s5ad_udp_targets *targets = s5ad_udp_targets_new();
    for (unsigned i = 0; i < S5AD_UDP_TARGETS_MAX; i++)
        cr_assert_not_null(add(targets, i, 53));
    for (unsigned i = 0; i < 3 * S5AD_UDP_TARGETS_MAX; i++) {
        find(targets, 0, 53)->used = true; /* written to all the while */
        cr_assert_not_null(add(targets, S5AD_UDP_TARGETS_MAX + i, 53));
        cr_assert_eq(s5ad_udp_targets_count(targets), S5AD_UDP_TARGETS_MAX);
        cr_assert_not_null(find(targets, 0, 53), "lost after %u", i);
    }
    cr_expect_null(find(targets, 1, 53));
    s5ad_udp_targets_free(targets);
}

Test(server_udp_targets, all_in_use_still_makes_room)
{
    struct s5ad_udp_targets *targets = s5ad_udp_targets_new();
    for (unsigned i = 0; i < S5AD_UDP_TARGETS_MAX; i++)
        add(targets, i, 53)->used = true;
    cr_expect_not_null(add(targets, 5000, 53));
    cr_expect_not_null(find(targets, 5000, 53));
    cr_expect_eq(s5ad_udp_targets_count(targets), S5AD_UDP_TARGETS_MAX);
    s5ad_udp_targets_free(targets);
}

/* ---- quota ---- */

Test(server_udp_targets, shares_are_limited_each_and_in_all)
{
    const struct s5ad_quota_limit limit = { .each = 2, .all = 3 };
    struct s5ad_quota *quota = s5ad_quota_new();
    struct s5ad_share a[3] = { 0 }, b[2] = { 0 };
    cr_expect_null(s5ad_share_take(&a[0], quota, S5AD_QUOTA_UDP, 1, &limit));
    cr_expect_null(s5ad_share_take(&a[1], quota, S5AD_QUOTA_UDP, 1, &limit));
    cr_expect_str_eq(s5ad_share_take(&a[2], quota, S5AD_QUOTA_UDP, 1, &limit),
                     "too many of this user");
    cr_expect_null(s5ad_share_take(&b[0], quota, S5AD_QUOTA_UDP, 2, &limit));
    cr_expect_str_eq(s5ad_share_take(&b[1], quota, S5AD_QUOTA_UDP, 2, &limit), "too many in all");
    cr_expect_null(s5ad_share_take(&a[2], quota, S5AD_QUOTA_POOL, 1, &limit), "another kind");
    s5ad_share_give(&a[0]);
    s5ad_share_give(&a[0]);
    cr_expect_eq(s5ad_quota_total(quota, S5AD_QUOTA_UDP), 2, "given twice counts once");
    cr_expect_null(s5ad_share_take(&b[1], quota, S5AD_QUOTA_UDP, 2, &limit));
    s5ad_share_move(&a[0], &a[1]);
    s5ad_share_give(&a[1]);
    cr_expect_eq(s5ad_quota_total(quota, S5AD_QUOTA_UDP), 3, "it moved");
    s5ad_share_give(&a[0]);
    s5ad_share_give(&a[2]);
    s5ad_share_give(&b[0]);
    s5ad_share_give(&b[1]);
    cr_expect_eq(s5ad_quota_total(quota, S5AD_QUOTA_UDP), 0);
    s5ad_quota_free(quota);
}
