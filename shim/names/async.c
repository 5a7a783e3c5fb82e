/* getaddrinfo_a without a queue: at once, or a thread a call. */
#include "shim/names/async.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "shim/names/getaddrinfo.h"
#include "shim/real.h"
#include "shim/thread.h"

enum { NANOSECONDS = 1000000000 };

struct notice {
    void (*function)(union sigval value);
    union sigval value;
};

/* sigqueue(3) with the code that libc uses for these; a plain system call of the real kernel. */
static bool queue_signal(const struct sigevent *event)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = event->sigev_signo;
    info.si_code = SI_ASYNCNL;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value = event->sigev_value;
    return S5A_REAL(syscall)(SYS_rt_sigqueueinfo, info.si_pid, info.si_signo, &info) == 0;
}

static void *run_notice(void *context)
{
    struct notice notice = *(struct notice *)context;
    free(context);
    notice.function(notice.value);
    return NULL;
}

static bool start_thread(const struct sigevent *event)
{
    pthread_t thread;
    struct notice *notice = malloc(sizeof(*notice));
    if (notice == NULL)
        return false;
    *notice = (struct notice){ event->sigev_notify_function, event->sigev_value };
    if (pthread_create(&thread, event->sigev_notify_attributes, run_notice, notice) != 0) {
        free(notice);
        return false;
    }
    int state = PTHREAD_CREATE_JOINABLE;
    if (event->sigev_notify_attributes != NULL)
        (void)pthread_attr_getdetachstate(event->sigev_notify_attributes, &state);
    if (state == PTHREAD_CREATE_JOINABLE)
        (void)pthread_detach(thread);
    return true;
}

static bool notify(const struct sigevent *event)
{
    if (event == NULL || event->sigev_notify == SIGEV_NONE)
        return true;
    return event->sigev_notify == SIGEV_THREAD ? start_thread(event) : queue_signal(event);
}

/* Counts up as answers come; who waits for one sleeps on it. */
static atomic_uint answered;

static void answer(const struct s5a_names *names, struct gaicb *request)
{
    struct addrinfo *list = NULL;
    int code = s5a_names_getaddrinfo(names, request->ar_name, request->ar_service,
                                     request->ar_request, &list);
    request->ar_result = list;
    __atomic_store_n(&request->__return, code, __ATOMIC_RELEASE);
    atomic_fetch_add(&answered, 1);
    (void)S5A_REAL(syscall)(SYS_futex, &answered, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* ---- later ---- */

struct job {
    const struct s5a_names *names;
    bool has_event;
    struct sigevent event;
    int count;
    struct gaicb *requests[];
};

static void *run_job(void *given)
{
    struct job *job = given;
    for (int i = 0; i < job->count; i++)
        if (job->requests[i] != NULL)
            answer(job->names, job->requests[i]);
    (void)notify(job->has_event ? &job->event : NULL);
    free(job);
    return NULL;
}

static int start_job(const struct s5a_names *names, struct gaicb *requests[], int count,
                     const struct sigevent *event)
{
    size_t list = (size_t)(count > 0 ? count : 0) * sizeof(*requests);
    struct job *job = malloc(sizeof(*job) + list);
    if (job == NULL)
        return EAI_MEMORY;
    *job = (struct job){ .names = names, .has_event = event != NULL, .count = count };
    if (event != NULL)
        job->event = *event;
    if (list > 0)
        memcpy(job->requests, requests, list);
    for (int i = 0; i < count; i++)
        if (requests[i] != NULL)
            requests[i]->__return = EAI_INPROGRESS;
    if (s5a_thread_start(run_job, job, 0) == 0)
        return 0;
    for (int i = 0; i < count; i++)
        if (requests[i] != NULL)
            requests[i]->__return = EAI_AGAIN; /* or gai_suspend() would wait for ever */
    free(job);
    return EAI_AGAIN;
}

int s5a_names_getaddrinfo_a(const struct s5a_names *names, int mode, struct gaicb *requests[],
                            int count, const struct sigevent *event)
{
    if (mode != GAI_WAIT && mode != GAI_NOWAIT) {
        errno = EINVAL;
        return EAI_SYSTEM;
    }
    if (s5a_names_are_local(names))
        return S5A_REAL(getaddrinfo_a)(mode, requests, count, (struct sigevent *)(uintptr_t)event);
    if (mode == GAI_NOWAIT && s5a_names_are_asked(names))
        return start_job(names, requests, count, event);
    for (int i = 0; i < count; i++)
        if (requests[i] != NULL)
            answer(names, requests[i]);
    if (mode == GAI_NOWAIT && !notify(event))
        return EAI_AGAIN;
    return 0;
}

/* ---- waiting ---- */

static bool is_under_way(const struct gaicb *request)
{
    return request != NULL &&
           __atomic_load_n(&request->__return, __ATOMIC_ACQUIRE) == EAI_INPROGRESS;
}

static int count_under_way(const struct gaicb *const requests[], int count)
{
    int under_way = 0;
    for (int i = 0; i < count; i++)
        under_way += is_under_way(requests[i]);
    return under_way;
}

/* By the monotonic clock, as futex() takes one with a bitset: other answers do not put it off. False:
 * there is none, or none that the clock will show. */
static bool deadline_of(const struct timespec *timeout, struct timespec *out)
{
    if (timeout == NULL)
        return false;
    clock_gettime(CLOCK_MONOTONIC, out);
    bool carries = out->tv_nsec >= NANOSECONDS - timeout->tv_nsec;
    out->tv_nsec += timeout->tv_nsec - (carries ? NANOSECONDS : 0);
    return !__builtin_add_overflow(out->tv_sec, timeout->tv_sec, &out->tv_sec) &&
           !__builtin_add_overflow(out->tv_sec, (time_t)carries, &out->tv_sec);
}

int s5a_names_gai_suspend(const struct gaicb *const requests[], int count,
                          const struct timespec *timeout)
{
    struct timespec at;
    const struct timespec *deadline = deadline_of(timeout, &at) ? &at : NULL;
    int before = count_under_way(requests, count);
    if (before == 0)
        return EAI_ALLDONE;
    for (;;) {
        unsigned seen = atomic_load(&answered);
        if (count_under_way(requests, count) < before)
            return 0;
        if (S5A_REAL(syscall)(SYS_futex, &answered, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline, NULL,
                              FUTEX_BITSET_MATCH_ANY) == 0 ||
            errno == EAGAIN)
            continue;
        return errno == ETIMEDOUT ? EAI_AGAIN : EAI_INTR;
    }
}

int s5a_names_gai_cancel(const struct gaicb *request)
{
    return is_under_way(request) ? EAI_NOTCANCELED : EAI_ALLDONE;
}
