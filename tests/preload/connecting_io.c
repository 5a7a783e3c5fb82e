/* A program that reads and writes before its connect has succeeded, and after it failed. */
#include "tests/preload/habit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define CHECK_ERROR(call, error) CHECK((call) == -1 && errno == (error))

static char byte[16];
static struct iovec part = { byte, sizeof byte };

static int text_file(void)
{
    int fd = memfd_create("text", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, "hello", 5) == 5 && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* ---- while it goes on ------------------------------------------------------------------------- */

static void check_reads(int fd, int error)
{
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct mmsghdr one = { .msg_hdr = message };
    CHECK_ERROR(read(fd, byte, 1), error);
    CHECK_ERROR(readv(fd, &part, 1), error);
    CHECK_ERROR(recv(fd, byte, 1, 0), error);
    CHECK_ERROR(recv(fd, byte, 1, MSG_PEEK), error);
    CHECK_ERROR(recv(fd, byte, 1, MSG_DONTWAIT), error);
    CHECK_ERROR(recvfrom(fd, byte, 1, 0, NULL, NULL), error);
    CHECK_ERROR(recvmsg(fd, &message, 0), error);
    CHECK_ERROR(recvmmsg(fd, &one, 1, 0, NULL), error);
}

static void check_writes(int fd, int error, int flags)
{
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct mmsghdr one = { .msg_hdr = message };
    CHECK_ERROR(send(fd, byte, 1, flags), error);
    CHECK_ERROR(sendto(fd, byte, 1, flags, NULL, 0), error);
    CHECK_ERROR(sendmsg(fd, &message, flags), error);
    CHECK_ERROR(sendmmsg(fd, &one, 1, flags), error);
}

static void reads_would_block(void)
{
    int fd = habit_begin(AT_SLOW);
    check_reads(fd, EAGAIN);
    CHECK(read(fd, byte, 0) == 0);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    check_reads(fd, EAGAIN);
}

/* Nothing of it arrives. */
static void writes_would_block(void)
{
    int fd = habit_begin(AT_SLOW);
    check_writes(fd, EAGAIN, 0);
    check_writes(fd, EAGAIN, MSG_NOSIGNAL);
    CHECK_ERROR(write(fd, byte, 1), EAGAIN);
    CHECK_ERROR(writev(fd, &part, 1), EAGAIN);
    CHECK_ERROR(send(fd, byte, 1, MSG_DONTWAIT | MSG_MORE), EAGAIN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void files_would_block(void)
{
    int ends[2], file = text_file(), fd = habit_begin(AT_SLOW);
    CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    CHECK_ERROR(sendfile(fd, file, NULL, 5), EAGAIN);
    CHECK(lseek(file, 0, SEEK_CUR) == 0);
    CHECK_ERROR(splice(ends[0], NULL, fd, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(sendfile(fd, file, NULL, 5) == 5);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    lab_read(fd, byte, 5);
    CHECK(memcmp(byte, "hello", 5) == 0);
}

/* As if it were connected. */
static void splice_reads_would_block(void)
{
    int ends[2], fd = habit_begin(AT_SLOW);
    CHECK(pipe(ends) == 0);
    ssize_t got = splice(fd, NULL, ends[1], NULL, 1, SPLICE_F_NONBLOCK);
    CHECK(got == -1 && (errno == ENOTCONN || errno == EAGAIN));
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void urgent_byte(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK_ERROR(send(fd, byte, 1, MSG_OOB), EAGAIN);
    CHECK(recv(fd, byte, 1, MSG_OOB) == -1);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* The kernel ends the attempt, and the socket is as new. */
static void shutdown_ends_it(void)
{
    int fd = habit_begin(AT_SILENT);
    CHECK(shutdown(fd, SHUT_RDWR) == 0);
    CHECK((habit_poll(fd, POLLOUT, HABIT_BOUND_MS) & (POLLOUT | POLLHUP)) == (POLLOUT | POLLHUP));
    CHECK(habit_peer_error(fd) == ENOTCONN && lab_wait_for_living(0));
    CHECK(habit_error(fd) == ECONNRESET);
    CHECK_ERROR(send(fd, byte, 1, MSG_NOSIGNAL), EPIPE);
    CHECK(habit_connect(fd, AT_OPEN) == EINPROGRESS);
    habit_check_connects(fd, AT_OPEN);
}

static void shutdown_of_writing(void)
{
    int fd = habit_begin(AT_SILENT);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK((habit_poll(fd, POLLOUT, HABIT_BOUND_MS) & (POLLOUT | POLLHUP)) == (POLLOUT | POLLHUP));
    CHECK_ERROR(send(fd, byte, 1, MSG_NOSIGNAL), ECONNRESET);
    CHECK_ERROR(send(fd, byte, 1, MSG_NOSIGNAL), EPIPE);
    CHECK_ERROR(recv(fd, byte, 1, 0), ENOTCONN);
}

static void shutdown_of_nonsense(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK_ERROR(shutdown(fd, 7), EINVAL);
    CHECK_ERROR(shutdown(habit_nonblocking(), SHUT_WR), ENOTCONN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* ---- blocking turned on meanwhile ------------------------------------------------------------- */

static int begin_and_block(enum lab_place place)
{
    int fd = habit_begin(place);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_answer(place, 100);
    return fd;
}

static void blocking_write_waits(void)
{
    char got[5];
    int fd = begin_and_block(AT_SLOW);
    CHECK(write(fd, "hello", 5) == 5);
    CHECK(habit_error(fd) == 0);
    lab_read(fd, got, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
}

static void blocking_send_waits(void)
{
    struct iovec hello = { (char[]){ "hello" }, 5 };
    struct msghdr message = { .msg_iov = &hello, .msg_iovlen = 1 };
    int fd = begin_and_block(AT_SLOW);
    CHECK(sendmsg(fd, &message, 0) == 5);
    lab_read(fd, byte, 5);
    CHECK(memcmp(byte, "hello", 5) == 0);
    habit_check_connected(fd, AT_SLOW);
}

static void blocking_sendfile_waits(void)
{
    int fd = begin_and_block(AT_SLOW);
    CHECK(sendfile(fd, text_file(), NULL, 5) == 5);
    lab_read(fd, byte, 5);
    CHECK(memcmp(byte, "hello", 5) == 0);
}

static void blocking_read_waits(void)
{
    int fd = begin_and_block(AT_SLOW_GREETING);
    lab_read(fd, byte, 11);
    CHECK(memcmp(byte, "220 early\r\n", 11) == 0);
    habit_check_connected(fd, AT_SLOW_GREETING);
}

static void blocking_write_is_refused(void)
{
    int fd = begin_and_block(AT_REFUSING);
    CHECK_ERROR(send(fd, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
    CHECK_ERROR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void blocking_read_is_refused(void)
{
    int fd = begin_and_block(AT_REFUSING);
    CHECK_ERROR(read(fd, byte, 1), ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
    CHECK(read(fd, byte, 1) == 0);
}

static void blocking_write_times_out(void)
{
    const struct timeval time = { 0, 50000 };
    int fd = habit_begin(AT_SLOW);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    CHECK_ERROR(write(fd, "x", 1), EAGAIN);
    CHECK_ERROR(read(fd, byte, 1), EAGAIN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* MSG_WAITALL and stdio, which know nothing of connects. */
static void stdio(void)
{
    char line[32];
    int fd = begin_and_block(AT_SLOW);
    FILE *stream = fdopen(fd, "r+");
    CHECK(stream != NULL && fputs("a line\n", stream) >= 0 && fflush(stream) == 0);
    CHECK(fgets(line, sizeof line, stream) != NULL && strcmp(line, "a line\n") == 0);
}

/* One thread sends what another one connects. */
static void *write_in_thread(void *context)
{
    CHECK(write(*(int *)context, "hello", 5) == 5);
    return NULL;
}

static void thread_writes_while_connecting(void)
{
    int fd = habit_begin(AT_SLOW);
    pthread_t thread;
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    CHECK(pthread_create(&thread, NULL, write_in_thread, &fd) == 0);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(thread, NULL) == 0);
    lab_read(fd, byte, 5);
    CHECK(memcmp(byte, "hello", 5) == 0);
    habit_check_connected(fd, AT_SLOW);
}

/* ---- after it failed -------------------------------------------------------------------------- */

static int failed_socket(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    return fd;
}

/* Whoever asks first has the error. */
static void error_by_read(void)
{
    int fd = failed_socket();
    CHECK_ERROR(read(fd, byte, 1), ECONNREFUSED);
    CHECK(read(fd, byte, 1) == 0);
    CHECK(habit_error(fd) == 0);
}

static void error_by_recv(void)
{
    int fd = failed_socket();
    CHECK_ERROR(recv(fd, byte, 1, MSG_PEEK), ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

static void error_by_write(void)
{
    int fd = failed_socket();
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(fd, "x", 1), ECONNREFUSED);
    CHECK_ERROR(write(fd, "x", 1), EPIPE);
    CHECK(habit_error(fd) == 0);
}

static void error_by_sendmsg(void)
{
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = failed_socket();
    CHECK_ERROR(sendmsg(fd, &message, MSG_NOSIGNAL), ECONNREFUSED);
    CHECK_ERROR(sendmsg(fd, &message, MSG_NOSIGNAL), EPIPE);
}

static void error_was_taken(void)
{
    int fd = failed_socket();
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(read(fd, byte, 1) == 0 && recv(fd, byte, 1, MSG_PEEK) == 0);
    CHECK_ERROR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK_ERROR(shutdown(fd, SHUT_WR), ENOTCONN);
}

/* SIGPIPE comes with EPIPE, not with the error. */
static volatile sig_atomic_t pipes;

static void count_pipe(int number)
{
    (void)number;
    pipes = pipes + 1;
}

static void broken_pipe(void)
{
    int fd = habit_begin(AT_SLOW), failed;
    signal(SIGPIPE, count_pipe);
    CHECK_ERROR(write(fd, "x", 1), EAGAIN);
    CHECK(pipes == 0);
    failed = failed_socket();
    CHECK_ERROR(write(failed, "x", 1), ECONNREFUSED);
    CHECK(pipes == 0);
    CHECK_ERROR(write(failed, "x", 1), EPIPE);
    CHECK(pipes == 1);
    CHECK_ERROR(send(failed, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(pipes == 1);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
/* The target takes this many bytes: the tries that would have blocked are none of them. */
#define TAKES(name, bytes)                            \
    {                                                 \
#name, LAB_PLACES, 0, name, NULL, NULL, bytes \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(reads_would_block), TAKES(writes_would_block, 5), TAKES(files_would_block, 10),
    CASE(splice_reads_would_block), TAKES(urgent_byte, 5), CASE(shutdown_ends_it),
    CASE(shutdown_of_writing), CASE(shutdown_of_nonsense), TAKES(blocking_write_waits, 5),
    TAKES(blocking_send_waits, 10), TAKES(blocking_sendfile_waits, 5), CASE(blocking_read_waits),
    CASE(blocking_write_is_refused), CASE(blocking_read_is_refused),
    TAKES(blocking_write_times_out, 5), CASE(stdio), TAKES(thread_writes_while_connecting, 10),
    CASE(error_by_read), CASE(error_by_recv), CASE(error_by_write), CASE(error_by_sendmsg),
    CASE(error_was_taken), CASE(broken_pipe), AT_UNIX(writes_would_block),
    AT_UNIX(blocking_write_waits), AT_UNIX(blocking_read_is_refused))
