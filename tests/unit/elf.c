/* ELF files made by hand, whole, cut and hostile. */
#include "shim/programs/elf.h"

#include <criterion/criterion.h>
#include <link.h>
#include <string.h>

/* An image with room for headers and contents. */
struct image {
    ElfW(Ehdr) head;
    ElfW(Phdr) table[40];
    char loader[300];
    char notes[256];
    size_t len;
};

static ssize_t read_image(void *context, void *out, size_t len, uint64_t offset)
{
    const struct image *image = context;
    if (offset >= image->len)
        return 0;
    len = len < image->len - offset ? len : image->len - offset;
    memcpy(out, (const char *)image + offset, len);
    return (ssize_t)len;
}

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static struct image *make(unsigned segments)
{
    static struct image storage;
    struct image *image = &storage;
    memset(image, 0, sizeof(*image));
    memcpy(image->head.e_ident, __ehdr_start.e_ident, EI_NIDENT);
    image->head.e_machine = __ehdr_start.e_machine;
    image->head.e_type = ET_DYN;
    image->head.e_phoff = offsetof(struct image, table);
    image->head.e_phentsize = sizeof(ElfW(Phdr));
    image->head.e_phnum = (ElfW(Half))segments;
    image->len = offsetof(struct image, len);
    return image;
}

static void put_loader(struct image *image, unsigned at, const char *path)
{
    image->table[at].p_type = PT_INTERP;
    image->table[at].p_offset = offsetof(struct image, loader);
    image->table[at].p_filesz = strlen(path) + 1;
    strcpy(image->loader, path);
}

static void put_note(struct image *image, unsigned at, size_t align, const char *owner,
                     unsigned type)
{
    ElfW(Phdr) *segment = &image->table[at];
    ElfW(Nhdr) note = { .n_namesz = (ElfW(Word))strlen(owner) + 1, .n_descsz = 5, .n_type = type };
    char *to = image->notes + segment->p_filesz;
    segment->p_type = PT_NOTE;
    segment->p_align = align;
    segment->p_offset = offsetof(struct image, notes);
    memcpy(to, &note, sizeof(note));
    memcpy(to + sizeof(note), owner, note.n_namesz);
    segment->p_filesz += (sizeof(note) + note.n_namesz + align - 1) / align * align;
    segment->p_filesz += (note.n_descsz + align - 1) / align * align;
}

static struct s5a_elf look(struct image *image)
{
    struct s5a_elf elf;
    cr_assert(s5a_elf_read(&elf, read_image, image));
    return elf;
}

Test(elf, text_is_no_elf)
{
    struct s5a_elf elf;
    struct image *image = make(1);
    memcpy(image, "#!/bin/sh\n", 10);
    cr_assert_not(s5a_elf_read(&elf, read_image, image));
    image->len = 3;
    cr_assert_not(s5a_elf_read(&elf, read_image, image));
}

Test(elf, loader_is_read)
{
    struct image *image = make(20);
    put_loader(image, 18, "/lib/ld.so");
    struct s5a_elf elf = look(image);
    cr_assert(elf.runs && elf.has_loader);
    cr_assert_str_eq(elf.loader, "/lib/ld.so");
}

Test(elf, first_loader_counts)
{
    struct image *image = make(2);
    put_loader(image, 0, "/lib/ld.so");
    image->table[1] = image->table[0];
    image->table[1].p_offset = 0;
    cr_assert_str_eq(look(image).loader, "/lib/ld.so");
}

Test(elf, no_loader_segment_is_no_loader)
{
    struct s5a_elf elf = look(make(3));
    cr_assert(elf.runs);
    cr_assert_not(elf.has_loader);
}

Test(elf, loader_that_is_no_text_does_not_run)
{
    struct image *image = make(1);
    put_loader(image, 0, "/lib/ld.so");
    image->table[0].p_filesz--;
    cr_assert_not(look(image).runs);
}

