#include "client/names/fakemap.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/names/faketable.h"
#include "tests/unit/span.h"

static char dir[64];
static struct s5a_config config;

static struct s5a_prefix prefix(const char *text)
{
    struct s5a_prefix parsed;
    cr_assert_eq(s5a_prefix_parse(&parsed, span(text)), S5A_OK);
    return parsed;
}

static void set_up(void)
{
    strcpy(dir, "/tmp/s5a-fakemap-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    memset(&config, 0, sizeof(config));
    config.fake4 = prefix("198.18.0.0/15");
    config.fake6 = prefix("fd73:6f63:6b73:3561::/96");
    config.state_dir = dir;
}

/* The path of the one file in the state directory. */
static const char *file_path(void)
{
    static char path[512];
    struct dirent *entry;
    DIR *d = opendir(dir);
    path[0] = '\0';
    while (d != NULL && (entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
    if (d != NULL)
        closedir(d);
    return path;
}

static void tear_down(void)
{
    (void)unlink(file_path());
    (void)rmdir(dir);
}

TestSuite(fakemap, .init = set_up, .fini = tear_down);

static struct s5a_fake put(struct s5a_fakemap *map, const char *name)
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(map, span(name), &fake), "%s", name);
    return fake;
}

static struct s5a_address v4_of(const struct s5a_fake *fake)
{
    uint8_t ip[4];
    memcpy(ip, &fake->v4, 4);
    return s5a_address_ipv4(ip);
}

static struct s5a_address v6_of(const struct s5a_fake *fake)
{
    return s5a_address_ipv6(fake->v6.s6_addr);
}

static struct s5a_address address(const char *text)
{
    struct s5a_address parsed;
    cr_assert_eq(s5a_address_parse(&parsed, span(text)), S5A_OK);
    return parsed;
}

static void expect_name(struct s5a_fakemap *map, const struct s5a_address *at, const char *name)
{
    char found[S5A_NAME_MAX + 1];
    cr_assert_eq(s5a_fakemap_name(map, at, found), strlen(name));
    cr_assert_str_eq(found, name);
}

static bool same(struct s5a_fake a, struct s5a_fake b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

Test(fakemap, name_has_the_same_addresses_each_time)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake first = put(map, "host.example");
    cr_assert_not(same(put(map, "other.example"), first));
    cr_assert(same(put(map, "host.example"), first));
    s5a_fakemap_close(map);
}

Test(fakemap, both_addresses_lead_back_to_the_name)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake fake = put(map, "host.example");
    struct s5a_address v4 = v4_of(&fake);
    struct s5a_address v6 = v6_of(&fake);
    expect_name(map, &v4, "host.example");
    expect_name(map, &v6, "host.example");
    cr_assert(s5a_fake_contains(&config, &v4));
    cr_assert(s5a_fake_contains(&config, &v6));
    s5a_fakemap_close(map);
}

Test(fakemap, mapped_address_leads_back_to_the_name)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake fake = put(map, "host.example");
    uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
    memcpy(ip + 12, &fake.v4, 4);
    struct s5a_address mapped = s5a_address_ipv6(ip);
    expect_name(map, &mapped, "host.example");
    cr_assert(s5a_fake_contains(&config, &mapped));
    s5a_fakemap_close(map);
}

Test(fakemap, case_is_kept_out)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake fake = put(map, "Host.EXAMPLE");
    struct s5a_address v4 = v4_of(&fake);
    cr_assert(same(put(map, "hOST.example"), fake));
    expect_name(map, &v4, "host.example");
    s5a_fakemap_close(map);
}

Test(fakemap, name_of_255_bytes_fits_and_wrong_ones_do_not)
{
    char name[258];
    struct s5a_fake fake;
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    memset(name, 'x', sizeof(name));
    cr_assert(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 255 }, &fake));
    struct s5a_address v4 = v4_of(&fake);
    name[255] = '\0';
    expect_name(map, &v4, name);
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 0 }, &fake));
    name[255] = 'x';
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 256 }, &fake));
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (const uint8_t *)"a\0b", 3 }, &fake));
    s5a_fakemap_close(map);
}

