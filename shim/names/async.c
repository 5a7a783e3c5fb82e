/* getaddrinfo_a without a queue. */
#include "shim/names/async.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "shim/names/getaddrinfo.h"
#include "shim/real.h"

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

static void answer(const struct s5a_names *names, struct gaicb *request)
{
    struct addrinfo *list = NULL;
    int code = s5a_names_getaddrinfo(names, request->ar_name, request->ar_service,
                                     request->ar_request, &list);
    request->ar_result = list;
    request->__return = code;
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
    for (int i = 0; i < count; i++)
        if (requests[i] != NULL)
            answer(names, requests[i]);
    if (mode == GAI_NOWAIT && !notify(event))
        return EAI_AGAIN;
    return 0;
}
