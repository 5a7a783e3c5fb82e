/* Places: their addresses, the page that the case and the laboratory share, what they say. */
#include "tests/preload/lab_place.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <time.h>

enum { HELD = -1, BOUND_MS = 5000 };

struct page {
    _Atomic long answers[AT_END]; /* from when on, ms of the monotonic clock; or HELD */
    _Atomic int living, begun;
    _Atomic long taken;
};

static struct page *page;

void lab_pause_ms(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

static void map_page(const char *path, int flags)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
    CHECK(fd >= 0 && ((flags & O_CREAT) == 0 || ftruncate(fd, sizeof *page) == 0));
    void *at = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    close(fd);
    page = at;
}

void lab_place_init(const char *directory)
{
    char path[256];
    snprintf(path, sizeof path, "%s.places", directory);
    setenv("LAB_PLACES", path, 1);
    map_page(path, O_CREAT | O_EXCL);
    for (int place = AT_SLOW; place < AT_END; place++)
        page->answers[place] = HELD;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

void lab_place_remove(const char *directory)
{
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    unlink(getenv("LAB_PLACES"));
}

void lab_place_map(void)
{
    map_page(getenv("LAB_PLACES"), 0);
}

bool lab_is_native(void)
{
    return getenv("LAB_NATIVE") != NULL;
}

bool lab_is_relayed(void)
{
    return getenv("LAB_RELAYED") != NULL;
}

struct sockaddr_in lab_at(enum lab_place place)
{
    char text[32];
    snprintf(text, sizeof text, "198.51.100.%d", place);
    return lab_v4(text, 80);
}

struct sockaddr_in6 lab_at6(enum lab_place place)
{
    char text[32];
    snprintf(text, sizeof text, "2001:db8::%x", (unsigned)place);
    return lab_v6(text, 80);
}

struct sockaddr_in6 lab_at_mapped(enum lab_place place)
{
    char text[32];
    snprintf(text, sizeof text, "::ffff:198.51.100.%d", place);
    return lab_v6(text, 80);
}

enum lab_place lab_place_of(const char *host)
{
    int v4 = 0;
    unsigned v6 = 0;
    if (sscanf(host, "198.51.100.%d", &v4) != 1 && sscanf(host, "::ffff:198.51.100.%d", &v4) != 1 &&
        sscanf(host, "2001:db8::%x", &v6) != 1)
        return 0;
    int place = v4 + (int)v6;
    return place > 0 && place < AT_END ? (enum lab_place)place : 0;
}

void lab_answer(enum lab_place place, int ms)
{
    page->answers[place] = now_ms() + ms;
}

void lab_hold(enum lab_place place)
{
    page->answers[place] = HELD;
}

bool lab_place_answers(enum lab_place place)
{
    long from = page->answers[place];
    return from != HELD && now_ms() >= from;
}

void lab_place_count(int one)
{
    page->living += one;
    page->begun += one > 0;
}

bool lab_wait_for_taken(long bytes)
{
    for (long until = now_ms() + BOUND_MS; now_ms() < until; lab_pause_ms(2))
        if (page->taken >= bytes)
            return true;
    return false;
}

int lab_begun(void)
{
    return page->begun;
}

bool lab_wait_for_begun(int count)
{
    for (long until = now_ms() + BOUND_MS; now_ms() < until; lab_pause_ms(2))
        if (page->begun == count)
            return true;
    return false;
}

bool lab_wait_for_living(int count)
{
    for (long until = now_ms() + BOUND_MS; now_ms() < until; lab_pause_ms(2))
        if (page->living == count)
            return true;
    return false;
}

bool lab_place_all_ended(void)
{
    return lab_wait_for_living(0);
}

void lab_place_take(ssize_t len)
{
    page->taken += len;
}

long lab_place_taken(void)
{
    return page->taken;
}

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void take_all(int fd, bool echoes)
{
    char bytes[65536];
    ssize_t len;
    while ((len = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        lab_place_take(len);
        if (echoes && send(fd, bytes, (size_t)len, MSG_NOSIGNAL) != len)
            return;
    }
}

static void reset(int fd)
{
    const struct linger now = { 1, 0 };
    char byte;
    (void)!recv(fd, &byte, 1, MSG_PEEK);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void lab_place_serve(enum lab_place place, int fd)
{
    if (place == AT_RESETTING) {
        reset(fd);
        return;
    }
    if (place == AT_GREETING || place == AT_SLOW_GREETING)
        say(fd, "220 early\r\n");
    if (place == AT_CLOSING || place == AT_SLOW_CLOSING) {
        say(fd, "bye\r\n");
        shutdown(fd, SHUT_WR);
    }
    take_all(fd, place != AT_SINK && place != AT_CLOSING && place != AT_SLOW_CLOSING);
}
