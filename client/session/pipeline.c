/* The memory of which proxies take early bytes: a table of the process over a file each. */
#include "client/session/pipeline.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/state.h"

/* ---- which proxy ---- */

/* FNV-1a. Names are short and of the user's own making. */
static uint64_t mix(uint64_t hash, const char *text)
{
    do
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
    while (*text++ != '\0'); /* the NUL counts, so that "a" "bc" is not "ab" "c" */
    return hash;
}

/* The same place through another proxy is another place, and a log-in is more to pipeline. */
static uint64_t key_of(const struct s5a_proxy *proxy)
{
    uint64_t hash = mix(0xcbf29ce484222325, proxy->user ? "log-in" : "");
    for (; proxy; proxy = proxy->via)
        hash = mix(hash, proxy->where);
    return hash != 0 ? hash : 1;
}

/* ---- the process ---- */

enum { SLOTS = 32 }; /* beyond that many proxies the files alone remember */

static struct {
    _Atomic uint64_t key; /* 0: free; never changes once set */
    _Atomic int memory;
} table[SLOTS];

static _Atomic int *slot_of(uint64_t key)
{
    for (size_t i = 0; i < SLOTS; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&table[i].key, &found, key) || found == key)
            return &table[i].memory;
    }
    return NULL;
}

/* ---- the file ---- */

static const char *const words[] = {
    [S5A_PIPELINE_UNKNOWN] = "unknown",
    [S5A_PIPELINE_TAKES] = "takes",
    [S5A_PIPELINE_DROPS] = "drops",
    [S5A_PIPELINE_TRYING] = "trying",
};

enum { WORDS = sizeof words / sizeof *words };

static int open_file(const char *state_dir, uint64_t key)
{
    char name[sizeof "pipeline-" + 16];
    snprintf(name, sizeof name, "pipeline-%016llx", (unsigned long long)key);
    return state_dir ? s5a_state_open(state_dir, name) : -1;
}

static bool is_past(enum s5a_pipeline_memory memory, time_t since)
{
    time_t now = time(NULL);
    time_t age = now > since ? now - since : 0;
    return (memory == S5A_PIPELINE_DROPS && age >= S5A_PIPELINE_DROPS_S) ||
           (memory == S5A_PIPELINE_TRYING && age >= S5A_PIPELINE_TRYING_S);
}

static enum s5a_pipeline_memory read_file(int fd)
{
    char text[16] = "";
    struct stat status;
    if (pread(fd, text, sizeof text - 1, 0) <= 0 || fstat(fd, &status) != 0)
        return S5A_PIPELINE_UNKNOWN;
    text[strcspn(text, " \n")] = '\0';
    for (int i = 0; i < WORDS; i++)
        if (strcmp(text, words[i]) == 0)
            return is_past(i, status.st_mtime) ? S5A_PIPELINE_UNKNOWN : i;
    return S5A_PIPELINE_UNKNOWN;
}

/* The place follows the word for people who look. */
static bool write_file(int fd, enum s5a_pipeline_memory memory, const char *where)
{
    char text[512];
    int len = snprintf(text, sizeof text, "%s %s\n", words[memory], where);
    size_t cut = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    return pwrite(fd, text, cut, 0) == (ssize_t)cut && ftruncate(fd, (off_t)cut) == 0;
}

/* ---- both ---- */

enum s5a_pipeline_memory s5a_pipeline_recall(const char *state_dir, const struct s5a_proxy *proxy)
{
    uint64_t key = key_of(proxy);
    _Atomic int *slot = slot_of(key);
    int known = slot ? atomic_load(slot) : S5A_PIPELINE_UNKNOWN;
    if (known != S5A_PIPELINE_UNKNOWN)
        return known;
    int fd = open_file(state_dir, key);
    if (fd >= 0) {
        known = read_file(fd);
        close(fd);
    } else {
        known = S5A_PIPELINE_DROPS;
    }
    if (slot && known != S5A_PIPELINE_TRYING) /* which ends by itself */
        atomic_store(slot, known);
    return known;
}

static bool keep(const char *state_dir, const struct s5a_proxy *proxy, uint64_t key,
                 enum s5a_pipeline_memory memory)
{
    int fd = open_file(state_dir, key);
    if (fd < 0)
        return false;
    bool kept = write_file(fd, memory, proxy->where);
    close(fd);
    return kept;
}

bool s5a_pipeline_remember(const char *state_dir, const struct s5a_proxy *proxy,
                           enum s5a_pipeline_memory memory)
{
    uint64_t key = key_of(proxy);
    _Atomic int *slot = slot_of(key);
    bool kept = keep(state_dir, proxy, key, memory);
    int known = memory != S5A_PIPELINE_TRYING ? memory : S5A_PIPELINE_UNKNOWN;
    if (slot)
        atomic_store(slot, kept ? known : S5A_PIPELINE_DROPS);
    return kept;
}
