/* IPv4 addresses and ports on the command line, and the ends of a benchmark program. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

/* Prints "what: errno's text" and ends the program. */
void fail(const char *what) __attribute__((noreturn));
/* "192.0.2.1:80"; ends the program where it is not that. */
struct sockaddr_in endpoint(const char *text);
/* A new TCP socket. */
int tcp_socket(void);
/* CLOCK_MONOTONIC in ns. */
uint64_t now_ns(void);
/* CPU time of this process so far in ns, the kernel's part included. */
uint64_t cpu_ns(void);
/* As many descriptors as this process may allow itself. */
void raise_descriptor_limit(void);
