/* One map of fake addresses for all threads and processes. */
#include "client/names/fakemap.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/unit/fakemap_lab.h"

TestSuite(fakemap_shared, .init = lab_set_up, .fini = lab_tear_down);

Test(fakemap_shared, second_opening_sees_the_names_of_the_first)
{
    struct s5a_fakemap *one = s5a_fakemap_open(&lab_config);
    struct s5a_fakemap *two = s5a_fakemap_open(&lab_config);
    struct s5a_fake fake = lab_put(one, "host.example");
    struct s5a_address v4 = lab_v4_of(&fake);
    lab_expect_name(two, &v4, "host.example");
    cr_assert(lab_same(lab_put(two, "host.example"), fake));
    s5a_fakemap_close(one);
    s5a_fakemap_close(two);
    one = s5a_fakemap_open(&lab_config);
    cr_assert(lab_same(lab_put(one, "host.example"), fake));
    s5a_fakemap_close(one);
}

Test(fakemap_shared, name_put_by_a_forked_child_is_there)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    lab_expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap_shared, without_a_state_directory_fork_shares_the_map)
{
    lab_config.state_dir = NULL;
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    lab_expect_shared_with_child(map);
    s5a_fakemap_close(map);
}

Test(fakemap_shared, no_descriptor_stays_open)
{
    int before = dup(0);
    close(before);
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    (void)lab_put(map, "host.example");
    int after = dup(0);
    cr_assert_eq(before, after);
    close(after);
    s5a_fakemap_close(map);
}

Test(fakemap_shared, processes_that_start_at_once_get_one_map, .timeout = 30)
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
            struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
            _exit(map != NULL && s5a_fakemap_put(map, span("host.example"), &fakes[i]) ? 0 : 1);
        }
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
    }
    for (int i = 1; i < PROCESSES; i++)
        cr_assert(lab_same(fakes[i], fakes[0]));
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
        struct s5a_address v4 = lab_v4_of(&worker->fakes[number]);
        worker->wrong += s5a_fakemap_name(worker->map, &v4, back) == 0 || strcmp(back, name) != 0;
    }
    return NULL;
}

Test(fakemap_shared, threads_agree_on_every_name, .timeout = 60)
{
    static struct worker workers[THREADS];
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
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

Test(fakemap_shared, twenty_thousand_names_have_addresses_of_their_own, .timeout = 60)
{
    enum { MANY = 20000 };
    static struct s5a_fake fakes[MANY];
    static uint8_t seen[1 << 17];
    char name[40];
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fakemap *other = s5a_fakemap_open(&lab_config);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "host-%u.example", i);
        fakes[i] = lab_put(map, name);
        unsigned index = ntohl(fakes[i].v4.s_addr) - 0xc6120000;
        cr_assert_lt(index, sizeof(seen));
        cr_assert_eq(seen[index]++, 0);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "host-%u.example", i);
        struct s5a_address v4 = lab_v4_of(&fakes[i]);
        lab_expect_name(other, &v4, name);
        cr_assert(lab_same(lab_put(other, name), fakes[i]));
    }
    s5a_fakemap_close(map);
    s5a_fakemap_close(other);
}
