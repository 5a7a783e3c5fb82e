/* ELF headers as the kernel's loader reads them: the rules of fs/binfmt_elf.c. */
#include "shim/programs/elf.h"

#include <limits.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

enum {
    TABLE_MAX = 65536, /* bytes of program headers that the kernel accepts */
    HEADERS_AT_ONCE = 16,
    NOTES_MAX = 256, /* in all; what lies behind them is not looked at */
    GO_BUILD_ID = 4,
};

struct file {
    s5a_read_at_fn *read;
    void *context;
    unsigned notes_left;
};

struct note {
    ElfW(Nhdr) head;
    char owner[8];
};

/* This code's own header, put there by the linker: what it says of machine and class is native. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool read_exactly(const struct file *file, void *out, size_t len, uint64_t offset)
{
    return offset <= INT64_MAX - len && file->read(file->context, out, len, offset) == (ssize_t)len;
}

static bool is_foreign(const ElfW(Ehdr) * head)
{
    return head->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
           head->e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
           head->e_machine != __ehdr_start.e_machine;
}

static bool has_good_table(const ElfW(Ehdr) * head)
{
    size_t len = (size_t)head->e_phnum * sizeof(ElfW(Phdr));
    return (head->e_type == ET_EXEC || head->e_type == ET_DYN) &&
           head->e_phentsize == sizeof(ElfW(Phdr)) && len > 0 && len <= TABLE_MAX;
}

/* The kernel takes the first one alone, and refuses the file where it is not a text. */
static bool read_loader(struct s5a_elf *out, const struct file *file, const ElfW(Phdr) * segment)
{
    size_t len = segment->p_filesz;
    if (out->has_loader)
        return true;
    if (len < 2 || len > PATH_MAX)
        return false;
    out->has_loader = true;
    if (len > sizeof(out->loader))
        return true;
    if (!read_exactly(file, out->loader, len, segment->p_offset) || out->loader[len - 1] != '\0') {
        out->loader[0] = '\0';
        return false;
    }
    return true;
}

static void judge_note(struct s5a_elf *out, const struct note *note)
{
    if (note->head.n_namesz == 4 && memcmp(note->owner, "Go\0", 4) == 0 &&
        note->head.n_type == GO_BUILD_ID)
        out->is_go = true;
    if (note->head.n_namesz == sizeof(S5A_ELF_NOTE_OWNER) &&
        memcmp(note->owner, S5A_ELF_NOTE_OWNER, sizeof(S5A_ELF_NOTE_OWNER)) == 0)
        out->is_ours = true;
}

static void read_notes(struct s5a_elf *out, struct file *file, const ElfW(Phdr) * segment)
{
    uint64_t align = segment->p_align == 8 ? 8 : 4;
    uint64_t left = segment->p_filesz;
    uint64_t at = segment->p_offset;
    struct note note;
    for (; left >= sizeof(note) && file->notes_left > 0; file->notes_left--) {
        if (!read_exactly(file, &note, sizeof(note), at))
            return;
        judge_note(out, &note);
        uint64_t len = sizeof(note.head) + (uint64_t)note.head.n_namesz;
        len = (len + align - 1) / align * align + note.head.n_descsz;
        len = (len + align - 1) / align * align;
        if (len > left)
            return;
        left -= len;
        at += len;
    }
}

static bool read_segment(struct s5a_elf *out, struct file *file, const ElfW(Phdr) * segment)
{
    if (segment->p_type == PT_INTERP)
        return read_loader(out, file, segment);
    if (segment->p_type == PT_NOTE)
        read_notes(out, file, segment);
    return true;
}

static bool read_segments(struct s5a_elf *out, struct file *file, const ElfW(Ehdr) * head)
{
    ElfW(Phdr) table[HEADERS_AT_ONCE];
    for (size_t done = 0; done < head->e_phnum; done += HEADERS_AT_ONCE) {
        size_t count = head->e_phnum - done;
        count = count < HEADERS_AT_ONCE ? count : HEADERS_AT_ONCE;
        if (head->e_phoff > INT64_MAX || !read_exactly(file, table, count * sizeof(table[0]),
                                                       head->e_phoff + done * sizeof(table[0])))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!read_segment(out, file, &table[i]))
                return false;
    }
    return true;
}

bool s5a_elf_read(struct s5a_elf *out, s5a_read_at_fn *read, void *context)
{
    struct file file = { .read = read, .context = context, .notes_left = NOTES_MAX };
    ElfW(Ehdr) head;
    memset(out, 0, sizeof(*out));
    memset(&head, 0, sizeof(head));
    ssize_t got = read(context, &head, sizeof(head), 0);
    if (got < SELFMAG || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    out->foreign = got >= (ssize_t)offsetof(ElfW(Ehdr), e_version) && is_foreign(&head);
    out->runs = !out->foreign && (size_t)got == sizeof(head) && has_good_table(&head) &&
                read_segments(out, &file, &head);
    return true;
}
