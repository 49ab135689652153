/* A disk that fails, for the tests of this folder: loaded before libc into every process of a
   command (LD_PRELOAD), it makes open() and read() of some files go wrong.

   What happens to a file is the part of its name behind the last dot. "wait" and "open-wait" hold
   the reader up until the file exists that the variable FAULTY_STORAGE_GO names; the file is open
   by then, so that /proc shows that the reader has come so far. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *behind_dot(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && !strchr(dot, '/') ? dot + 1 : "";
}

static void wait_for_go(void) {
    const char *go = getenv("FAULTY_STORAGE_GO");
    while (go && access(go, F_OK) != 0)
        usleep(5000);
}

static int fails(int number) {
    errno = number;
    return -1;
}

/* 1: go on with at most *count bytes; else the result is *given. */
static int before_read(int descriptor, size_t *count, off_t offset, ssize_t *given) {
    static unsigned calls;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 1;
    path[length] = 0;
    char *deleted = strstr(path, " (deleted)");
    if (deleted)
        *deleted = 0;
    const char *fault = behind_dot(path);
    *given = -1;
    if (!strcmp(fault, "eio"))
        return errno = EIO, 0;
    if (!strcmp(fault, "stale"))
        return errno = ESTALE, 0;
    if (!strcmp(fault, "eio-late") && offset > 0)
        return errno = EIO, 0;
    if (!strcmp(fault, "cut") && offset > 0)
        return *given = 0, 0;
    if (!strcmp(fault, "eintr") && calls++ % 2 == 0)
        return errno = EINTR, 0;
    if (!strcmp(fault, "hang"))
        for (;;)
            pause();
    if (!strcmp(fault, "wait"))
        wait_for_go();
    if (!strcmp(fault, "short") || !strcmp(fault, "eio-late") || !strcmp(fault, "cut"))
        *count = *count < 50 ? *count : 50;
    return 1;
}

ssize_t read(int descriptor, void *buffer, size_t count) {
    static ssize_t (*next)(int, void *, size_t);
    ssize_t given;
    if (!next)
        next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    off_t offset = lseek(descriptor, 0, SEEK_CUR);
    if (offset < 0) /* a pipe */
        return next(descriptor, buffer, count);
    return before_read(descriptor, &count, offset, &given) ? next(descriptor, buffer, count) : given;
}

ssize_t pread64(int descriptor, void *buffer, size_t count, off64_t offset) {
    static ssize_t (*next)(int, void *, size_t, off64_t);
    ssize_t given;
    if (!next)
        next = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    if (!before_read(descriptor, &count, offset, &given))
        return given;
    return next(descriptor, buffer, count, offset);
}

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset) {
    return pread64(descriptor, buffer, count, offset);
}

/* the error that opening a path of this fault gives, 0 for none; it may never return */
static int refusal(const char *fault) {
    if (!strcmp(fault, "open-eio"))
        return EIO;
    if (!strcmp(fault, "open-denied"))
        return EACCES;
    if (!strcmp(fault, "open-full"))
        return EMFILE;
    if (!strcmp(fault, "open-hang"))
        for (;;)
            pause();
    return 0;
}

static int opened(const char *path, int flags, mode_t mode) {
    static int (*next)(const char *, int, ...);
    if (!next)
        next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    const char *fault = behind_dot(path);
    int error = refusal(fault);
    if (error)
        return fails(error);
    if (!strcmp(fault, "open-wait")) {
        int shown = next(path, O_PATH | O_CLOEXEC);
        wait_for_go();
        close(shown);
    }
    return next(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

/* openat2, for which libc has no function */
long syscall(long number, ...) {
    static long (*next)(long, ...);
    long given[6];
    va_list rest;
    va_start(rest, number);
    for (int place = 0; place < 6; place++)
        given[place] = va_arg(rest, long);
    va_end(rest);
    if (!next)
        next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (number == SYS_openat2) {
        const char *path = (const char *)given[1], *fault = behind_dot(path);
        int error = refusal(fault);
        if (error)
            return fails(error);
        if (!strcmp(fault, "open-wait")) {
            int shown = openat((int)given[0], path, O_PATH | O_CLOEXEC);
            wait_for_go();
            close(shown);
        }
    }
    return next(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}