Test(elf, loader_longer_than_any_of_ours_is_left_empty)
{
    struct image *image = make(1);
    put_loader(image, 0, "/lib/ld.so");
    image->table[0].p_filesz = S5A_ELF_LOADER_CAP + 1;
    struct s5a_elf elf = look(image);
    cr_assert(elf.runs && elf.has_loader);
    cr_assert_str_eq(elf.loader, "");
}

Test(elf, other_machine_or_class_is_foreign)
{
    struct image *image = make(1);
    image->head.e_machine = EM_SPARC;
    cr_assert(look(image).foreign);
    image = make(1);
    image->head.e_ident[EI_CLASS] ^= 3;
    cr_assert(look(image).foreign);
}

Test(elf, go_note_behind_others_is_found)
{
    struct image *image = make(2);
    put_loader(image, 0, "/lib/ld.so");
    put_note(image, 1, 4, "GNU", 3);
    put_note(image, 1, 4, "Go\0", 9);
    cr_assert_not(look(image).is_go, "the name is shorter and the type another");
    struct image *go = make(2);
    put_note(go, 1, 4, "GNU", 3);
    size_t from = go->table[1].p_filesz;
    put_note(go, 1, 4, "Go?", 4);
    memcpy(go->notes + from + sizeof(ElfW(Nhdr)), "Go\0\0", 4);
    cr_assert(look(go).is_go);
}

Test(elf, notes_aligned_to_eight_are_walked)
{
    struct image *image = make(1);
    put_note(image, 0, 8, "GNU", 5);
    put_note(image, 0, 8, S5A_ELF_NOTE_OWNER, 1);
    struct s5a_elf elf = look(image);
    cr_assert(elf.is_ours);
    cr_assert_not(elf.is_go);
}

Test(elf, note_with_a_huge_length_ends_the_walk)
{
    struct image *image = make(1);
    put_note(image, 0, 4, "GNU", 3);
    put_note(image, 0, 4, S5A_ELF_NOTE_OWNER, 1);
    ((ElfW(Nhdr) *)(void *)image->notes)->n_descsz = UINT32_MAX;
    cr_assert_not(look(image).is_ours);
}

Test(elf, segment_offsets_past_any_file_are_refused)
{
    struct image *image = make(1);
    put_loader(image, 0, "/lib/ld.so");
    image->table[0].p_offset = UINT64_MAX - 2;
    cr_assert_not(look(image).runs);
    image = make(1);
    image->head.e_phoff = UINT64_MAX - 8;
    cr_assert_not(look(image).runs);
}

Test(elf, what_the_kernel_refuses_does_not_run)
{
    struct image *image = make(1);
    image->head.e_type = ET_REL;
    cr_assert_not(look(image).runs);
    image = make(0);
    cr_assert_not(look(image).runs);
    image = make(1);
    image->head.e_phentsize--;
    cr_assert_not(look(image).runs);
    image = make(2000);
    cr_assert_not(look(image).runs);
}

Test(elf, file_cut_anywhere_is_safe)
{
    struct image *image = make(2);
    put_loader(image, 0, "/lib/ld.so");
    put_note(image, 1, 4, "GNU", 3);
    size_t whole = image->len;
    cr_assert(look(image).runs);
    for (image->len = SELFMAG; image->len < offsetof(struct image, loader) + 11; image->len++)
        if (image->len < offsetof(struct image, table) + 2 * sizeof(image->table[0]))
            cr_assert_not(look(image).runs, "at %zu", image->len);
        else
            look(image);
    cr_assert_lt(image->len, whole);
}

Test(elf, go_note_on_a_file_that_is_all_notes_ends)
{
    struct image *image = make(40);
    for (unsigned i = 0; i < 40; i++)
        image->table[i] = (ElfW(Phdr)){ .p_type = PT_NOTE,
                                        .p_offset = offsetof(struct image, loader),
                                        .p_filesz = UINT32_MAX };
    cr_assert(look(image).runs);
}
