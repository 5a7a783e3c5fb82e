/* The engine's part in listeners at proxies (binding.h). All under the lock. */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

/* Goes on with the one that the event (S5A_WATCHED_BINDING) is about. */
void s5a_binding_handle(const struct epoll_event *event);
/* Goes on with those whose time has come; ms, when the next one's comes. */
uint64_t s5a_binding_expire(uint64_t now);
