/* Files about to be executed: ELF headers by a reader of memory, and the first line of scripts. */
#include "tests/fuzz/check.h"

#include "shim/programs/elf.h"
#include "shim/programs/script.h"

enum { READS_MAX = 4096 };

struct file {
    struct s5a_span bytes;
    unsigned reads;
};

static ssize_t read_at(void *context, void *out, size_t len, uint64_t offset)
{
    struct file *file = context;
    REQUIRE(++file->reads < READS_MAX); /* no file keeps it busy */
    if (offset >= file->bytes.len)
        return 0;
    size_t left = file->bytes.len - (size_t)offset;
    len = len < left ? len : left;
    memcpy(out, file->bytes.at + offset, len);
    return (ssize_t)len;
}

static void check_elf(struct s5a_span in)
{
    struct file file = { .bytes = in };
    struct s5a_elf elf;
    bool is_elf = s5a_elf_read(&elf, read_at, &file);
    REQUIRE(is_elf == (in.len >= 4 && memcmp(in.at,
                                             "\x7f"
                                             "ELF",
                                             4) == 0));
    REQUIRE(memchr(elf.loader, '\0', sizeof(elf.loader)) != NULL);
    REQUIRE(elf.has_loader || elf.loader[0] == '\0');
    REQUIRE(!elf.foreign || !elf.runs);
}

static void check_script(struct s5a_span in)
{
    char out[S5A_SCRIPT_HEAD];
    size_t len = in.len < S5A_SCRIPT_HEAD ? in.len : S5A_SCRIPT_HEAD;
    char *exact = malloc(len > 0 ? len : 1);
    REQUIRE(exact);
    if (len > 0)
        memcpy(exact, in.at, len);
    if (s5a_script_interpreter(exact, len, out)) {
        REQUIRE(out[0] != '\0' && strlen(out) < len);
        REQUIRE(strpbrk(out, " \t\n") == NULL);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span in = { data, size };
    check_elf(in);
    check_script(in);
    return 0;
}
