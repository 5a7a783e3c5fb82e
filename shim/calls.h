/* The libc functions that the shim interposes, one row each and nowhere else: the pointers to the
 * real ones, their resolution and the version script of the library derive from this list.
 *
 *   CALL(name, kind)   kind says what a missing real function answers:
 *                      INT -1 with ENOSYS, POINTER NULL with ENOSYS, GAI EAI_SYSTEM with ENOSYS,
 *                      END nothing: it ends the process
 *
 * No include guard: it is included once for each derivation. */

/* sockets */
CALL(socket, INT)
CALL(connect, INT)
CALL(bind, INT)
CALL(listen, INT)
CALL(accept, INT)
CALL(accept4, INT)
CALL(getpeername, INT)
CALL(getsockname, INT)
CALL(getsockopt, INT)
CALL(setsockopt, INT)
CALL(send, INT)
CALL(sendto, INT)
CALL(sendmsg, INT)
CALL(sendmmsg, INT)
CALL(recv, INT)
CALL(recvfrom, INT)
CALL(recvmsg, INT)
CALL(recvmmsg, INT)
CALL(read, INT)
CALL(readv, INT)
CALL(write, INT)
CALL(writev, INT)
CALL(__read_chk, INT)
CALL(__recv_chk, INT)
CALL(__recvfrom_chk, INT)
CALL(shutdown, INT)
CALL(epoll_ctl, INT)
CALL(syscall, INT)

/* descriptors */
CALL(close, INT)
CALL(close_range, INT)
CALL(closefrom, INT)
CALL(dup, INT)
CALL(dup2, INT)
CALL(dup3, INT)
CALL(fcntl, INT)
CALL(fcntl64, INT)
CALL(ioctl, INT)

/* names */
CALL(getaddrinfo, GAI)
CALL(getnameinfo, GAI)
CALL(getaddrinfo_a, GAI)
CALL(gai_suspend, GAI)
CALL(gai_cancel, GAI)
CALL(gethostbyname, POINTER)
CALL(gethostbyname2, POINTER)
CALL(gethostbyaddr, POINTER)
CALL(gethostbyname_r, INT)
CALL(gethostbyname2_r, INT)
CALL(gethostbyaddr_r, INT)

/* the resolver library, under its old names too */
CALL(res_query, INT)
CALL(res_search, INT)
CALL(res_querydomain, INT)
CALL(res_send, INT)
CALL(res_nquery, INT)
CALL(res_nsearch, INT)
CALL(res_nquerydomain, INT)
CALL(res_nsend, INT)
CALL(__res_query, INT)
CALL(__res_search, INT)
CALL(__res_querydomain, INT)
CALL(__res_send, INT)
CALL(__res_nquery, INT)
CALL(__res_nsearch, INT)
CALL(__res_nquerydomain, INT)
CALL(__res_nsend, INT)

/* programs */
CALL(execve, INT)
CALL(execv, INT)
CALL(execvp, INT)
CALL(execvpe, INT)
CALL(execl, INT)
CALL(execle, INT)
CALL(execlp, INT)
CALL(execveat, INT)
CALL(fexecve, INT)
CALL(posix_spawn, INT)
CALL(posix_spawnp, INT)
CALL(system, INT)
CALL(popen, POINTER)
CALL(_exit, END)
CALL(_Exit, END)
CALL(quick_exit, END)
CALL(abort, END)
CALL(daemon, INT)

/* loading */
CALL(dlopen, POINTER)
CALL(dlmopen, POINTER)
