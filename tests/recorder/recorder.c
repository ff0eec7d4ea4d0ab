/*
 * A shim between a process and its disk, loaded with LD_PRELOAD by the tests of the ring.
 *
 * It sees every call that changes a file below one folder. It counts them, writes them down with
 * their contents, and at a chosen one kills the process, fails the call, delays it, or skips
 * syncs. The tests talk to it through a file of numbers that both map or read while it runs
 * (tests/it/ring/shim.rs names the numbers), and read what it wrote down as a trace
 * (tests/it/ring/trace.rs). It is the one piece of the project that is not Rust, because a call
 * of the C library can only be taken over by a symbol of the same name.
 *
 *   RING_FOLDER   only files below this folder are seen
 *   RING_CONTROL  the file of numbers
 *   RING_TRACE    the trace; nothing is written down without it
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What a call does; the numbers are also those of the trace. */
enum op {
    OP_CREATE = 1, OP_WRITE, OP_TRUNCATE, OP_ALLOCATE, OP_SYNC_BEGIN, OP_SYNC_END,
    OP_RENAME, OP_UNLINK, OP_MKDIR, OP_FAULT = 100,
};

/* To which part of a data folder a file belongs, as bits. */
enum part { PART_SEGMENT = 1, PART_WITNESS = 2, PART_STATE = 4, PART_OTHER = 8 };

enum action { NOTHING, KILL, FAIL, DELAY };

enum variant { BEFORE, HALFWAY, AFTER };

struct control {
    uint64_t action;
    uint64_t parts;     /* bits of enum part */
    uint64_t ops;       /* bits: 1 << enum op */
    uint64_t nth;       /* the first matching call that is struck, counted from 1 */
    uint64_t always;    /* and all after it */
    uint64_t error;
    uint64_t delay_ms;
    uint64_t variant;
    uint64_t skip_syncs;
    uint64_t matched;   /* written here: matching calls so far */
    uint64_t fired;     /* written here: calls that were struck */
    uint64_t fired_op;  /* written here: what it was */
    uint64_t fired_part;
};

static struct control *control;
static const char *folder;
static size_t folder_length;
static int trace = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_sync_file_range)(int, off_t, off_t, unsigned);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_rmdir)(const char *);
static int (*real_mkdir)(const char *, mode_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_link)(const char *, const char *);

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) _exit(99);
    return found;
}

static void start(void)
{
    real_open = real("open");
    real_openat = real("openat");
    real_write = real("write");
    real_pwrite = real("pwrite");
    real_writev = real("writev");
    real_pwritev = real("pwritev");
    real_fsync = real("fsync");
    real_fdatasync = real("fdatasync");
    real_sync_file_range = real("sync_file_range");
    real_rename = real("rename");
    real_unlink = real("unlink");
    real_unlinkat = real("unlinkat");
    real_rmdir = real("rmdir");
    real_mkdir = real("mkdir");
    real_ftruncate = real("ftruncate");
    real_fallocate = real("fallocate");
    real_link = real("link");
    const char *numbers = getenv("RING_CONTROL");
    const char *events = getenv("RING_TRACE");
    folder = getenv("RING_FOLDER");
    if (!folder || !numbers) { folder = NULL; return; }
    folder_length = strlen(folder);
    int fd = real_open(numbers, O_RDWR | O_CLOEXEC);
    if (fd < 0) _exit(98);
    control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED) _exit(97);
    close(fd);
    if (events) {
        trace = real_open(events, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (trace < 0) _exit(96);
    }
}

static int below(const char *path)
{
    return folder && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* The path of an open file, if it is below the folder. */
static int path_of(int fd, char *path)
{
    pthread_once(&once, start);
    if (!folder) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path);
}

static enum part part_of(const char *path)
{
    size_t length = strlen(path);
    if (strstr(path, "/log/")) {
        if (length > 4 && !strcmp(path + length - 4, ".log")) return PART_SEGMENT;
        if (length > 8 && !strcmp(path + length - 8, "/witness")) return PART_WITNESS;
        return PART_OTHER;
    }
    return strstr(path, "/state/") ? PART_STATE : PART_OTHER;
}

