/* Loading of libraries: what is loaded must find the shim's functions before libc's. */
#pragma once

/* RTLD_DEEPBIND makes a library find libc's connect() first, past every preload (PHP loads libcurl
 * so): the flag is dropped. */
int s5a_dlopen_mode(int mode);
