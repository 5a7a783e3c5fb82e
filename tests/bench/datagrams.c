/* The other end of datagrams: datagrams ADDRESS:PORT names|echo
 * names answers each DNS query with one address, 192.0.2.7, or none where it asks for another type than
 * A; echo sends each back. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "endpoint.h"

enum { HEAD = 12, TAIL = 4, TYPE_A = 1, CAP = 65536 };

static const unsigned char answer[] = { 0xc0, HEAD, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7 };

/* Its new length; what is no query stays as it is. */
static size_t answer_query(unsigned char *query, size_t len)
{
    unsigned char *end = memchr(query + HEAD, 0, len > HEAD + TAIL ? len - HEAD - TAIL : 0);
    if (!end)
        return len;
    size_t asked = (size_t)(end - query) + 1 + TAIL;
    bool is_a = end[2] == TYPE_A;
    memcpy(query + 2, (unsigned char[]){ 0x81, 0x80, 0, 1, 0, is_a, 0, 0, 0, 0 }, 10);
    if (!is_a)
        return asked;
    memcpy(query + asked, answer, sizeof answer);
    return asked + sizeof answer;
}

int main(int argc, char **argv)
{
    static unsigned char datagram[CAP + sizeof answer];
    if (argc != 3)
        return 2;
    struct sockaddr_in at = endpoint(argv[1]), from;
    bool names = strcmp(argv[2], "names") == 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        fail("bind");
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(fd, datagram, CAP, 0, (struct sockaddr *)&from, &size);
        if (n < 0)
            fail("recvfrom");
        size_t len = names ? answer_query(datagram, (size_t)n) : (size_t)n;
        sendto(fd, datagram, len, 0, (struct sockaddr *)&from, size);
    }
}
