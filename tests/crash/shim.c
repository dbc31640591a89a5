/*
 * Stands between the program and the C library (LD_PRELOAD), to kill it at a chosen sync, to have a sync fail,
 * to have the disk take nothing, or to put its clock wrong. What the program itself asks for is not changed.
 *
 *   SHIM_LOG           a file that each sync, rename and refused write is noted in
 *   SHIM_KILL_AT=N     SIGKILL in front of the N-th sync, SHIM_KILL_AFTER=N behind it
 *   SHIM_FAIL_AT=N     the N-th sync fails with EIO
 *   SHIM_REFUSE        while this file exists, its first word (an errno) meets every write below …
 *   SHIM_UNDER         … paths that begin so
 *   SHIM_CLOCK         a file with the seconds that the clock is ahead
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_int syncs;

/* A worker is the same program with an argument. It syncs nothing, writes only to pipes, and is in a sandbox of
 * its own, in which this must not open anything. */
static int is_worker;

__attribute__((constructor)) static void look_who_it_is(void) {
    char line[4096] = {0};
    int fd = REAL(open)("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t length = read(fd, line, sizeof line - 1);
    close(fd);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(line + at) + 1)
        if (strcmp(line + at, "worker") == 0) is_worker = 1;
}

static void note(const char *what, const char *path) {
    const char *log = getenv("SHIM_LOG");
    if (!log || is_worker) return;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %s\n", what, path);
    int fd = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    ssize_t written = REAL(write)(fd, line, (size_t)length);
    (void)written;
    close(fd);
}

static const char *path_of(int fd, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

static int number(const char *name) {
    const char *value = getenv(name);
    return value ? atoi(value) : 0;
}

/* The errno that a write to this path meets, or 0. */
static int refused(const char *path) {
    const char *flag = getenv("SHIM_REFUSE"), *under = getenv("SHIM_UNDER");
    if (is_worker || !flag || !under || strncmp(path, under, strlen(under)) != 0) return 0;
    int fd = REAL(open)(flag, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[16] = {0};
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return 0;
    note("refused", path);
    return atoi(text);
}

static int refused_fd(int fd) {
    if (is_worker || !getenv("SHIM_REFUSE")) return 0;
    char buffer[PATH_MAX];
    return refused(path_of(fd, buffer));
}

static int synced(int fd, const char *what, int (*real)(int)) {
    char buffer[PATH_MAX];
    int count = atomic_fetch_add(&syncs, 1) + 1;
    const char *path = path_of(fd, buffer);
    note(what, path);
    if (number("SHIM_KILL_AT") == count) kill(getpid(), SIGKILL);
    if (number("SHIM_FAIL_AT") == count) {
        note("failed", path);
        errno = EIO;
        return -1;
    }
    int result = real(fd);
    if (number("SHIM_KILL_AFTER") == count) kill(getpid(), SIGKILL);
    return result;
}

int fsync(int fd) { return synced(fd, "fsync", REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, "fdatasync", REAL(fdatasync)); }
int syncfs(int fd) { return synced(fd, "syncfs", REAL(syncfs)); }

int rename(const char *from, const char *to) {
    note("rename", to);
    return REAL(rename)(from, to);
}

#define REFUSE(path_or_fd, check)               \
    do {                                        \
        int why = check(path_or_fd);            \
        if (why) {                              \
            errno = why;                        \
            return -1;                          \
        }                                       \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
    REFUSE(fd, refused_fd);
    return REAL(write)(fd, bytes, length);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    REFUSE(fd, refused_fd);
    return REAL(pwrite)(fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REFUSE(fd, refused_fd);
    return REAL(pwrite64)(fd, bytes, length, at);
}
int mkdir(const char *path, mode_t mode) {
    struct stat there;
    if (stat(path, &there) != 0) REFUSE(path, refused);
    return REAL(mkdir)(path, mode);
}

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = REAL(clock_gettime);
    int result = real(id, at);
    const char *file = id == CLOCK_REALTIME && !is_worker ? getenv("SHIM_CLOCK") : NULL;
    if (file) {
        FILE *ahead = fopen(file, "r");
        long seconds = 0;
        if (ahead) {
            if (fscanf(ahead, "%ld", &seconds) == 1) at->tv_sec += seconds;
            fclose(ahead);
        }
    }
    return result;
}
