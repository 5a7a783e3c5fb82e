/* A program with threads that connects to forwarded Unix sockets and closes them meanwhile. */
#include "tests/preload/habit_unix.h"

#include <pthread.h>
#include <sys/stat.h>

static struct {
    pthread_t thread;
    int fd, result;
} call;

static void *connect_there(void *unused)
{
    call.result = unix_connect(call.fd, unix_at(AT_SLOW));
    return unused;
}

static void begin(void)
{
    unix_forward(AT_SLOW);
    call.fd = unix_socket(0);
    CHECK(pthread_create(&call.thread, NULL, connect_there, NULL) == 0);
    CHECK(lab_wait_for_begun(1));
}

/* The number leads to something else by the time the connection stands; that is left alone. */
static void end(int other)
{
    struct stat before, after;
    int number = call.fd;
    CHECK(dup2(other, number) == number && fstat(number, &before) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(call.thread, NULL) == 0 && call.result == EBADF);
    CHECK(fstat(number, &after) == 0 && after.st_dev == before.st_dev);
    CHECK(after.st_ino == before.st_ino);
    CHECK(lab_wait_for_living(0));
}

static void number_becomes_a_file(void)
{
    begin();
    end(open("/dev/null", O_RDONLY));
}

static void number_becomes_another_socket(void)
{
    begin();
    end(unix_socket(0));
}

#define UNIX(name)                                      \
    {                                                   \
#name, LAB_PLACES_SHIM, 0, name, NULL, LAB_ADDS \
    }

LAB(UNIX(number_becomes_a_file), UNIX(number_becomes_another_socket))
