/* Crews: all that begin are counted, those that begin at the same time too. */
#include "shim/names/crew.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

enum { CREWS = 3000 };

static struct s5a_crew crews[CREWS];
static atomic_uint arrived, left;

static void *leave(void *crew)
{
    s5a_crew_leave(crew);
    atomic_fetch_add(&left, 1);
    return NULL;
}

static void wait_for(atomic_uint *count, unsigned enough)
{
    for (unsigned turns = 0; atomic_load(count) < enough; turns++)
        if (turns > 1000)
            sched_yield();
}

/* Each crew is nobody's yet when two threads come to it. */
static void *begin_all(void *unused)
{
    for (unsigned i = 0; i < CREWS; i++) {
        atomic_fetch_add(&arrived, 1);
        wait_for(&arrived, 2 * (i + 1));
        cr_assert_eq(s5a_crew_start(&crews[i], 2, leave, &crews[i]), 0);
    }
    return unused;
}

TestSuite(crew, .timeout = 60);

Test(crew, the_first_two_at_once_are_both_counted)
{
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, begin_all, NULL), 0);
    begin_all(NULL);
    pthread_join(other, NULL);
    wait_for(&left, 2 * CREWS);
    for (unsigned i = 0; i < CREWS; i++)
        cr_assert_eq(s5a_crew_start(&crews[i], 1, leave, &crews[i]), 0, "somebody is still at it");
    wait_for(&left, 3 * CREWS);
}
