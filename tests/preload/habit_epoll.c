/* What programs do with epoll again and again. */
#include "tests/preload/habit_epoll.h"

int habit_set(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    CHECK(set >= 0);
    return set;
}

/* 0 or errno */
int habit_control(int set, int what, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return epoll_ctl(set, what, fd, &event) == 0 ? 0 : errno;
}

void habit_add(int set, int fd, uint32_t events, uint64_t data)
{
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, events, data) == 0);
}

void habit_modify(int set, int fd, uint32_t events, uint64_t data)
{
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, events, data) == 0);
}

void habit_check_none(int set)
{
    struct epoll_event got[4];
    CHECK(epoll_wait(set, got, 4, HABIT_QUIET_MS) == 0);
}

/* One event, these bits, this data. */
void habit_check_one(int set, uint32_t events, uint64_t data)
{
    struct epoll_event got[4] = { 0 };
    CHECK(epoll_wait(set, got, 4, HABIT_BOUND_MS) == 1);
    CHECK(got[0].events == events && got[0].data.u64 == data);
}

void habit_check_soon(int set, uint32_t bits, uint64_t data)
{
    struct epoll_event got = { 0 };
    while ((got.events & bits) != bits)
        CHECK(epoll_wait(set, &got, 1, HABIT_BOUND_MS) == 1 && got.data.u64 == data);
}
