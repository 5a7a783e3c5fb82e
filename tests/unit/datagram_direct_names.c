/* shim/datagrams/direct_names: where names lead is asked once in a while, not for each datagram. */
#include "shim/datagrams/direct_names.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "shim/real.h"

static const struct s5a_socket_kind udp4 = { AF_INET, SOCK_DGRAM, IPPROTO_UDP };
static unsigned asked;

static int counted(const char *name, const char *service, const struct addrinfo *hints,
                   struct addrinfo **found)
{
    struct addrinfo own = *hints;
    (void)name;
    asked++;
    own.ai_flags |= AI_NUMERICHOST;
    return getaddrinfo("192.0.2.7", service, &own, found);
}

static struct s5a_named_target name_at(const char *fake, uint16_t port)
{
    struct s5a_named_target named = { .as_given = { .v4 = { .sin_family = AF_INET } } };
    strcpy(named.name, "near.example");
    inet_pton(AF_INET, fake, &named.as_given.v4.sin_addr);
    named.as_given.v4.sin_port = htons(port);
    return named;
}

static void leads_to(const struct s5a_named_target *named, uint16_t port)
{
    union s5a_inet at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq(s5a_direct_name_find(fd, &udp4, named, &at), 0);
    cr_expect_eq(at.v4.sin_addr.s_addr, inet_addr("192.0.2.7"));
    cr_expect_eq(ntohs(at.v4.sin_port), port);
    close(fd);
}

Test(datagram_direct_names, a_name_is_looked_up_once_for_all_its_ports)
{
    struct s5a_named_target first = name_at("198.18.0.1", 7), second = name_at("198.18.0.1", 8);
    struct s5a_named_target other = name_at("198.18.0.2", 7);
    s5a_real.getaddrinfo = counted;
    leads_to(&first, 7);
    leads_to(&second, 8);
    cr_expect_eq(asked, 1);
    leads_to(&other, 7);
    cr_expect_eq(asked, 2);
}

/* The kernel does not look at sin_zero, and programs do not clear it. */
Test(datagram_direct_names, what_programs_leave_in_an_address_makes_no_other_name_of_it)
{
    struct s5a_named_target clean = name_at("198.18.0.1", 7), dirty = clean;
    memset(dirty.as_given.v4.sin_zero, 0x5a, sizeof dirty.as_given.v4.sin_zero);
    s5a_real.getaddrinfo = counted;
    leads_to(&clean, 7);
    leads_to(&dirty, 7);
    cr_expect_eq(asked, 1);
}
