/* shim/datagrams/associations: the table of UDP sockets. */
#include "shim/datagrams/associations.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "shim/datagrams/slots.h"

static int made(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_geq(fd, 0);
    s5a_association_made(fd, AF_INET, SOCK_DGRAM, 0);
    return fd;
}

Test(associations, a_socket_is_found_until_it_is_closed)
{
    struct s5a_association a;
    int fd = made();
    cr_expect(s5a_association_find(fd, &a));
    close(fd);
    s5a_association_closed(fd);
    cr_expect_not(s5a_association_find(fd, &a));
}

/* A child of clone() has the memory of another thread's change, and not the thread. */
Test(associations, one_that_is_changed_for_ever_is_unknown, .timeout = 10)
{
    struct s5a_association a;
    int fd = made();
    struct s5a_slot *slot = s5a_slot_at(s5a_slot_hinted(fd));
    s5a_slot_open(slot);
    cr_expect_not(s5a_association_find(fd, &a));
    s5a_slot_shut(slot);
    cr_expect(s5a_association_find(fd, &a));
}