/* Frame: total u32 | op u8 | inode u64 | offset u64 | path length u16 | path | contents */
static void tell(enum op op, uint64_t inode, uint64_t offset, const char *path,
    const struct iovec *parts, int count, size_t length)
{
    if (trace < 0) return;
    unsigned char head[23];
    uint16_t path_length = (uint16_t)strlen(path);
    uint32_t total = (uint32_t)(sizeof head - 4 + path_length + length);
    memcpy(head, &total, 4);
    head[4] = (unsigned char)op;
    memcpy(head + 5, &inode, 8);
    memcpy(head + 13, &offset, 8);
    memcpy(head + 21, &path_length, 2);
    struct iovec all[IOV_MAX];
    all[0] = (struct iovec){head, sizeof head};
    all[1] = (struct iovec){(void *)path, path_length};
    int used = 2;
    for (int index = 0; index < count && length > 0 && used < IOV_MAX; index++) {
        size_t take = parts[index].iov_len < length ? parts[index].iov_len : length;
        all[used++] = (struct iovec){parts[index].iov_base, take};
        length -= take;
    }
    /* One call, so that what the tests append to the same file falls between two events. */
    if (real_writev(trace, all, used) != (ssize_t)total + 4) _exit(95);
}

static uint64_t inode_of(int fd)
{
    struct stat found;
    return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static uint64_t inode_at(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 ? found.st_ino : 0;
}

static void end_now(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a call and says whether it is the one to strike. */
static enum action struck(enum op op, const char *path)
{
    enum part part = part_of(path);
    if (!(control->parts & part) || !(control->ops & (1u << op))) return NOTHING;
    if (control->action == NOTHING) {
        __atomic_add_fetch(&control->matched, 1, __ATOMIC_SEQ_CST);
        return NOTHING;
    }
    uint64_t count = __atomic_add_fetch(&control->matched, 1, __ATOMIC_SEQ_CST);
    if (count != control->nth && !(control->always && count > control->nth)) return NOTHING;
    if (__atomic_add_fetch(&control->fired, 1, __ATOMIC_SEQ_CST) == 1) {
        control->fired_op = op;
        control->fired_part = part;
        pthread_mutex_lock(&order);
        tell(OP_FAULT, 0, 0, path, NULL, 0, 0);
        pthread_mutex_unlock(&order);
    }
    if (control->action == DELAY) {
        struct timespec pause = {
            (time_t)(control->delay_ms / 1000), (long)(control->delay_ms % 1000) * 1000000};
        nanosleep(&pause, NULL);
        return NOTHING;
    }
    return control->action;
}

#define STRIKE(op, path, half)                                                  \
    enum action action = struck(op, path);                                      \
    if (action == FAIL) { errno = (int)control->error; return -1; }             \
    if (action == KILL && control->variant == BEFORE) end_now();                \
    if (action == KILL && control->variant == HALFWAY) { half; end_now(); }

#define DONE if (action == KILL) end_now()

static ssize_t any_write(int fd, const char *path, const struct iovec *parts, int count,
    off_t offset, int positioned)
{
    size_t length = 0;
    for (int index = 0; index < count; index++) length += parts[index].iov_len;
    struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2};
    STRIKE(OP_WRITE, path, {
        if (positioned) real_pwritev(fd, &half, 1, offset);
        else real_writev(fd, &half, 1);
    })
    pthread_mutex_lock(&order);
    ssize_t written = positioned ? real_pwritev(fd, parts, count, offset)
                                 : real_writev(fd, parts, count);
    int error = errno;
    if (written > 0) {
        uint64_t at = positioned ? (uint64_t)offset
                                 : (uint64_t)(lseek(fd, 0, SEEK_CUR) - written);
        tell(OP_WRITE, inode_of(fd), at, path, parts, count, (size_t)written);
    }
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return written;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_write(fd, bytes, length);
    struct iovec part = {(void *)bytes, length};
    return any_write(fd, path, &part, 1, 0, 0);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    if (!path_of(fd, path) || count < 1) return real_writev(fd, parts, count);
    return any_write(fd, path, parts, count, 0, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_pwrite(fd, bytes, length, offset);
    struct iovec part = {(void *)bytes, length};
    return any_write(fd, path, &part, 1, offset, 1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset)
{
    return pwrite(fd, bytes, length, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    char path[PATH_MAX];
    if (!path_of(fd, path) || count < 1) return real_pwritev(fd, parts, count, offset);
    return any_write(fd, path, parts, count, offset, 1);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    return pwritev(fd, parts, count, offset);
}

static int any_sync(int fd, int (*sync)(int))
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return sync(fd);
    uint64_t inode = inode_of(fd);
    STRIKE(OP_SYNC_BEGIN, path, {})
    pthread_mutex_lock(&order);
    tell(OP_SYNC_BEGIN, inode, 0, path, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    int result = control->skip_syncs ? 0 : sync(fd);
    int error = errno;
    if (result == 0) {
        pthread_mutex_lock(&order);
        tell(OP_SYNC_END, inode, 0, path, NULL, 0, 0);
        pthread_mutex_unlock(&order);
    }
    DONE;
    errno = error;
    return result;
}

int fsync(int fd)
{
    pthread_once(&once, start);
    return any_sync(fd, real_fsync);
}

int fdatasync(int fd)
{
    pthread_once(&once, start);
    return any_sync(fd, real_fdatasync);
}

int sync_file_range(int fd, off_t offset, off_t length, unsigned flags)
{
    char path[PATH_MAX];
    /* It promises nothing about what survives, so it is neither a point nor in the trace. */
    if (path_of(fd, path) && control->skip_syncs) return 0;
    return real_sync_file_range(fd, offset, length, flags);
}

static int opened(int fd, const char *path, int flags, int was_there)
{
    if (fd < 0) return fd;
    int error = errno;
    if (!was_there) tell(OP_CREATE, inode_of(fd), 0, path, NULL, 0, 0);
    else if (flags & O_TRUNC) tell(OP_TRUNCATE, inode_of(fd), 0, path, NULL, 0, 0);
    errno = error;
    return fd;
}

int open(const char *path, int flags, ...)
{
    pthread_once(&once, start);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (!below(path) || !(flags & (O_CREAT | O_TRUNC))) return real_open(path, flags, mode);
    STRIKE(OP_CREATE, path, {})
    pthread_mutex_lock(&order);
    int was_there = access(path, F_OK) == 0;
    int fd = opened(real_open(path, flags, mode), path, flags, was_there);
    pthread_mutex_unlock(&order);
    DONE;
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open(path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    pthread_once(&once, start);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (path[0] == '/') return open(path, flags, mode);
    return real_openat(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat(at, path, flags, mode);
}

int rename(const char *from, const char *to)
{
    pthread_once(&once, start);
    if (!below(from)) return real_rename(from, to);
    STRIKE(OP_RENAME, to, {})
    pthread_mutex_lock(&order);
    int result = real_rename(from, to);
    int error = errno;
    if (result == 0) {
        struct iovec part = {(void *)from, strlen(from)};
        tell(OP_RENAME, inode_at(to), 0, to, &part, 1, part.iov_len);
    }
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int unlink(const char *path)
{
    pthread_once(&once, start);
    if (!below(path)) return real_unlink(path);
    STRIKE(OP_UNLINK, path, {})
    pthread_mutex_lock(&order);
    uint64_t inode = inode_at(path);
    int result = real_unlink(path);
    int error = errno;
    if (result == 0) tell(OP_UNLINK, inode, 0, path, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int unlinkat(int at, const char *path, int flags)
{
    pthread_once(&once, start);
    if (path[0] == '/' && !flags) return unlink(path);
    return real_unlinkat(at, path, flags);
}

int rmdir(const char *path)
{
    pthread_once(&once, start);
    if (!below(path)) return real_rmdir(path);
    STRIKE(OP_UNLINK, path, {})
    pthread_mutex_lock(&order);
    int result = real_rmdir(path);
    int error = errno;
    if (result == 0) tell(OP_UNLINK, 0, 0, path, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    pthread_once(&once, start);
    if (!below(path)) return real_mkdir(path, mode);
    STRIKE(OP_MKDIR, path, {})
    pthread_mutex_lock(&order);
    int result = real_mkdir(path, mode);
    int error = errno;
    if (result == 0) tell(OP_MKDIR, inode_at(path), 0, path, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int ftruncate(int fd, off_t length)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_ftruncate(fd, length);
    STRIKE(OP_TRUNCATE, path, {})
    pthread_mutex_lock(&order);
    int result = real_ftruncate(fd, length);
    int error = errno;
    if (result == 0) tell(OP_TRUNCATE, inode_of(fd), (uint64_t)length, path, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int ftruncate64(int fd, off_t length)
{
    return ftruncate(fd, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_fallocate(fd, mode, offset, length);
    STRIKE(OP_ALLOCATE, path, {})
    pthread_mutex_lock(&order);
    int result = real_fallocate(fd, mode, offset, length);
    int error = errno;
    /* Blocks that are kept ready beyond the end change nothing that can be read. */
    if (result == 0 && mode == 0) {
        tell(OP_ALLOCATE, inode_of(fd), (uint64_t)(offset + length), path, NULL, 0, 0);
    }
    pthread_mutex_unlock(&order);
    DONE;
    errno = error;
    return result;
}

int fallocate64(int fd, int mode, off_t offset, off_t length)
{
    return fallocate(fd, mode, offset, length);
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
    return fallocate(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate64(int fd, off_t offset, off_t length)
{
    return posix_fallocate(fd, offset, length);
}

/* A second name for a file would make the images wrong, and nothing here needs one. */
int link(const char *from, const char *to)
{
    pthread_once(&once, start);
    if (below(to)) _exit(94);
    return real_link(from, to);
}