Test(fakemap, addresses_given_to_nobody_have_no_name)
{
    static const char *const nobody[] = { "198.18.0.0",
                                          "198.19.255.255",
                                          "198.18.77.77",
                                          "198.17.255.255",
                                          "198.20.0.0",
                                          "127.0.0.1",
                                          "fd73:6f63:6b73:3561::",
                                          "fd73:6f63:6b73:3561::ffff:ffff",
                                          "fd73:6f63:6b73:3562::1",
                                          "::",
                                          "host.example" };
    char name[S5A_NAME_MAX + 1];
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    for (size_t i = 0; i < sizeof(nobody) / sizeof(*nobody); i++) {
        struct s5a_address at = address(nobody[i]);
        cr_assert_eq(s5a_fakemap_name(map, &at, name), 0, "%s", nobody[i]);
    }
    s5a_fakemap_close(map);
}

Test(fakemap, second_opening_sees_the_names_of_the_first)
{
    struct s5a_fakemap *one = s5a_fakemap_open(&config);
    struct s5a_fakemap *two = s5a_fakemap_open(&config);
    struct s5a_fake fake = put(one, "host.example");
    struct s5a_address v4 = v4_of(&fake);
    expect_name(two, &v4, "host.example");
    cr_assert(same(put(two, "host.example"), fake));
    s5a_fakemap_close(one);
    s5a_fakemap_close(two);
    one = s5a_fakemap_open(&config);
    cr_assert(same(put(one, "host.example"), fake));
    s5a_fakemap_close(one);
}

static void expect_shared_with_child(struct s5a_fakemap *map)
{
    struct s5a_fake fake;
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        bool given = s5a_fakemap_put(map, span("child.example"), &fake);
        _exit(given && write(pipes[1], &fake, sizeof(fake)) == sizeof(fake) ? 0 : 1);
    }
    cr_assert_eq(read(pipes[0], &fake, sizeof(fake)), sizeof(fake));
    cr_assert_eq(waitpid(child, NULL, 0), child);
    struct s5a_address v4 = v4_of(&fake);
    expect_name(map, &v4, "child.example");
    cr_assert(same(put(map, "child.example"), fake));
    close(pipes[0]);
    close(pipes[1]);
}

Test(fakemap, name_put_by_a_forked_child_is_there)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap, without_a_state_directory_fork_shares_the_map)
{
    config.state_dir = NULL;
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap, no_descriptor_stays_open)
{
    int before = dup(0);
    close(before);
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    (void)put(map, "host.example");
    int after = dup(0);
    cr_assert_eq(before, after);
    close(after);
    s5a_fakemap_close(map);
}

Test(fakemap, processes_that_start_at_once_get_one_map, .timeout = 30)
{
    enum { PROCESSES = 12 };
    struct s5a_fake *fakes = mmap(NULL, sizeof(*fakes) * PROCESSES, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int gate[2];
    char byte;
    cr_assert_eq(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            close(gate[1]);
            (void)!read(gate[0], &byte, 1);
            struct s5a_fakemap *map = s5a_fakemap_open(&config);
            _exit(map != NULL && s5a_fakemap_put(map, span("host.example"), &fakes[i]) ? 0 : 1);
        }
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
    }
    for (int i = 1; i < PROCESSES; i++)
        cr_assert(same(fakes[i], fakes[0]));
    close(gate[0]);
}

enum { THREADS = 64, NAMES = 300 };

struct worker {
    pthread_t thread;
    struct s5a_fakemap *map;
    unsigned begin;
    struct s5a_fake fakes[NAMES];
    unsigned wrong;
};

static void *work(void *context)
{
    struct worker *worker = context;
    for (unsigned n = 0; n < NAMES; n++) {
        char name[32];
        char back[S5A_NAME_MAX + 1];
        unsigned number = (worker->begin + n) % NAMES;
        snprintf(name, sizeof(name), "host%u.example", number);
        worker->wrong += !s5a_fakemap_put(worker->map, span(name), &worker->fakes[number]);
        struct s5a_address v4 = v4_of(&worker->fakes[number]);
        worker->wrong += s5a_fakemap_name(worker->map, &v4, back) == 0 || strcmp(back, name) != 0;
    }
    return NULL;
}

Test(fakemap, threads_agree_on_every_name, .timeout = 60)
{
    static struct worker workers[THREADS];
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].map = map;
        workers[i].begin = i % 2 * NAMES / 2;
        cr_assert_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        cr_assert_eq(workers[i].wrong, 0);
        cr_assert_arr_eq(workers[i].fakes, workers[0].fakes, sizeof(workers[0].fakes));
    }
    s5a_fakemap_close(map);
}

