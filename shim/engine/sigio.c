/* Signal-driven readiness. */
#include "shim/engine/sigio.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "shim/real.h"

void s5a_sigio_copy(int from, int to)
{
    S5A_REAL(fcntl)(to, F_SETOWN, S5A_REAL(fcntl)(from, F_GETOWN));
    S5A_REAL(fcntl)(to, F_SETSIG, S5A_REAL(fcntl)(from, F_GETSIG));
}

/* To ourselves with what F_SETSIG promises; to others the kernel lets nobody say that. */
static void raise_with_band(int fd, int number)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = number;
    info.si_code = POLL_OUT;
    info.si_band = POLLOUT | POLLWRNORM;
    info.si_fd = fd;
    S5A_REAL(syscall)(SYS_rt_sigqueueinfo, getpid(), number, &info);
}

void s5a_sigio_raise(int fd, int flags)
{
    int owner = flags < 0 || (flags & O_ASYNC) == 0 ? 0 : S5A_REAL(fcntl)(fd, F_GETOWN);
    int number = owner == 0 ? 0 : S5A_REAL(fcntl)(fd, F_GETSIG);
    if (owner == getpid() && number > 0)
        raise_with_band(fd, number);
    else if (owner != 0)
        (void)kill(owner, number > 0 ? number : SIGIO);
}
