/* A file of the map of names that was written over: at the offset in the first two bytes, before
 * it is opened or, by the third, while it is mapped. Whatever it holds, a name that is put leads
 * back from its address, and no name comes out that cannot be one. */
#include "tests/fuzz/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "client/names/fakemap.h"

enum { SLOTS = 14 };

static char dir[] = "/tmp/s5a-fuzz-XXXXXX";
static char path[300];
static struct s5a_config config;

static void remove_all(void)
{
    (void)unlink(path);
    (void)rmdir(dir);
}

static void find_path(void)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    REQUIRE(d != NULL);
    while ((entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
    closedir(d);
}

static void set_up(void)
{
    static const uint8_t v4[4] = { 192, 0, 2, 16 };
    static const uint8_t v6[16] = { 0xfd };
    if (config.state_dir != NULL)
        return;
    REQUIRE(mkdtemp(dir) != NULL);
    config.fake4 = (struct s5a_prefix){ s5a_address_ipv4(v4), 28 };
    config.fake6 = (struct s5a_prefix){ s5a_address_ipv6(v6), 96 };
    config.state_dir = dir;
    s5a_fakemap_close(s5a_fakemap_open(&config));
    find_path();
    atexit(remove_all);
}

static void overwrite(const uint8_t *data, size_t size, off_t at)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, data, size, at) == (ssize_t)size);
    close(fd);
}

static void read_all(struct s5a_fakemap *map)
{
    char name[S5A_NAME_MAX + 1];
    for (uint8_t i = 0; i < 16; i++) {
        struct s5a_address at = s5a_address_ipv4((const uint8_t[]){ 192, 0, 2, 16 + i });
        size_t len = s5a_fakemap_name(map, &at, name);
        REQUIRE(len <= S5A_NAME_MAX && name[len] == '\0');
    }
}

static void put(struct s5a_fakemap *map, const char *text)
{
    char name[S5A_NAME_MAX + 1];
    struct s5a_fake fake;
    struct s5a_fake again;
    struct s5a_span span = { (const uint8_t *)text, strlen(text) };
    if (!s5a_fakemap_put(map, span, &fake))
        return;
    struct s5a_address at = s5a_address_ipv4((const uint8_t *)&fake.v4);
    REQUIRE(s5a_fakemap_name(map, &at, name) == span.len && strcmp(name, text) == 0);
    REQUIRE(s5a_fakemap_put(map, span, &again) && memcmp(&fake, &again, sizeof(fake)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    set_up();
    off_t at = (data[0] << 8 | data[1]) % 8192;
    bool is_mapped = (data[2] & 1) != 0;
    if (!is_mapped)
        overwrite(data + 3, size - 3, at);
    struct s5a_fakemap *map = s5a_fakemap_open(&config);
    REQUIRE(map != NULL);
    put(map, "one.example");
    if (is_mapped)
        overwrite(data + 3, size - 3, at);
    read_all(map);
    put(map, "two.example");
    put(map, "one.example");
    s5a_fakemap_close(map);
    return 0;
}
