/* Words of configuration: cutting and comparing short texts, ASCII rules in every locale. */
#pragma once

#include "protocol/bytes.h"

/* A view of a string, without its NUL. */
struct s5a_span s5a_word(const char *string);
/* A copy on the heap with NUL; NULL where memory is out. */
char *s5a_word_copy(struct s5a_span text);
/* The first `len` bytes, and all behind the first `len`; clamped. */
struct s5a_span s5a_word_head(struct s5a_span text, size_t len);
struct s5a_span s5a_word_tail(struct s5a_span text, size_t len);
/* Without blanks and tabs at both ends. */
struct s5a_span s5a_word_trim(struct s5a_span text);
/* Where a byte first (last) occurs; the length of the text where it does not. */
size_t s5a_word_find(struct s5a_span text, char byte);
size_t s5a_word_find_last(struct s5a_span text, char byte);
/* Takes the part up to `separator`, or the rest, off the front of `*rest`. False at the end. An
 * empty text has one part, which is empty; `at` of `*rest` is NULL when there are no more. */
bool s5a_word_split(struct s5a_span *rest, char separator, struct s5a_span *part);
/* Takes the next run of non-blanks off the front of `*rest`. False where there is none. */
bool s5a_word_next(struct s5a_span *rest, struct s5a_span *part);

bool s5a_word_is(struct s5a_span text, const char *word);
bool s5a_word_starts(struct s5a_span text, const char *prefix);
/* Without regard to the case of ASCII letters. */
bool s5a_word_equal_nocase(struct s5a_span a, struct s5a_span b);
bool s5a_word_ends_nocase(struct s5a_span text, struct s5a_span ending);
/* Decimal digits alone, from `min` to `max`. */
S5A_MUST_USE bool s5a_word_number(struct s5a_span text, uint32_t min, uint32_t max, uint32_t *out);

/* A host name as far as this software takes one: letters, digits, "-", "_" and dots, no empty
 * label (a final dot is fine), and not all digits in the last one, where an address was mistyped. */
bool s5a_word_is_host(struct s5a_span text);
/* Letters, digits, "-", "_" and dots, 1 to 32 of them: what proxies may be called. */
bool s5a_word_is_label(struct s5a_span text);