Test(fakemap, twenty_thousand_names_have_addresses_of_their_own, .timeout = 60)
{
    enum { MANY = 20000 };
    static struct s5a_fake fakes[MANY];
    static uint8_t seen[1 << 17];
    char name[40];
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fakemap *other = s5a_fakemap_open(&config);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "host-%u.example", i);
        fakes[i] = put(map, name);
        unsigned index = ntohl(fakes[i].v4.s_addr) - 0xc6120000;
        cr_assert_lt(index, sizeof(seen));
        cr_assert_eq(seen[index]++, 0);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "host-%u.example", i);
        struct s5a_address v4 = v4_of(&fakes[i]);
        expect_name(other, &v4, name);
        cr_assert(same(put(other, name), fakes[i]));
    }
    s5a_fakemap_close(map);
    s5a_fakemap_close(other);
}

Test(fakemap, full_range_refuses_new_names_and_keeps_the_old)
{
    char name[32];
    struct s5a_fake fake;
    struct s5a_fake fakes[14];
    config.fake4 = prefix("192.0.2.16/28");
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    for (unsigned i = 0; i < 14; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        fakes[i] = put(map, name);
        struct s5a_address v4 = v4_of(&fakes[i]);
        cr_assert(s5a_fake_contains(&config, &v4));
        cr_assert_neq(v4.ip[3], 16);
        cr_assert_neq(v4.ip[3], 31);
    }
    cr_assert_not(s5a_fakemap_put(map, span("one-more"), &fake));
    cr_assert(same(put(map, "host3"), fakes[3]));
    s5a_fakemap_close(map);
}

Test(fakemap, range_without_room_gives_nothing)
{
    struct s5a_fake fake;
    config.fake4 = prefix("192.0.2.16/31");
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    cr_assert_not_null(map);
    cr_assert_not(s5a_fakemap_put(map, span("host.example"), &fake));
    s5a_fakemap_close(map);
}

Test(fakemap, other_ranges_leave_the_map_of_these_alone)
{
    struct s5a_config others = config;
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake fake = put(map, "host.example");
    others.fake4 = prefix("10.0.0.0/8");
    others.fake6 = prefix("fd00::/32");
    struct s5a_fakemap *other = s5a_fakemap_open(&others);
    struct s5a_fake elsewhere = put(other, "host.example");
    struct s5a_address v6 = v6_of(&elsewhere);
    expect_name(other, &v6, "host.example");
    s5a_fakemap_close(map);
    map = s5a_fakemap_open(&config);
    cr_assert(same(put(map, "host.example"), fake));
    s5a_fakemap_close(map);
    s5a_fakemap_close(other);
    (void)unlink(file_path());
}

/* Overwrites `len` bytes of the file from `from` with `byte`. */
static void damage(off_t from, size_t len, int byte)
{
    static char bytes[65536];
    int fd = open(file_path(), O_WRONLY);
    cr_assert_geq(fd, 0);
    memset(bytes, byte, sizeof(bytes));
    for (size_t n; len > 0; len -= n, from += (off_t)n) {
        n = len < sizeof(bytes) ? len : sizeof(bytes);
        cr_assert_eq(pwrite(fd, bytes, n, from), (ssize_t)n);
    }
    close(fd);
}

Test(fakemap, damaged_header_is_replaced_by_a_new_file)
{
    for (off_t at = 0; at < 72; at += 9) {
        struct stat before;
        struct stat after;
        s5a_fakemap_close(s5a_fakemap_open(&config));
        cr_assert_eq(stat(file_path(), &before), 0);
        damage(at, 1, 0xee);
        struct s5a_fakemap *map = s5a_fakemap_open(&config);
        struct s5a_fakemap *two = s5a_fakemap_open(&config);
        cr_assert(same(put(map, "host.example"), put(two, "host.example")));
        s5a_fakemap_close(map);
        s5a_fakemap_close(two);
        cr_assert_eq(stat(file_path(), &after), 0);
        cr_assert(before.st_ino != after.st_ino || before.st_ctim.tv_nsec != after.st_ctim.tv_nsec);
    }
}

