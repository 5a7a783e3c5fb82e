/* Associations that end, or whose socket is closed, while the shim is busy with them: what the program
 * does meanwhile is not disturbed. By the shim alone. */
#include "tests/preload/habit_udp.h"

#include <fcntl.h>

/* A proxy that grants associations and ends them is not asked for another by each datagram. */
static void lost_again_and_again_it_is_made_later(void)
{
    int fd = udp_connected(AT_SINK);
    for (int i = 0; i < 100; i++, lab_pause_ms(2))
        (void)!send(fd, "x", 1, 0);
    CHECK(lab_begun() < 30);
}

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static void check_is_locked(int file)
{
    struct flock lock = whole_file();
    CHECK(fcntl(file, F_GETLK, &lock) == 0);
    CHECK(lock.l_type == F_WRLCK);
    _exit(0);
}

/* The shim has not seen that libc's stream has closed it. To close a duplicate of the file would give up
 * the lock. */
static void a_file_with_its_number_keeps_its_lock(void)
{
    struct flock lock = whole_file();
    int fd = udp_connected(AT_OPEN), another = dup(fd);
    udp_send(fd, "one");
    udp_check(fd, "one");
    CHECK(fclose(fdopen(fd, "w")) == 0);
    CHECK(open(lab_directory(), O_RDWR | O_TMPFILE, 0600) == fd);
    CHECK(fcntl(fd, F_SETLK, &lock) == 0);
    udp_send_to(another, AT_SINK, "end");
    CHECK(lab_wait_for_begun(2));
    pid_t child = fork();
    if (child == 0)
        check_is_locked(fd);
    lab_check_child(child);
}

/* A child of vfork() is on its parent's memory and has descriptors of its own: an association that it
 * made would be the parent's, whose number for it leads to nothing. */
static void a_child_of_vfork_makes_none(void)
{
    int fd = udp_connected(AT_OPEN);
    pid_t child = vfork();
    if (child == 0)
        _exit(send(fd, "x", 1, 0) == -1 && errno == EACCES ? 0 : LAB_FAILED);
    lab_check_child(child);
    CHECK(lab_begun() == 0);
    udp_send(fd, "one");
    udp_check(fd, "one");
    child = vfork();
    if (child == 0)
        _exit(send(fd, "two", 3, 0) == 3 ? 0 : LAB_FAILED);
    lab_check_child(child);
    udp_check(fd, "two");
    CHECK(lab_begun() == 1);
}

/* No datagram was ever told that a connection was reset. */
static void a_proxy_that_hangs_up_refuses(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == ECONNREFUSED);
}

/* While the association is being made. */
static void who_closes_a_socket_has_its_port_again(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN), own = lab_v4("0.0.0.0", 0);
    socklen_t len = sizeof own;
    int fd = udp_socket(AF_INET);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) == 1);
    close(fd);
    fd = udp_socket(AF_INET);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
}

/* The kernel is not to be told whom it lets in, so there is to be no association; the one that the proxy has
 * granted meanwhile is given back. */
static void a_locked_filter_leaves_nothing_at_the_proxy(void)
{
    int one = 1, fd = udp_connected(AT_OPEN);
    if (lab_is_native())
        return;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof one) == 0);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EPERM);
    CHECK(lab_begun() == 1);
    CHECK(lab_wait_for_living(0));
}

LAB({ "a_child_of_vfork_makes_none", LAB_PLACES_SHIM, LAB_RELAY_HONEST,
      a_child_of_vfork_makes_none },
    { "a_locked_filter_leaves_nothing_at_the_proxy", LAB_PLACES, LAB_RELAY_HONEST,
      a_locked_filter_leaves_nothing_at_the_proxy },
    { "a_proxy_that_hangs_up_refuses", LAB_CLOSES, 0, a_proxy_that_hangs_up_refuses },
    { "lost_again_and_again_it_is_made_later", LAB_PLACES_SHIM, LAB_RELAY_SINKS,
      lost_again_and_again_it_is_made_later },
    { "a_file_with_its_number_keeps_its_lock", LAB_PLACES_SHIM, LAB_RELAY_SINKS,
      a_file_with_its_number_keeps_its_lock },
    { "who_closes_a_socket_has_its_port_again", LAB_HANGS, 0,
      who_closes_a_socket_has_its_port_again })
