/* A hosts file of any content. */
#include "tests/fuzz/check.h"

#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/names/hosts.h"

struct wanted {
    const char *name;
    unsigned entries;
};

static bool check(const struct s5a_hosts_entry *entry, void *context)
{
    struct wanted *wanted = context;
    bool has_name = strcasecmp(entry->canonical, wanted->name) == 0;
    REQUIRE(entry->address.type == S5A_ATYP_IPV4 || entry->address.type == S5A_ATYP_IPV6);
    REQUIRE(entry->canonical[0] != '\0');
    for (size_t i = 0; entry->aliases[i] != NULL; i++) {
        REQUIRE(strpbrk(entry->aliases[i], " \t\n#") == NULL && entry->aliases[i][0] != '\0');
        has_name |= strcasecmp(entry->aliases[i], wanted->name) == 0;
    }
    REQUIRE(has_name);
    wanted->entries++;
    return true;
}

static bool count(const struct s5a_hosts_entry *entry, void *context)
{
    REQUIRE(strlen(entry->canonical) > 0);
    ++*(unsigned *)context;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct s5a_address address = s5a_address_ipv4(loopback);
    struct wanted a = { "a", 0 };
    struct wanted localhost = { "localhost", 0 };
    unsigned by_address = 0;
    int fd = memfd_create("hosts", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    REQUIRE(s5a_hosts_by_name(path, "a", check, &a));
    REQUIRE(s5a_hosts_by_name(path, "localhost", check, &localhost));
    REQUIRE(localhost.entries > 0);
    REQUIRE(s5a_hosts_by_address(path, &address, count, &by_address));
    close(fd);
    return 0;
}
