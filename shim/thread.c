/* Threads of the shim's own. */
#include "shim/thread.h"

#include <errno.h>
#include <pthread.h>

#include "shim/lock.h"

int s5a_thread_start(void *(*work)(void *), void *context, size_t stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    struct s5a_locked shield;
    if (pthread_attr_init(&attributes) != 0)
        return -EAGAIN;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack > 0)
        pthread_attr_setstacksize(&attributes, stack);
    s5a_shield(&shield); /* the thread begins with its signals blocked */
    int failed = pthread_create(&thread, &attributes, work, context);
    s5a_unshield(&shield);
    pthread_attr_destroy(&attributes);
    return failed == 0 ? 0 : -EAGAIN;
}
