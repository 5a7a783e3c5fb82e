/* The file behind a map of fake addresses: damaged, cut short, or not allowed to grow. */
#include "client/names/fakemap.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "client/names/fakeslot.h"
#include "tests/unit/fakemap_lab.h"

TestSuite(fakemap_file, .init = lab_set_up, .fini = lab_tear_down);

/* Overwrites `len` bytes of the file from `from` with `byte`. */
static void damage(off_t from, size_t len, int byte)
{
    static char bytes[65536];
    int fd = open(lab_file_path(), O_WRONLY);
    cr_assert_geq(fd, 0);
    memset(bytes, byte, sizeof(bytes));
    for (size_t n; len > 0; len -= n, from += (off_t)n) {
        n = len < sizeof(bytes) ? len : sizeof(bytes);
        cr_assert_eq(pwrite(fd, bytes, n, from), (ssize_t)n);
    }
    close(fd);
}

Test(fakemap_file, damaged_header_is_replaced_by_a_new_file)
{
    for (off_t at = 0; at < 72; at += 9) {
        struct stat before;
        struct stat after;
        s5a_fakemap_close(s5a_fakemap_open(&lab_config));
        cr_assert_eq(stat(lab_file_path(), &before), 0);
        damage(at, 1, 0xee);
        struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
        struct s5a_fakemap *two = s5a_fakemap_open(&lab_config);
        cr_assert(lab_same(lab_put(map, "host.example"), lab_put(two, "host.example")));
        s5a_fakemap_close(map);
        s5a_fakemap_close(two);
        cr_assert_eq(stat(lab_file_path(), &after), 0);
        cr_assert(before.st_ino != after.st_ino || before.st_ctim.tv_nsec != after.st_ctim.tv_nsec);
    }
}

Test(fakemap_file, short_file_is_replaced)
{
    s5a_fakemap_close(s5a_fakemap_open(&lab_config));
    cr_assert_eq(truncate(lab_file_path(), 5000), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    (void)lab_put(map, "host.example");
    s5a_fakemap_close(map);
}

Test(fakemap_file, garbage_in_the_slots_never_yields_a_name_nobody_put)
{
    static const int bytes[] = { 0xff, 0x01, 0x02, 0xaa, 0x55, 0xfe };
    char name[S5A_NAME_MAX + 1];
    struct s5a_fake fake;
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
        damage(4096, 4096 * sizeof(struct s5a_fakeslot), bytes[i]);
        for (unsigned n = 0; n < 4096; n++) {
            uint8_t ip[4] = { 198, 18, (uint8_t)(n >> 8), (uint8_t)n };
            struct s5a_address at = s5a_address_ipv4(ip);
            cr_assert_eq(s5a_fakemap_name(map, &at, name), 0);
        }
        if (s5a_fakemap_put(map, span("host.example"), &fake)) {
            struct s5a_address v4 = lab_v4_of(&fake);
            lab_expect_name(map, &v4, "host.example");
        }
    }
    s5a_fakemap_close(map);
}

Test(fakemap_file, file_size_limit_means_an_anonymous_map_and_no_signal)
{
    struct rlimit limit = { 100000, 100000 };
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    lab_expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap_file, growth_past_the_file_size_limit_refuses_and_keeps_what_is_there)
{
    struct rlimit limit = { 2000000, 2000000 }; /* level 0 and not level 1 */
    struct s5a_fake fake;
    char name[32];
    unsigned given = 0;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake first = lab_put(map, "host.example");
    for (unsigned i = 0; i < 6000; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        given += s5a_fakemap_put(map, span(name), &fake);
    }
    cr_assert_gt(given, 3000);
    cr_assert_lt(given, 4096);
    cr_assert(lab_same(lab_put(map, "host.example"), first));
    s5a_fakemap_close(map);
}
