/* What programs do with epoll again and again. */
#pragma once

#include <sys/epoll.h>

#include "tests/preload/habit.h"

#define HABIT_WIDE 0xfedcba9876543210u /* data that fill all 64 bits */

int habit_set(void);
/* epoll_ctl(): 0 or errno. */
int habit_control(int set, int what, int fd, uint32_t events, uint64_t data);
void habit_add(int set, int fd, uint32_t events, uint64_t data);
void habit_modify(int set, int fd, uint32_t events, uint64_t data);
/* For a while nothing is reported. */
void habit_check_none(int set);
/* One event, these bits, this data. */
void habit_check_one(int set, uint32_t events, uint64_t data);
/* Events of this data, until one has the bits. */
void habit_check_soon(int set, uint32_t bits, uint64_t data);
