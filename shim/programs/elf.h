/* What an ELF file says about how it will run. Reads through a callback, a few bytes at a time, so
 * that any file can be looked at: bytes are hostile, nothing in them is believed without bounds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As pread(2): bytes read, fewer at the end of the file, negative for an error. */
typedef ssize_t s5a_read_at_fn(void *context, void *out, size_t len, uint64_t offset);

enum { S5A_ELF_LOADER_CAP = 256 };

struct s5a_elf {
    bool runs;    /* the kernel would take it, as far as its headers say */
    bool foreign; /* of another class, byte order or machine; nothing below is filled in */
    bool has_loader;
    bool is_go;   /* has the note of the Go linker, with or without cgo */
    bool is_ours; /* has the note of socks5a's own programs */
    char
        loader[S5A_ELF_LOADER_CAP]; /* PT_INTERP; empty: none, or too long to be a loader of ours */
};

/* The note by which the wrapper's static program is known (section .note.socks5a). */
#define S5A_ELF_NOTE_OWNER "socks5a"

/* False where it is no ELF file at all. Pure but for the callback. */
bool s5a_elf_read(struct s5a_elf *out, s5a_read_at_fn *read, void *context);
