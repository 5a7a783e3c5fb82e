/* Many threads that connect, close, duplicate, break off and fork, all at once. */
#include "tests/unit/socks_lab.h"

#include <sys/wait.h>

#include "shim/engine/pending.h"

enum { THREADS = 16, TURNS = 200 };

static struct lab_proxy *proxy;
static atomic_int failures;

TestSuite(storm, .timeout = 60);

static void expect(bool is_so)
{
    failures += !is_so;
}

static bool echoes(int fd)
{
    char back[4] = "";
    return send(fd, "echo", 4, MSG_NOSIGNAL) == 4 && lab_poll(fd, POLLIN, LAB_PATIENCE) == POLLIN &&
           recv(fd, back, sizeof back, 0) == 4 && memcmp(back, "echo", sizeof back) == 0;
}

static void blocking_one(int fd)
{
    expect(lab_connect(fd) == 0 && echoes(fd));
}

static void patient_one(int fd)
{
    expect(lab_connect(fd) == -EINPROGRESS && (lab_poll(fd, POLLOUT, LAB_PATIENCE) & POLLOUT) != 0);
    expect(lab_error(fd) == 0 && lab_peer(fd) == 0 && echoes(fd));
}

static void hasty_one(int fd)
{
    expect(lab_connect(fd) == -EINPROGRESS); /* and is closed at once */
}

static void doubled_one(int fd)
{
    int other = s5a_fcntl(fd, F_DUPFD_CLOEXEC, 0);
    expect(other >= 0 && lab_connect(fd) == -EINPROGRESS);
    int third = s5a_fcntl(other, F_DUPFD_CLOEXEC, 0);
    expect((lab_poll(other, POLLOUT, LAB_PATIENCE) & POLLOUT) != 0 && echoes(third));
    expect(s5a_close(other) == 0 && s5a_close(third) == 0);
}

static void broken_one(int fd)
{
    expect(lab_connect(fd) == -EINPROGRESS);
    int failed = s5a_shutdown(fd, SHUT_RDWR); /* in any state */
    expect(failed == 0 || failed == -ENOTCONN);
    expect(lab_poll(fd, POLLOUT, LAB_PATIENCE) != 0);
}

static void renewed_one(int fd)
{
    expect(lab_connect(fd) == -EINPROGRESS && lab_disconnect(fd) == 0);
    patient_one(fd);
}

/* The child has the lock, no engine, and gates of its parent's that it can close. */
static void forked_one(int fd)
{
    expect(lab_connect(fd) == -EINPROGRESS);
    pid_t child = fork();
    if (child == 0)
        _exit(s5a_pending_count() == 0 && s5a_close(fd) == 0 ? 0 : 1);
    int status = -1;
    expect(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    expect((lab_poll(fd, POLLOUT, LAB_PATIENCE) & POLLOUT) != 0 && echoes(fd));
}

static void *rage(void *context)
{
    static void (*const kinds[])(int) = { blocking_one, patient_one, hasty_one,   doubled_one,
                                          broken_one,   renewed_one, blocking_one };
    enum { KINDS = sizeof kinds / sizeof *kinds };
    unsigned mine = *(unsigned *)context;
    for (unsigned i = 0; i < TURNS; i++) {
        void (*kind)(int) = i % 20 == 19 ? forked_one : kinds[(mine + i) % KINDS];
        int fd = lab_socket(kind == blocking_one ? 0 : SOCK_NONBLOCK);
        kind(fd);
        expect(s5a_close(fd) == 0);
    }
    return NULL;
}

Test(storm, many_threads_leave_nothing)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    int before = lab_descriptors(), threads_before = lab_threads();
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        cr_assert_eq(pthread_create(&threads[i], NULL, rage, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(failures, 0);
    LAB_UNTIL(s5a_pending_count() == 0);
    LAB_UNTIL(proxy->ended == proxy->accepted);
    LAB_UNTIL(lab_descriptors() <= before + 2); /* the engine's */
    LAB_UNTIL(lab_threads() <= threads_before + 1);
    lab_end_proxy(proxy);
}
