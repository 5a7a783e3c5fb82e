/* The search in PATH. */
#include "shim/programs/path_search.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool note(const char *path, void *context)
{
    strcat(strcat(context, path), " ");
    return strstr(path, "stop") != NULL;
}

#define EXPECT_SEARCH(file, list, result, expected)                    \
    do {                                                               \
        char seen[256] = "";                                           \
        cr_assert_eq(s5a_path_search(file, list, note, seen), result); \
        cr_assert_str_eq(seen, expected);                              \
    } while (0)

Test(path_search, path_is_walked_in_order)
{
    EXPECT_SEARCH("x", "/a:/b", 0, "/a/x /b/x ");
    EXPECT_SEARCH("x", "/a:/stop:/c", 0, "/a/x /stop/x ");
    EXPECT_SEARCH("x", NULL, 0, "/bin/x /usr/bin/x ");
}

Test(path_search, empty_entry_of_path_is_here)
{
    EXPECT_SEARCH("x", "", 0, "x ");
    EXPECT_SEARCH("x", ":/a:", 0, "x /a/x x ");
}

Test(path_search, name_with_slash_is_not_searched_for)
{
    EXPECT_SEARCH("./x", "/a", 0, "./x ");
    EXPECT_SEARCH("a/x", "/a", 0, "a/x ");
}

Test(path_search, names_that_cannot_be_are_refused)
{
    char name[300];
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    EXPECT_SEARCH("", "/a", -ENOENT, "");
    EXPECT_SEARCH(name, "/a", -ENAMETOOLONG, "");
}

Test(path_search, entry_longer_than_any_path_is_passed_over)
{
    char *list = malloc(10000);
    memset(list, 'p', 9000);
    strcpy(list + 9000, ":/a");
    EXPECT_SEARCH("x", list, 0, "/a/x ");
    free(list);
}
