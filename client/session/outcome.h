/* What the states of a session are called; the rest of outcome.c is declared in session.h. For
 * client/session alone. */
#pragma once

#include "client/session/session.h"

/* For people. */
const char *s5a_session_stage(enum s5a_session_state state);
