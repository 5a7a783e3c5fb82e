/* The threads that verify passwords, and the two queues between them and the loop. */
#include "server/logins.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS = 2 };

struct s5ad_login {
    struct s5ad_login *next;
    char hash[S5AD_HASH_CAP];
    struct s5a_secret password;
    bool known, accepted;
    atomic_bool cancelled;
    s5ad_verified_fn *verified;
    void *owner;
};

struct queue {
    struct s5ad_login *first, **end;
};

struct s5ad_logins {
    struct s5ad_loop *loop;
    struct s5ad_watch wake; /* eventfd: something is in `done` */
    pthread_t threads[THREADS];
    unsigned started;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;
    struct queue waiting, done;
    unsigned waiting_count;
    bool stopping;
};

static void put(struct queue *queue, struct s5ad_login *login)
{
    login->next = NULL;
    *queue->end = login;
    queue->end = &login->next;
}

static struct s5ad_login *take(struct queue *queue)
{
    struct s5ad_login *login = queue->first;
    if (!login)
        return NULL;
    queue->first = login->next;
    if (!queue->first)
        queue->end = &queue->first;
    return login;
}

static void free_login(struct s5ad_login *login)
{
    s5a_wipe(login, sizeof *login);
    free(login);
}

static void verify(struct s5ad_login *login)
{
    if (atomic_load(&login->cancelled))
        return;
    struct s5a_span password = s5a_secret_span(&login->password);
    int fits = crypto_pwhash_str_verify(login->hash, (const char *)password.at, password.len);
    login->accepted = fits == 0 && login->known;
}

static void *run_thread(void *data)
{
    struct s5ad_logins *logins = data;
    pthread_mutex_lock(&logins->lock);
    while (!logins->stopping) {
        struct s5ad_login *login = take(&logins->waiting);
        if (!login) {
            pthread_cond_wait(&logins->work, &logins->lock);
            continue;
        }
        logins->waiting_count--;
        pthread_mutex_unlock(&logins->lock);
        verify(login);
        pthread_mutex_lock(&logins->lock);
        put(&logins->done, login);
        eventfd_write(logins->wake.fd, 1);
    }
    pthread_mutex_unlock(&logins->lock);
    return NULL;
}

static struct s5ad_login *take_done(struct s5ad_logins *logins)
{
    pthread_mutex_lock(&logins->lock);
    struct s5ad_login *login = take(&logins->done);
    pthread_mutex_unlock(&logins->lock);
    return login;
}

static void on_done(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_logins *logins = S5AD_OWNER(watch, struct s5ad_logins, wake);
    eventfd_t count;
    eventfd_read(watch->fd, &count);
    for (struct s5ad_login *login; (login = take_done(logins)); free_login(login))
        if (!atomic_load(&login->cancelled))
            login->verified(login->owner, login->accepted, login->hash, &login->password);
}

struct s5ad_logins *s5ad_logins_new(struct s5ad_loop *loop)
{
    struct s5ad_logins *logins = calloc(1, sizeof *logins);
    if (!logins)
        return NULL;
    logins->loop = loop;
    pthread_mutex_init(&logins->lock, NULL);
    pthread_cond_init(&logins->work, NULL);
    logins->waiting.end = &logins->waiting.first;
    logins->done.end = &logins->done.first;
    logins->wake.ready = on_done;
    logins->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = logins->wake.fd < 0 ? -errno : s5ad_watch_set(loop, &logins->wake, EPOLLIN);
    if (error == 0)
        return logins;
    s5ad_logins_free(logins);
    errno = -error;
    return NULL;
}

void s5ad_logins_free(struct s5ad_logins *logins)
{
    if (!logins)
        return;
    pthread_mutex_lock(&logins->lock);
    logins->stopping = true;
    pthread_cond_broadcast(&logins->work);
    pthread_mutex_unlock(&logins->lock);
    for (unsigned i = 0; i < logins->started; i++)
        pthread_join(logins->threads[i], NULL);
    for (struct s5ad_login *login; (login = take(&logins->waiting));)
        free_login(login);
    for (struct s5ad_login *login; (login = take(&logins->done));)
        free_login(login);
    s5ad_watch_close(logins->loop, &logins->wake);
    pthread_cond_destroy(&logins->work);
    pthread_mutex_destroy(&logins->lock);
    free(logins);
}

/* Signals are the loop's: threads inherit a mask that blocks them all. */
static bool start_threads(struct s5ad_logins *logins)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (logins->started < THREADS &&
           pthread_create(&logins->threads[logins->started], NULL, run_thread, logins) == 0)
        logins->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return logins->started > 0;
}

struct s5ad_login *s5ad_logins_start(struct s5ad_logins *logins, const char *hash, bool known,
                                     const struct s5a_secret *password, s5ad_verified_fn *verified,
                                     void *owner)
{
    if (!start_threads(logins))
        return NULL;
    struct s5ad_login *login = calloc(1, sizeof *login);
    if (!login)
        return NULL;
    strncpy(login->hash, hash, sizeof login->hash - 1);
    login->password = *password;
    login->known = known;
    login->verified = verified;
    login->owner = owner;
    pthread_mutex_lock(&logins->lock);
    bool room = logins->waiting_count < S5AD_LOGINS_WAITING_MAX;
    if (room) {
        put(&logins->waiting, login);
        logins->waiting_count++;
        pthread_cond_signal(&logins->work);
    }
    pthread_mutex_unlock(&logins->lock);
    if (room)
        return login;
    free_login(login);
    return NULL;
}

void s5ad_login_cancel(struct s5ad_login *login)
{
    if (login)
        atomic_store(&login->cancelled, true);
}
