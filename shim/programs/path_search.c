/* PATH, walked entry by entry. */
#include "shim/programs/path_search.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define DEFAULT_PATH "/bin:/usr/bin"

bool s5a_path_goes_on(int error)
{
    switch (error) {
    case EACCES:
    case ENOENT:
    case ESTALE:
    case ENOTDIR:
    case ENODEV:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

int s5a_path_search(const char *file, const char *list, s5a_candidate_fn *fn, void *context)
{
    char candidate[PATH_MAX + NAME_MAX + 1];
    size_t file_len = strlen(file);
    if (file_len == 0)
        return -ENOENT;
    if (strchr(file, '/') != NULL) {
        fn(file, context);
        return 0;
    }
    if (file_len > NAME_MAX)
        return -ENAMETOOLONG;
    for (const char *entry = list == NULL ? DEFAULT_PATH : list;;) {
        size_t len = strcspn(entry, ":");
        if (len < PATH_MAX) {
            memcpy(candidate, entry, len);
            candidate[len] = '/';
            memcpy(candidate + len + (len > 0), file, file_len + 1);
            if (fn(candidate, context))
                return 0;
        }
        if (entry[len] == '\0')
            return 0;
        entry += len + 1;
    }
}
