/* Times of sessions that wait. */
#include "shim/sockets/pool_time.h"

#include <sys/random.h>

#include "protocol/eaf/capabilities.h"

enum {
    UNKNOWN_MS = 45000
}; /* that a session waits at least, if it is let, which nothing keeps alive */

/* Uniform in 0 … limit - 1, well enough for 32 bits of limit. */
static uint64_t draw(uint64_t limit)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random || limit == 0)
        return 0;
    return random % limit;
}

struct s5a_pool_times s5a_pool_times_begin(const struct s5a_login_result *login, uint64_t now)
{
    struct s5a_pool_times times = { .end = UINT64_MAX };
    uint64_t lifetime = (uint64_t)login->lifetime * 1000, idle = (uint64_t)login->idle * 1000;
    if (lifetime != 0)
        times.end = now + lifetime * 9 / 10;
    if (login->messages == 0) /* no log-in by EAF */
        times.end = now + UNKNOWN_MS + draw(UNKNOWN_MS);
    bool is_kept = login->capabilities & S5A_CAPABILITY(S5A_CAP_COMMANDS);
    if (!is_kept && idle != 0 && now + idle * 2 / 3 < times.end)
        times.end = now + idle * 2 / 3;
    s5a_pool_times_renew(&times, login, now);
    if (!is_kept)
        times.next = times.end;
    return times;
}

void s5a_pool_times_renew(struct s5a_pool_times *times, const struct s5a_login_result *login,
                          uint64_t now)
{
    uint64_t third = (uint64_t)login->idle * 1000 / 3;
    times->next = third == 0 ? UINT64_MAX : now + third + draw(third + 1);
}

uint64_t s5a_pool_warm_until(uint16_t seconds, uint64_t now)
{
    return seconds > 1 ? now + (seconds - UINT64_C(1)) * 1000 : 0;
}