Test(fakemap, short_file_is_replaced)
{
    s5a_fakemap_close(s5a_fakemap_open(&config));
    cr_assert_eq(truncate(file_path(), 5000), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    (void)put(map, "host.example");
    s5a_fakemap_close(map);
}

Test(fakemap, garbage_in_the_slots_never_yields_a_name_nobody_put)
{
    static const int bytes[] = { 0xff, 0x01, 0x02, 0xaa, 0x55, 0xfe };
    char name[S5A_NAME_MAX + 1];
    struct s5a_fake fake;
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
        damage(4096, 4096 * sizeof(struct s5a_fakeslot), bytes[i]);
        for (unsigned n = 0; n < 4096; n++) {
            uint8_t ip[4] = { 198, 18, (uint8_t)(n >> 8), (uint8_t)n };
            struct s5a_address at = s5a_address_ipv4(ip);
            cr_assert_eq(s5a_fakemap_name(map, &at, name), 0);
        }
        if (s5a_fakemap_put(map, span("host.example"), &fake)) {
            struct s5a_address v4 = v4_of(&fake);
            expect_name(map, &v4, "host.example");
        }
    }
    s5a_fakemap_close(map);
}

Test(fakemap, file_size_limit_means_an_anonymous_map_and_no_signal)
{
    struct rlimit limit = { 100000, 100000 };
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap, growth_past_the_file_size_limit_refuses_and_keeps_what_is_there)
{
    struct rlimit limit = { 2000000, 2000000 }; /* level 0 and not level 1 */
    struct s5a_fake fake;
    char name[32];
    unsigned given = 0;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    struct s5a_fake first = put(map, "host.example");
    for (unsigned i = 0; i < 6000; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        given += s5a_fakemap_put(map, span(name), &fake);
    }
    cr_assert_gt(given, 3000);
    cr_assert_lt(given, 4096);
    cr_assert(same(put(map, "host.example"), first));
    s5a_fakemap_close(map);
}

/* The table alone, with time as an argument. */
static struct s5a_fakeslot slots[16];

static struct s5a_fakeslot *static_level(struct s5a_faketable *table, unsigned level, bool make)
{
    (void)table;
    (void)make;
    return level == 0 ? slots : NULL;
}

static struct s5a_faketable small_table(void)
{
    memset(slots, 0, sizeof(slots));
    return (struct s5a_faketable){ .capacity = 16, .level = static_level };
}

static void fill_table(struct s5a_faketable *table, uint32_t now)
{
    char name[16];
    uint32_t index;
    for (unsigned i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        cr_assert(s5a_faketable_put(table, span(name), now + i, &index));
    }
}

Test(fakemap, slot_is_recycled_after_its_time_and_not_before)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t index;
    uint32_t first;
    fill_table(&table, 1000);
    cr_assert(s5a_faketable_put(&table, span("host0"), 1000, &first));
    cr_assert_not(s5a_faketable_put(&table, span("new"), 1000 + S5A_FAKETABLE_TTL, &index));
    cr_assert(s5a_faketable_put(&table, span("new"), 1001 + S5A_FAKETABLE_TTL, &index));
    cr_assert_eq(index, first);
    cr_assert_eq(s5a_faketable_name(&table, first, 1001 + S5A_FAKETABLE_TTL, name), 3);
    cr_assert_str_eq(name, "new");
}

Test(fakemap, name_in_use_is_not_recycled)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t index;
    uint32_t first;
    fill_table(&table, 1000);
    cr_assert(s5a_faketable_put(&table, span("host0"), 1000, &first));
    cr_assert_gt(s5a_faketable_name(&table, first, 5000, name), 0);
    cr_assert(s5a_faketable_put(&table, span("new"), 1010 + S5A_FAKETABLE_TTL, &index));
    cr_assert_neq(index, first);
    cr_assert_gt(s5a_faketable_name(&table, first, 5000, name), 0);
    cr_assert_str_eq(name, "host0");
}

Test(fakemap, clock_that_went_back_recycles_nothing)
{
    struct s5a_faketable table = small_table();
    uint32_t index;
    fill_table(&table, 100000);
    cr_assert_not(s5a_faketable_put(&table, span("new"), 50000, &index));
}

Test(fakemap, abandoned_claim_does_not_hang_and_is_given_again)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t before;
    uint32_t after;
    cr_assert(s5a_faketable_put(&table, span("host"), 1000, &before));
    slots[before].word ^= 3; /* PUBLISHED to WRITING */
    cr_assert(s5a_faketable_put(&table, span("host"), 1000, &after));
    cr_assert_neq(before, after);
    cr_assert_eq(s5a_faketable_name(&table, before, 1000, name), 0);
    for (unsigned i = 0; i < 14; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        cr_assert(s5a_faketable_put(&table, span(name), 1000, &after));
    }
    cr_assert(s5a_faketable_put(&table, span("new"), 1001 + S5A_FAKETABLE_STALL, &after));
    cr_assert_eq(before, after);
}
