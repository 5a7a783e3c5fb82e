/* Two thousand connections in one program, idle and busy; one that may have few descriptors; and one
 * that may have no thread. */
#include "tests/preload/habit.h"

#include <sys/resource.h>

enum { MANY = 2000, IDLE_MAX = 8 * 1024, BUSY_MAX = 600 * 1024, MEGABYTE = 1 << 20 };

static bool is_by_relay(void)
{
    return !lab_is_native() && strstr(getenv("SOCKS5A_CONF"), "tol.conf") != NULL;
}

/* Memory of the process that is nobody else's, in bytes. */
static long private_memory(void)
{
    char line[128];
    long kib, sum = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Private_Dirty: %ld kB", &kib) == 1)
            sum += kib * 1024;
    fclose(file);
    return sum;
}

static void set_limit(rlim_t wanted)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max < 4 * MANY)
        lab_skip("descriptors are few here");
    limit.rlim_cur = wanted;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* The program's numbers are its own: its limit is met by its sockets alone. */
static void two_thousand(void)
{
    static int fds[MANY];
    set_limit(MANY + 64);
    habit_check_connects(habit_begin(AT_OPEN), AT_OPEN);
    long before = private_memory();
    for (int i = 0; i < MANY; i++)
        fds[i] = habit_begin(AT_OPEN);
    for (int i = 0; i < MANY; i++)
        habit_check_connects(fds[i], AT_OPEN);
    long each = (private_memory() - before) / MANY;
    if (is_by_relay() && each > IDLE_MAX)
        lab_fail(__FILE__, __LINE__, "an idle relay costs less than 8 KiB");
    for (int i = 0; i < MANY; i++)
        CHECK(close(fds[i]) == 0);
}

/* As many bytes wait for the proxy, and for the program, as there may be. */
static void busy_ones(void)
{
    enum { SOME = 20 };
    static char bytes[MEGABYTE];
    int fds[SOME];
    habit_check_connects(habit_begin(AT_OPEN), AT_OPEN);
    memset(bytes, 'x', sizeof bytes);
    long before = private_memory();
    for (int i = 0; i < SOME; i++) {
        fds[i] = habit_begin(AT_OPEN);
        habit_wait(fds[i]);
        while (habit_poll(fds[i], POLLOUT, HABIT_QUIET_MS) == POLLOUT)
            if (send(fds[i], bytes, sizeof bytes, 0) < 0)
                CHECK(errno == EAGAIN);
    }
    long each = (private_memory() - before) / SOME;
    if (is_by_relay() && each > BUSY_MAX)
        lab_fail(__FILE__, __LINE__, "a busy relay costs less than 600 KiB");
}

/* Records are a thread's work: without one the connection is refused, at once. */
static void no_thread(void)
{
    struct rlimit none = { 0, 0 };
    if (!is_by_relay())
        return;
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(close(fd) == 0);
    while (habit_count_threads() > 1) /* the engine rests after a while */
        lab_pause_ms(50);
    if (geteuid() == 0 && setuid(65534) != 0)
        lab_skip("no other user");
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
    CHECK(habit_connect(habit_nonblocking(), AT_OPEN) == ENOBUFS);
    CHECK(habit_connect(habit_blocking(), AT_OPEN) == ENOBUFS);
}

LAB(HEAVY(two_thousand), HEAVY(busy_ones), CASE(no_thread))
