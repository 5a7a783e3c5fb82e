/* uthash as the server uses it where keys come from clients: a hash that they cannot foresee, so that
 * nobody can pile up entries in one place, and no memory is an answer, not an exit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Under a key of this process. */
unsigned s5ad_table_hash(const void *key, size_t len);

#define HASH_FUNCTION(key, len, hash) ((hash) = s5ad_table_hash(key, len))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
