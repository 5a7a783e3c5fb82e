/* The file of the map of names. */
#include "client/names/fakefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sodium/crypto_shorthash.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/state.h"

enum {
    HEADER_LEN = 4096,
    VERSION = 1,
    TRIES = 5,
    LOCK_TRIES = 200,
    LOCK_WAIT_MS = 5,
};

static const char magic[8] = "S5ANAMES";

struct header {
    char magic[8]; /* written last */
    uint32_t version;
    uint32_t slot_len;
    uint32_t capacity;
    uint32_t bits4;
    uint32_t bits6;
    uint8_t range4[4];
    uint8_t range6[16];
    uint8_t key[S5A_FAKETABLE_KEY_LEN];
    uint64_t check; /* over all before, so that a half-read header is noticed */
};

_Static_assert(sizeof(struct header) <= HEADER_LEN, "header");

enum condition { GOOD, BLANK, DAMAGED };

static uint64_t checksum(const void *bytes, size_t len)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES] = { 's', '5', 'a' };
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t value;
    crypto_shorthash(hash, bytes, len, key);
    memcpy(&value, hash, sizeof(value));
    return value;
}

static struct header header_of(const struct s5a_fakefile *file)
{
    struct header h;
    memset(&h, 0, sizeof(h));
    memcpy(h.magic, magic, sizeof(magic));
    h.version = VERSION;
    h.slot_len = sizeof(struct s5a_fakeslot);
    h.capacity = file->capacity;
    h.bits4 = file->fake4.bits;
    h.bits6 = file->fake6.bits;
    memcpy(h.range4, file->fake4.address.ip, sizeof(h.range4));
    memcpy(h.range6, file->fake6.address.ip, sizeof(h.range6));
    return h;
}

size_t s5a_fakefile_level_size(uint32_t capacity, unsigned level)
{
    return s5a_faketable_level_len(capacity, level) * sizeof(struct s5a_fakeslot);
}

static off_t level_offset(unsigned level)
{
    return HEADER_LEN +
           (off_t)s5a_faketable_level_begin(level) * (off_t)sizeof(struct s5a_fakeslot);
}

static off_t level_end(uint32_t capacity, unsigned level)
{
    return level_offset(level) + (off_t)s5a_fakefile_level_size(capacity, level);
}

/* Looks at the file; a good one gives its key. */
static enum condition inspect(struct s5a_fakefile *file, int fd)
{
    struct header found;
    struct header wanted = header_of(file);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return DAMAGED;
    if (st.st_size == 0)
        return BLANK;
    if (st.st_size < level_end(file->capacity, 0) ||
        pread(fd, &found, sizeof(found), 0) != (ssize_t)sizeof(found) ||
        memcmp(&found, &wanted, offsetof(struct header, key)) != 0 ||
        found.check != checksum(&found, offsetof(struct header, check)))
        return DAMAGED;
    memcpy(file->key, found.key, sizeof(file->key));
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return GOOD;
}

/* Within RLIMIT_FSIZE, whose signal would kill the program. */
static bool allocate(int fd, off_t from, off_t to)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 ||
        (limit.rlim_cur != RLIM_INFINITY && (rlim_t)to > limit.rlim_cur))
        return false;
    return posix_fallocate(fd, from, to - from) == 0;
}

/* Fills a blank file; the magic comes last, so whoever sees it sees the rest. */
static bool make(struct s5a_fakefile *file, int fd)
{
    struct header h = header_of(file);
    if (getrandom(h.key, sizeof(h.key), 0) != (ssize_t)sizeof(h.key))
        return false;
    h.check = checksum(&h, offsetof(struct header, check));
    const char *bytes = (const char *)&h;
    if (allocate(fd, 0, level_end(file->capacity, 0)) &&
        pwrite(fd, bytes + sizeof(magic), sizeof(h) - sizeof(magic), sizeof(magic)) ==
            (ssize_t)(sizeof(h) - sizeof(magic)) &&
        pwrite(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic))
        return true;
    (void)!ftruncate(fd, 0); /* nobody has mapped it */
    return false;
}

static bool lock(int fd)
{
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        (void)poll(NULL, 0, LOCK_WAIT_MS);
    }
    return false;
}

/* Unlinks the damaged file unless another has taken its place; only its lock's holder does. */
static void discard(const struct s5a_fakefile *file, int fd)
{
    char path[PATH_MAX];
    struct stat mine;
    struct stat named;
    int len = snprintf(path, sizeof(path), "%s/%s", file->dir, file->name);
    if (len < (int)sizeof(path) && fstat(fd, &mine) == 0 && lstat(path, &named) == 0 &&
        mine.st_dev == named.st_dev && mine.st_ino == named.st_ino)
        (void)unlink(path);
}

/* One try to have a good file behind `fd`. Another process may be about to make it, hence the
 * second look under the lock. (The lock is let go by hand: a fork may hold a copy of `fd`.) */
static enum condition repair(struct s5a_fakefile *file, int fd)
{
    if (!lock(fd))
        return DAMAGED;
    enum condition condition = inspect(file, fd);
    if (condition == BLANK && make(file, fd))
        condition = inspect(file, fd);
    else if (condition == DAMAGED)
        discard(file, fd);
    (void)flock(fd, LOCK_UN);
    return condition;
}

static void set_name(struct s5a_fakefile *file)
{
    struct header ranges = header_of(file);
    snprintf(file->name, sizeof(file->name), "names-%016llx",
             (unsigned long long)checksum(&ranges, sizeof(ranges)));
}

static struct s5a_fakeslot *map_level(const struct s5a_fakefile *file, int fd, unsigned level)
{
    void *at = mmap(NULL, s5a_fakefile_level_size(file->capacity, level), PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, level_offset(level));
    return at == MAP_FAILED ? NULL : at;
}

struct s5a_fakeslot *s5a_fakefile_open(struct s5a_fakefile *file)
{
    struct s5a_fakeslot *slots = NULL;
    enum condition condition = DAMAGED;
    file->device = 0;
    file->inode = 0;
    set_name(file);
    for (int tries = 0; tries < TRIES && condition == DAMAGED; tries++) {
        int fd = s5a_state_open(file->dir, file->name);
        if (fd < 0)
            return NULL;
        condition = inspect(file, fd);
        if (condition != GOOD)
            condition = repair(file, fd);
        if (condition == GOOD)
            slots = map_level(file, fd, 0);
        close(fd);
    }
    return slots;
}

static bool is_same(const struct s5a_fakefile *file, int fd, off_t *size)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || st.st_dev != file->device || st.st_ino != file->inode)
        return false;
    *size = st.st_size;
    return true;
}

/* The file reaches to the end of the level, made longer where it may be. */
static bool reaches(const struct s5a_fakefile *file, int fd, unsigned level, bool grow)
{
    off_t size;
    off_t end = level_end(file->capacity, level);
    if (!is_same(file, fd, &size))
        return false;
    if (size >= end || !grow || size < level_offset(level))
        return size >= end;
    if (!lock(fd))
        return false;
    bool done = is_same(file, fd, &size) && (size >= end || allocate(fd, level_offset(level), end));
    (void)flock(fd, LOCK_UN);
    return done;
}

struct s5a_fakeslot *s5a_fakefile_map(const struct s5a_fakefile *file, unsigned level, bool make_it)
{
    struct s5a_fakeslot *slots = NULL;
    int fd = s5a_state_open(file->dir, file->name);
    if (fd < 0)
        return NULL;
    if (reaches(file, fd, level, make_it))
        slots = map_level(file, fd, level);
    close(fd);
    return slots;
}
