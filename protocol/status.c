/* Texts and errno values of statuses. */
#include "protocol/status.h"

#include <errno.h>

const char *s5a_status_text(enum s5a_status status)
{
    switch (status) {
#define X(name, err, text) \
    case S5A_##name:       \
        return text;
        S5A_STATUSES(X)
#undef X
    }
    return "unknown status";
}

int s5a_status_errno(enum s5a_status status)
{
    switch (status) {
#define X(name, err, text) \
    case S5A_##name:       \
        return err;
        S5A_STATUSES(X)
#undef X
    }
    return EPROTO;
}
