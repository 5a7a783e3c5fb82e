/* An environment of the test's own, as if the process had been started with it. */
#pragma once

#include <unistd.h>

#include "shim/environment.h"
#include "shim/variable.h"

static inline void lab_start_with(char *list[])
{
    environ = list;
    s5a_environment_reset();
    s5a_environment_save();
}

#define START(...) lab_start_with((char *[]){ __VA_ARGS__, NULL })
